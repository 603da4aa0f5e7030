/* SPDX-License-Identifier: BSD-2-Clause */
/* Volumes restored from a snapshot or cloned from a volume: the copy. */
#include <string.h>

#include "volume/creation.h"
#include "volume/doubt.h"
#include "volume/owner.h"
#include "work/drain.h"

/* What an earlier try cut for this very volume is as good. */
static scale_status helper_read(struct call *call, const struct creation *c)
{
	struct snapshot snapshot = {0};
	const char *whose = NULL;
	scale_status status = snapshot_read(call, c->volumes->nas,
					    c->origin->snapshot, &snapshot);

	if (status != SCALE_OK)
		return status;
	if (!owner_is_helper(&snapshot, c->volumes->instance, &whose) ||
	    strcmp(whose, c->plan.id.volume) != 0)
		return call_fail(
			call, SCALE_FAILED_PRECONDITION,
			"volume '%s' cannot be cloned: a snapshot '%s' "
			"that this driver did not make is in the way, "
			"remove or rename it",
			c->plan.id.volume, c->origin->snapshot);
	if (snapshot.is_deferred)
		return call_fail(call, SCALE_ABORTED,
				 "volume '%s' cannot be cloned yet: snapshot "
				 "'%s' of an earlier try is being removed",
				 c->plan.id.volume, c->origin->snapshot);
	return SCALE_OK;
}

static scale_status helper_cut(struct call *call, struct creation *c)
{
	struct doubt doubt = doubt_begin(call);
	unsigned int done = call->ledger.done;
	struct snapshot snapshot = {0};
	struct map_builder user;
	struct scale_map marks;
	const char *reason;
	scale_status status, read;

	map_init(&user, call->arena);
	map_put(&user, RECORD_MANAGED, "true");
	map_put(&user, RECORD_INSTANCE, c->volumes->instance);
	map_put(&user, RECORD_SNAPSHOT_FOR, c->plan.id.volume);
	marks = map_view(&user);
	if (user.failed)
		return call_nomem(call);
	status = snapshot_create(call, c->volumes->nas, c->origin->dataset,
				 strchr(c->origin->snapshot, '@') + 1, &marks,
				 &snapshot);
	c->is_helper_made = call->ledger.done > done;
	if (status == SCALE_OK || retry_heals(status))
		return status;
	reason = call->reason;
	if (status != SCALE_ALREADY_EXISTS && !doubt_is_open(call, &doubt))
		return status;
	read = helper_read(call, c);
	c->is_helper_made = read == SCALE_OK;
	if (retry_heals(read))
		return read;
	if (doubt_is_open(call, &doubt))
		ledger_note_resolved(&call->ledger, 0);
	if (read == SCALE_NOT_FOUND)
		return call_fail(call, status, "%s", reason);
	return read;
}

static scale_status clone_refused(struct call *call, struct creation *c,
				  scale_status refusal, bool is_open)
{
	const char *reason = call->reason;
	scale_status status = adopt_read(call, c);

	if (retry_heals(status))
		return status;
	if (is_open)
		ledger_note_resolved(&call->ledger, 0);
	if (status != SCALE_OK || c->presence == PRESENCE_FOUND)
		return status;
	return call_fail(call, refusal, "%s", reason);
}

/* What a clone is like at birth; nobody needs to read it back. */
static void clone_describe(struct creation *c)
{
	bool is_block = c->plan.kind == SCALE_BLOCK;

	c->dataset = (struct dataset){
		.path = c->spec.path,
		.kind = c->plan.kind,
		.volsize_bytes = is_block ? c->origin->bytes : 0,
		.refquota_bytes = is_block ? 0 : c->spec.bytes,
		.origin = c->origin->snapshot,
		.mountpoint = "",
		.user = c->spec.user,
	};
}

/* A clone of a zvol is sparse and as large as its origin, whatever the class
 * says; a file system's quota is set with the clone. */
static scale_status clone_shape(struct call *call, struct creation *c)
{
	struct map_builder builder;
	struct scale_map native;
	scale_status status;

	if (c->plan.kind != SCALE_BLOCK ||
	    (!c->spec.is_thick && c->spec.bytes <= c->origin->bytes))
		return SCALE_OK;
	map_init(&builder, call->arena);
	if (c->spec.is_thick)
		map_put(&builder, "refreservation",
			call_printf(call, "%llu",
				    (unsigned long long)c->spec.bytes));
	native = map_view(&builder);
	if (builder.failed)
		return call_nomem(call);
	status = grow_dataset(call, c->volumes, &c->dataset, c->spec.bytes,
			      &native);
	if (status == SCALE_OK)
		c->dataset.volsize_bytes = c->spec.bytes;
	return status;
}

scale_status source_clone(struct call *call, struct creation *c)
{
	struct doubt doubt;
	scale_status status = SCALE_OK;

	if (c->origin->is_helper)
		status = helper_cut(call, c);
	if (status != SCALE_OK)
		return status;
	doubt = doubt_begin(call);
	status = snapshot_clone(call, c->volumes->nas, c->origin->snapshot,
				&c->spec);
	if (status == SCALE_OK) {
		c->presence = PRESENCE_MADE;
		drain_note_created(nas_drain(c->volumes->nas),
				   c->plan.id.volume);
		clone_describe(c);
		return clone_shape(call, c);
	}
	if (retry_heals(status))
		return status;
	return clone_refused(call, c, status, doubt_is_open(call, &doubt));
}

scale_status source_clean_up(struct call *call, struct creation *c)
{
	return snapshot_delete(call, c->volumes->nas, c->origin->snapshot,
			       true);
}
