/* SPDX-License-Identifier: BSD-2-Clause */
/* CreateSnapshot: cut once, born with its handle, found again by it. */
#include <string.h>

#include "base/text.h"
#include "nas/snapshot.h"
#include "volume/doubt.h"
#include "volume/owner.h"
#include "volume/settle.h"
#include "volume/sight.h"
#include "volume/subject.h"
#include "volume/zpools.h"
#include "work/drain.h"

#define SIDECAR_KEYS "csi.storage.k8s.io/"

/* One CreateSnapshot under way. */
struct cutting {
	struct volumes *volumes;
	const char *name;       /* as the CO calls it */
	const char *short_name; /* behind the @ */
	const char *id;         /* of the snapshot */
	const char *path;       /* "tank/k8s/pvc-1@s" */
	struct sight sight;     /* of the source */
	uint64_t bytes;
	struct snapshot_info *ret;
};

static scale_status plan(struct call *call, const struct volumes *volumes,
			 const char *name, const char *volume_id,
			 struct cutting *cut)
{
	scale_status status = ref_resolve(call, volumes, volume_id, REF_VOLUME,
					  &cut->sight.ref);

	if (status != SCALE_OK)
		return call_prefix(call, "snapshot '%s' cannot be made", name);
	cut->name = name;
	cut->short_name = id_make_snapshot(call->arena, name);
	if (cut->short_name == NULL)
		return call_nomem(call);
	cut->id = call_printf(call, "%s@%s", volume_id, cut->short_name);
	cut->path = call_printf(call, "%s@%s", cut->sight.ref.id.dataset,
				cut->short_name);
	return cut->id != NULL && cut->path != NULL ? SCALE_OK
						    : call_nomem(call);
}

scale_status snapshot_plan_create(struct call *call, struct volumes *volumes,
				  const char *name, const char *volume_id,
				  const char **ret_id)
{
	struct cutting cut = {0};
	scale_status status = plan(call, volumes, name, volume_id, &cut);

	if (status == SCALE_OK)
		*ret_id = cut.id;
	return status;
}

static scale_status check_parameters(struct call *call,
				     const struct scale_map *parameters)
{
	for (size_t i = 0; i < parameters->n; i++)
		if (!text_starts(parameters->kv[i].key, SIDECAR_KEYS))
			return call_fail(call, SCALE_INVALID_ARGUMENT,
					 "snapshot class parameter '%s' is not "
					 "known: snapshots take none, remove "
					 "it",
					 parameters->kv[i].key);
	return SCALE_OK;
}

static bool has_name(struct call *call, const struct snapshot *snapshot,
		     const char *name)
{
	const char *found = map_get(&snapshot->user, RECORD_SNAPSHOT_NAME);
	const char *wanted = record_fit(call, name);

	return found != NULL && wanted != NULL && strcmp(found, wanted) == 0;
}

static scale_status tell(const struct cutting *cut,
			 const struct snapshot *snapshot)
{
	const char *bytes = map_get(&snapshot->user, RECORD_SNAPSHOT_BYTES);

	*cut->ret = (struct snapshot_info){
		.id = cut->id,
		.volume_id = cut->sight.ref.id.volume,
		.bytes = snapshot->volsize_bytes,
		.created_s = snapshot->created_s,
	};
	if (cut->ret->bytes == 0 && bytes != NULL)
		(void)text_parse_u64(bytes, &cut->ret->bytes); /* else 0 */
	if (cut->ret->bytes == 0)
		cut->ret->bytes = cut->bytes;
	return SCALE_OK;
}

/* The name is taken on this very volume. */
static scale_status judge_own(struct call *call, const struct cutting *cut,
			      const struct snapshot *snapshot)
{
	if (owner_has_snapshot(snapshot, cut->volumes->instance, cut->id) &&
	    has_name(call, snapshot, cut->name))
		return tell(cut, snapshot);
	return call_fail(call, SCALE_ALREADY_EXISTS,
			 "snapshot '%s' cannot be made: '%s' exists and is not "
			 "one of this driver, use another name",
			 cut->name, cut->path);
}

/* A deleted one that waits for its clones: its name is free for use. */
static scale_status free_name(struct call *call, const struct cutting *cut,
			      const struct snapshot *snapshot)
{
	const char *aside =
		call_printf(call, "%s-gone-%llx", cut->short_name,
			    (unsigned long long)snapshot->createtxg);
	scale_status status;

	if (aside == NULL)
		return call_nomem(call);
	status = snapshot_rename(call, cut->volumes->nas, cut->path, aside);
	if (status != SCALE_OK)
		return call_prefix(call, "snapshot '%s' cannot be made yet",
				   cut->name);
	return SCALE_OK;
}

static scale_status cut_now(struct call *call, struct cutting *cut)
{
	struct doubt doubt = doubt_begin(call);
	struct snapshot snapshot = {0};
	struct map_builder user;
	struct scale_map marks;
	const char *reason;
	scale_status status, read;

	map_init(&user, call->arena);
	map_put(&user, RECORD_MANAGED, "true");
	map_put(&user, RECORD_INSTANCE, cut->volumes->instance);
	map_put(&user, RECORD_SNAPSHOT_HANDLE, cut->id);
	map_put(&user, RECORD_SNAPSHOT_NAME, record_fit(call, cut->name));
	map_put(&user, RECORD_SNAPSHOT_SOURCE, cut->sight.ref.id.volume);
	map_put(&user, RECORD_SNAPSHOT_BYTES,
		call_printf(call, "%llu", (unsigned long long)cut->bytes));
	marks = map_view(&user);
	if (user.failed)
		return call_nomem(call);
	status = snapshot_create(call, cut->volumes->nas,
				 cut->sight.ref.id.dataset, cut->short_name,
				 &marks, &snapshot);
	if (status == SCALE_OK) {
		drain_note_created(nas_drain(cut->volumes->nas), cut->id);
		return tell(cut, &snapshot);
	}
	reason = call->reason;
	if (retry_heals(status) ||
	    (status != SCALE_ALREADY_EXISTS && !doubt_is_open(call, &doubt)))
		return status;
	read = snapshot_read(call, cut->volumes->nas, cut->path, &snapshot);
	if (read != SCALE_OK && read != SCALE_NOT_FOUND)
		return read;
	if (doubt_is_open(call, &doubt))
		ledger_note_resolved(&call->ledger, 0);
	return read == SCALE_OK ? judge_own(call, cut, &snapshot)
				: call_fail(call, status, "%s", reason);
}

/* A snapshot of that short name on another volume: is it the same name? */
static scale_status judge_other(struct call *call, const struct cutting *cut,
				const char *path)
{
	struct snapshot snapshot = {0};
	const char *id;
	scale_status status =
		snapshot_read(call, cut->volumes->nas, path, &snapshot);

	if (status == SCALE_NOT_FOUND)
		return SCALE_OK;
	if (status != SCALE_OK)
		return status;
	id = owner_snapshot_id(&snapshot, cut->volumes->instance);
	if (id == NULL || snapshot.is_deferred ||
	    !has_name(call, &snapshot, cut->name))
		return SCALE_OK;
	return call_fail(
		call, SCALE_ALREADY_EXISTS,
		"snapshot '%s' cannot be made of volume '%s': the name "
		"is taken by '%s' of another volume, use another one",
		cut->name, cut->sight.ref.id.volume, id);
}

static scale_status look_around(struct call *call, const struct cutting *cut,
				const char *const *paths, size_t n,
				bool *ret_is_there)
{
	const char *end = call_printf(call, "@%s", cut->short_name);

	*ret_is_there = false;
	if (end == NULL)
		return call_nomem(call);
	for (size_t i = 0; i < n; i++) {
		scale_status status = SCALE_OK;

		if (strcmp(paths[i], cut->path) == 0)
			*ret_is_there = true;
		else if (text_ends(paths[i], end))
			status = judge_other(call, cut, paths[i]);
		if (status != SCALE_OK)
			return status;
	}
	return SCALE_OK;
}

static scale_status cut_or_find(struct call *call, struct cutting *cut,
				bool is_there)
{
	struct snapshot snapshot = {0};
	scale_status status;

	if (!is_there)
		return cut_now(call, cut);
	status = snapshot_read(call, cut->volumes->nas, cut->path, &snapshot);
	if (status == SCALE_NOT_FOUND)
		return cut_now(call, cut);
	if (status != SCALE_OK)
		return status;
	if (!snapshot.is_deferred)
		return judge_own(call, cut, &snapshot);
	status = free_name(call, cut, &snapshot);
	return status == SCALE_OK ? cut_now(call, cut) : status;
}

static scale_status cut_run(struct call *call, struct cutting *cut)
{
	struct volumes *volumes = cut->volumes;
	struct zpools zpools = {0};
	struct rpc rpc = {0};
	const char **paths = NULL;
	bool is_there = false;
	size_t n = 0;
	scale_status status;

	dataset_read_submit(call, volumes->nas, cut->sight.ref.id.dataset,
			    &rpc);
	status = zpools_submit(call, volumes, &zpools);
	if (status == SCALE_OK)
		status = zpools_wait(call, volumes, &zpools, &rpc);
	if (status == SCALE_OK)
		status = sight_finish(call, volumes, &rpc, &cut->sight);
	if (status == SCALE_OK)
		status = zpools_finish(call, volumes, &zpools, &paths, &n);
	if (status == SCALE_OK)
		status = look_around(call, cut, paths, n, &is_there);
	if (status != SCALE_OK)
		return status;
	cut->bytes = dataset_bytes(&cut->sight.dataset, &cut->sight.record);
	return cut_or_find(call, cut, is_there);
}

scale_status volume_snapshot(struct call *call, struct volumes *volumes,
			     const char *name, const char *volume_id,
			     const struct scale_map *parameters,
			     struct snapshot_info *ret_info)
{
	struct cutting *cut = arena_alloc(call->arena, sizeof(*cut));
	scale_status status;

	if (cut == NULL)
		return call_nomem(call);
	cut->volumes = volumes;
	cut->ret = ret_info;
	status = check_parameters(call, parameters);
	if (status == SCALE_OK)
		status = plan(call, volumes, name, volume_id, cut);
	if (status == SCALE_OK)
		status = settle_check_change(call, volumes, cut->id,
					     "making snapshot");
	if (status == SCALE_OK)
		status = settle_check_change(call, volumes, volume_id,
					     "making a snapshot of volume");
	return status == SCALE_OK ? cut_run(call, cut) : status;
}
