/* SPDX-License-Identifier: BSD-2-Clause */
/* Volumes restored from a snapshot or cloned from a volume: the look. */
#include <string.h>

#include "base/sha256.h"
#include "base/text.h"
#include "volume/creation.h"
#include "volume/owner.h"
#include "volume/size.h"

#define HELPER_PREFIX "csi-clone-"
#define HELPER_DIGITS 16

/* What the source is like, once it is proven to be ours. */
struct source_facts {
	uint32_t kind;
	uint64_t bytes;
	const char *filesystem;
	struct volume_record record;
};

const char *source_helper_name(struct call *call, const char *volume_id)
{
	char hex[HELPER_DIGITS + 1];

	sha256_hex(volume_id, HELPER_DIGITS, hex);
	return call_printf(call, "%s%s", HELPER_PREFIX, hex);
}

static bool is_same_zpool(const char *a, const char *b)
{
	size_t len = strcspn(a, "/");

	return len == strcspn(b, "/") && strncmp(a, b, len) == 0;
}

static scale_status check_place(struct call *call, const struct creation *c,
				const struct source_facts *facts)
{
	const char *source = c->create->source_id;

	if (facts->kind != c->plan.kind)
		return call_fail(call, SCALE_INVALID_ARGUMENT,
				 "'%s' is a %s and volume '%s' was to be a %s: "
				 "use a class with a protocol of the same kind",
				 source, record_kind_name(facts->kind),
				 c->plan.id.volume,
				 record_kind_name(c->plan.kind));
	if (!is_same_zpool(c->origin->dataset, c->plan.id.dataset))
		return call_fail(call, SCALE_INVALID_ARGUMENT,
				 "'%s' lies on another ZFS pool than volume "
				 "'%s', and ZFS clones within one pool only: "
				 "use a class with the pool of the source",
				 source, c->plan.id.volume);
	return SCALE_OK;
}

static scale_status choose_filesystem(struct call *call, struct creation *c,
				      const struct source_facts *facts)
{
	const char *wanted = c->plan.filesystem;

	if (wanted[0] == '\0' || facts->filesystem[0] == '\0' ||
	    strcmp(wanted, facts->filesystem) == 0)
		return SCALE_OK;
	if (c->plan.is_filesystem_asked)
		return call_fail(
			call, SCALE_INVALID_ARGUMENT,
			"'%s' holds the file system %s and volume '%s' "
			"was to have %s: a copy keeps what its source "
			"has",
			c->create->source_id, facts->filesystem,
			c->plan.id.volume, wanted);
	c->record.filesystem = facts->filesystem;
	return SCALE_OK;
}

static scale_status choose_size(struct call *call, struct creation *c,
				const struct source_facts *facts)
{
	const struct volume_create *create = c->create;
	uint64_t bytes = c->plan.bytes;

	if (create->required_bytes == 0 && facts->bytes != 0)
		bytes = facts->bytes;
	if (bytes < facts->bytes ||
	    (create->limit_bytes != 0 && bytes > create->limit_bytes))
		return call_fail(call, SCALE_OUT_OF_RANGE,
				 "volume '%s' was to have %s, its source '%s' "
				 "has %s: ask for at least that",
				 c->plan.id.volume,
				 size_text(call, create->required_bytes != 0
							 ? bytes
							 : create->limit_bytes),
				 create->source_id,
				 size_text(call, facts->bytes));
	c->record.bytes = bytes;
	c->spec.bytes = bytes;
	c->subject.volume.bytes = bytes;
	return SCALE_OK;
}

/* Size and file system are known now: the marks are made anew. */
static scale_status use_facts(struct call *call, struct creation *c,
			      const struct source_facts *facts)
{
	struct map_builder marks;
	scale_status status = check_place(call, c, facts);

	if (status == SCALE_OK)
		status = choose_filesystem(call, c, facts);
	if (status == SCALE_OK)
		status = choose_size(call, c, facts);
	if (status != SCALE_OK)
		return status;
	c->origin->bytes = facts->bytes;
	map_init(&marks, call->arena);
	status = record_put_marks(call, &c->record, &marks);
	c->spec.user = map_view(&marks);
	return status;
}

static scale_status show_source(struct call *call, struct creation *c,
				const struct volume_ref *ref,
				const struct source_facts *facts)
{
	struct dataset shown = {.path = ref->id.dataset,
				.kind = facts->kind,
				.volsize_bytes = facts->bytes,
				.refquota_bytes = facts->bytes};
	struct subject *seen = &c->origin->seen;
	scale_status status = subject_init(call, c->volumes, ref->backend,
					   &ref->id, facts->kind, seen);

	if (status == SCALE_OK)
		status = subject_learn(call, seen, &shown, &facts->record);
	if (status == SCALE_OK)
		c->subject.volume.source = &seen->volume;
	return status;
}

static scale_status fail_absent(struct call *call, const struct creation *c,
				const char *why)
{
	return call_fail(call, SCALE_NOT_FOUND,
			 "volume '%s' cannot be made from '%s': %s",
			 c->plan.id.volume, c->create->source_id, why);
}

static scale_status judge_snapshot(struct call *call, struct creation *c,
				   const struct rpc *rpc,
				   struct source_facts *ret)
{
	struct snapshot snapshot = {0};
	scale_status status =
		snapshot_read_finish(call, rpc, c->origin->snapshot, &snapshot);
	const char *bytes;

	if (status == SCALE_NOT_FOUND)
		return fail_absent(call, c, "there is no such snapshot");
	if (status != SCALE_OK)
		return status;
	if (snapshot.is_deferred)
		return fail_absent(call, c, "that snapshot has been deleted");
	if (!owner_has_snapshot(&snapshot, c->volumes->instance,
				c->create->source_id))
		return fail_absent(call, c,
				   "the snapshot of that name is not one of "
				   "this driver");
	ret->kind =
		snapshot.volsize_bytes != 0 ? SCALE_BLOCK : SCALE_FILESYSTEM;
	ret->bytes = snapshot.volsize_bytes;
	bytes = map_get(&snapshot.user, RECORD_SNAPSHOT_BYTES);
	if (ret->bytes == 0 && bytes != NULL)
		(void)text_parse_u64(bytes, &ret->bytes); /* else unknown */
	/* The volume's own record shines through on its snapshots. */
	return record_read(call, &snapshot.user, &ret->record);
}

static scale_status judge_volume(struct call *call, struct creation *c,
				 const struct rpc *rpc, const char *id,
				 struct source_facts *ret)
{
	struct dataset dataset = {0};
	scale_status status =
		dataset_read_finish(call, rpc, c->origin->dataset, &dataset);

	if (status == SCALE_NOT_FOUND)
		return fail_absent(call, c, "there is no such volume");
	if (status == SCALE_OK)
		status = record_read(call, &dataset.user, &ret->record);
	if (status != SCALE_OK)
		return status;
	if (owner_of(&dataset, &ret->record, c->volumes->instance, id) !=
	    OWNER_OURS)
		return fail_absent(call, c,
				   "the dataset of that name is no volume of "
				   "this driver");
	ret->kind = dataset.kind;
	ret->bytes = dataset_bytes(&dataset, &ret->record);
	return SCALE_OK;
}

static scale_status find_origin(struct call *call, struct creation *c,
				struct volume_ref *ref)
{
	bool is_snapshot = c->create->source_kind == VOLUME_FROM_SNAPSHOT;
	struct origin *origin = arena_alloc(call->arena, sizeof(*origin));
	const char *name;
	scale_status status;

	if (origin == NULL)
		return call_nomem(call);
	status = ref_resolve(call, c->volumes, c->create->source_id,
			     is_snapshot ? REF_SNAPSHOT : REF_VOLUME, ref);
	if (status != SCALE_OK)
		return call_prefix(call, "volume '%s' cannot be made",
				   c->plan.id.volume);
	name = is_snapshot ? ref->id.snapshot
			   : source_helper_name(call, c->plan.id.volume);
	origin->is_helper = !is_snapshot;
	origin->dataset = ref->id.dataset;
	if (name != NULL)
		origin->snapshot =
			call_printf(call, "%s@%s", origin->dataset, name);
	if (origin->snapshot == NULL)
		return call_nomem(call);
	c->origin = origin;
	return SCALE_OK;
}

scale_status source_look(struct call *call, struct creation *c)
{
	struct rpc target = {0}, source = {0}, *rpcs[] = {&target, &source};
	struct source_facts facts = {0};
	struct volume_ref ref = {0};
	struct nas *nas = c->volumes->nas;
	scale_status status = find_origin(call, c, &ref);

	if (status != SCALE_OK)
		return status;
	dataset_read_submit(call, nas, c->plan.id.dataset, &target);
	if (c->origin->is_helper)
		dataset_read_submit(call, nas, c->origin->dataset, &source);
	else
		snapshot_read_submit(call, nas, c->origin->snapshot, &source);
	(void)rpc_wait(call, nas, rpcs, 2);
	status = dataset_read_finish(call, &target, c->plan.id.dataset,
				     &c->dataset);
	if (status == SCALE_OK)
		return adopt_found(call, c);
	if (status != SCALE_NOT_FOUND)
		return status;
	status = c->origin->is_helper
			 ? judge_volume(call, c, &source, ref.id.volume, &facts)
			 : judge_snapshot(call, c, &source, &facts);
	if (status != SCALE_OK)
		return status;
	facts.filesystem = facts.record.filesystem;
	status = use_facts(call, c, &facts);
	return status == SCALE_OK ? show_source(call, c, &ref, &facts) : status;
}
