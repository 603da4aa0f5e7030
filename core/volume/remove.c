/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * DeleteVolume: refusals first.  The host reads the dataset and its snapshots
 * while the backend looks at the export; the backend's export_path() is where
 * the host says whether anything may be removed.
 */
#include <errno.h>
#include <string.h>

#include "nas/json.h"
#include "volume/absence.h"
#include "volume/creation.h"
#include "volume/owner.h"
#include "volume/promote.h"
#include "volume/publication.h"
#include "volume/settle.h"
#include "work/drain.h"

struct removal {
	struct volumes *volumes;
	struct volume_ref ref;
	struct subject subject;
	struct rpc dataset_rpc, snapshots_rpc, children_rpc, origin_rpc;
	bool may_have_children; /* not a zvol: children_rpc was sent */
	struct dataset dataset;
	struct volume_record record;
	bool is_absent;
	bool is_looking; /* origin_rpc was sent and not waited for */
	bool has_helper; /* its origin was cut for it alone, and stays */
	struct snapshot *snapshots;
	size_t n;
	bool must_promote;    /* a clone keeps some of them */
	const char **helpers; /* snapshots to go first; ends in NULL */
	struct verdict verdict;
};

__attribute__((format(printf, 3, 4))) static scale_status
obstacle(struct call *call, const struct removal *r, const char *fmt, ...)
{
	const char *what;
	va_list ap;

	va_start(ap, fmt);
	what = arena_vprintf(call->arena, fmt, ap);
	va_end(ap);
	return call_fail(call, SCALE_FAILED_PRECONDITION,
			 "volume '%s' is not deleted: %s", r->ref.id.volume,
			 what != NULL ? what : "something is in the way");
}

static scale_status check_publications(struct call *call,
				       const struct removal *r)
{
	struct publication *publications;
	size_t n;
	scale_status status =
		publications_read(call, &r->dataset.user, &publications, &n);

	if (status != SCALE_OK || n == 0)
		return status;
	return obstacle(call, r,
			"it is published to node '%s'%s: detach it first",
			publications[0].node, n > 1 ? " and others" : "");
}

static const char *snapshot_user_name(const struct snapshot *snapshot)
{
	const char *name = map_get(&snapshot->user, RECORD_SNAPSHOT_NAME);

	return name != NULL ? name : snapshot->name;
}

/* What has no clone and is only a helper goes with the volume. */
static scale_status check_snapshot(struct call *call, const struct removal *r,
				   const struct snapshot *snapshot,
				   bool *ret_is_helper)
{
	const char *instance = r->volumes->instance;
	const char *whose = NULL;
	bool is_helper = owner_is_helper(snapshot, instance, &whose);
	bool is_ours =
		is_helper ||
		owner_has_snapshot(snapshot, instance,
				   call_printf(call, "%s@%s", r->ref.id.volume,
					       snapshot->name));

	*ret_is_helper = false;
	if (snapshot->is_held)
		return obstacle(call, r,
				"snapshot '%s' is held: release the hold on "
				"the NAS",
				snapshot->path);
	if (is_helper || snapshot->is_deferred) {
		*ret_is_helper = is_helper && !snapshot->is_deferred;
		return SCALE_OK;
	}
	if (is_ours)
		return obstacle(call, r,
				"it has the snapshot '%s' ('%s'): delete that "
				"first",
				snapshot_user_name(snapshot), snapshot->path);
	return obstacle(call, r,
			"it has the snapshot '%s', which this driver did not "
			"make and does not touch: remove it on the NAS",
			snapshot->path);
}

static scale_status check_snapshots(struct call *call, struct removal *r)
{
	size_t n_helpers = 0;
	scale_status status = snapshot_read_dataset_finish(
		call, r->volumes->nas, &r->snapshots_rpc, &r->snapshots, &r->n);

	if (status != SCALE_OK)
		return call_prefix(call, "volume '%s' is not deleted",
				   r->ref.id.volume);
	r->helpers = arena_array(call->arena, r->n + 1, sizeof(*r->helpers));
	if (r->helpers == NULL)
		return call_nomem(call);
	for (size_t i = 0; i < r->n; i++) {
		const struct snapshot *snapshot = &r->snapshots[i];
		bool is_helper;

		status = check_snapshot(call, r, snapshot, &is_helper);
		if (status != SCALE_OK)
			return status;
		r->must_promote = r->must_promote || snapshot->has_clones ||
				  snapshot->is_deferred;
		if (is_helper)
			r->helpers[n_helpers++] = snapshot->path;
	}
	return SCALE_OK;
}

/*
 * Snapshots that are deleted and wait for their clones are no reason to refuse.
 * Handing them over leaves the volume as usable as it was, so it is done while
 * a no still leaves everything in place.
 */
static scale_status free_of_clones(struct call *call, struct removal *r)
{
	scale_status status;

	if (!r->must_promote)
		return SCALE_OK;
	status = promote_clone(call, r->volumes, r->ref.id.dataset,
			       r->snapshots, r->n);
	if (status != SCALE_OK)
		return call_prefix(call, "volume '%s' is not deleted",
				   r->ref.id.volume);
	r->helpers[0] = NULL; /* they went with the others */
	return SCALE_OK;
}

/* Looks for a row that is not the dataset itself. */
struct inside {
	struct arena *arena;
	const char *path;
	const char *found;
};

static int look_at_child(const char *row, size_t len, void *arg)
{
	struct inside *inside = arg;
	const char *name = json_get(inside->arena, row, "/name");

	(void)len;
	if (name == NULL)
		return -EBADMSG;
	if (strcmp(name, inside->path) == 0)
		return 0;
	inside->found = name;
	return 1;
}

/* Somebody's datasets inside of ours. */
static scale_status check_children(struct call *call, const struct removal *r)
{
	const struct rpc *rpc = &r->children_rpc;
	struct inside inside = {.arena = call->arena,
				.path = r->ref.id.dataset};

	if (!r->may_have_children || rpc_is_absent(rpc))
		return SCALE_OK; /* gone since: the delete finds out */
	if (rpc->status != SCALE_OK)
		return rpc_fail(call, rpc,
				"looking for datasets inside of '%s'",
				r->ref.id.dataset);
	if (json_each(rpc->result, rpc->result_len, look_at_child, &inside) < 0)
		return call_fail(call, SCALE_INTERNAL,
				 "looking for datasets inside of '%s': the "
				 "answer of the NAS cannot be read",
				 r->ref.id.dataset);
	if (inside.found == NULL)
		return SCALE_OK;
	return obstacle(call, r,
			"somebody made the dataset '%s' inside of it: remove "
			"or move that on the NAS",
			inside.found);
}

/* An unmarked dataset: one that a release did not mark, or a clone of a helper
 * snapshot cut for this very volume, before it was marked. */
static bool may_remove_unmarked(struct call *call, const struct removal *r)
{
	const char *at = strchr(r->dataset.origin, '@');
	const char *helper = source_helper_name(call, r->ref.id.volume);

	if (r->dataset.origin[0] == '\0')
		return owner_may_take(&r->dataset, r->volumes->instance);
	return helper != NULL && at != NULL && strcmp(at + 1, helper) == 0;
}

static scale_status check_owner(struct call *call, const struct removal *r)
{
	enum owner owner = owner_of(&r->dataset, &r->record,
				    r->volumes->instance, r->ref.id.volume);

	if (owner == OWNER_OURS ||
	    (owner == OWNER_NOBODY && may_remove_unmarked(call, r)))
		return SCALE_OK;
	(void)owner_fail(call, owner, SCALE_FAILED_PRECONDITION, &r->dataset,
			 &r->record);
	return call_prefix(call, "volume '%s' is not deleted",
			   r->ref.id.volume);
}

/*
 * A clone of a volume hangs on a snapshot cut for it alone, which mostly is
 * marked to go with it.  Whether it is, is asked while the export goes.
 */
static void look_at_origin(struct call *call, struct removal *r)
{
	const char *helper = source_helper_name(call, r->ref.id.volume);
	const char *at = strchr(r->dataset.origin, '@');

	if (helper == NULL || at == NULL || strcmp(at + 1, helper) != 0)
		return;
	r->has_helper = r->is_looking = true;
	snapshot_read_submit(call, r->volumes->nas, r->dataset.origin,
			     &r->origin_rpc);
}

/* After every settled look, also of a delete that goes no further. */
static void finish_origin(struct call *call, struct removal *r)
{
	struct rpc *rpcs[] = {&r->origin_rpc};
	struct snapshot origin = {0};
	scale_status status, kept = call->status;
	const char *reason = call->reason;

	if (!r->is_looking)
		return;
	r->is_looking = false;
	(void)rpc_wait(call, r->volumes->nas, rpcs, 1);
	status = snapshot_read_finish(call, &r->origin_rpc, r->dataset.origin,
				      &origin);
	if (status == SCALE_NOT_FOUND ||
	    (status == SCALE_OK && origin.is_deferred))
		r->has_helper = false; /* it goes with the clone */
	call->status = kept;           /* a look that failed only means: try */
	call->reason = reason;
}

static scale_status judge(struct call *call, struct removal *r)
{
	struct rpc *rpcs[] = {&r->dataset_rpc, &r->snapshots_rpc,
			      &r->children_rpc};
	scale_status status;

	(void)rpc_wait(call, r->volumes->nas, rpcs,
		       r->may_have_children ? 3 : 2);
	status = dataset_read_finish(call, &r->dataset_rpc, r->ref.id.dataset,
				     &r->dataset);
	if (status == SCALE_NOT_FOUND) {
		r->is_absent = true;
		return absence_check(call, r->volumes, &r->ref,
				     "deleting volume");
	}
	if (status == SCALE_OK)
		status = record_read(call, &r->dataset.user, &r->record);
	if (status == SCALE_OK)
		status = check_owner(call, r);
	if (status == SCALE_OK)
		status = check_publications(call, r);
	if (status == SCALE_OK)
		status = check_snapshots(call, r);
	if (status == SCALE_OK)
		status = check_children(call, r);
	if (status == SCALE_OK)
		status = free_of_clones(call, r);
	if (status == SCALE_OK)
		status = subject_learn(call, &r->subject, &r->dataset,
				       &r->record);
	if (status == SCALE_OK)
		look_at_origin(call, r);
	return status;
}

static scale_status remove_settle(struct call *call, void *arg,
				  const char **ret_path)
{
	struct removal *r = arg;
	const char *path = NULL;
	scale_status status;

	if (r->verdict.is_known)
		return verdict_tell(call, &r->verdict, ret_path);
	status = judge(call, r);
	if (status == SCALE_OK)
		path = ref_export_path(call, r->ref.id.dataset,
				       r->subject.volume.kind);
	status = verdict_keep(call, &r->verdict, status, path);
	if (status == SCALE_OK)
		*ret_path = path;
	return status;
}

/* The export is gone; what is left are the helpers and the dataset itself. */
static scale_status remove_dataset(struct call *call, struct removal *r)
{
	struct nas *nas = r->volumes->nas;
	scale_status status = SCALE_OK;

	for (size_t i = 0; r->helpers[i] != NULL && status == SCALE_OK; i++)
		status = snapshot_delete(call, nas, r->helpers[i], true);
	if (status == SCALE_OK)
		status = dataset_delete(call, nas, r->ref.id.dataset);
	if (status == SCALE_OK && r->has_helper)
		status = snapshot_delete(call, nas, r->dataset.origin, true);
	if (status != SCALE_OK)
		return call_prefix(call, "deleting volume '%s'",
				   r->ref.id.volume);
	return SCALE_OK;
}

static void remove_submit(struct call *call, struct removal *r)
{
	struct nas *nas = r->volumes->nas;
	const char *quoted = json_quote(call->arena, r->ref.id.dataset);

	dataset_read_submit(call, nas, r->ref.id.dataset, &r->dataset_rpc);
	snapshot_read_dataset_submit(call, nas, r->ref.id.dataset,
				     &r->snapshots_rpc);
	r->may_have_children = r->ref.kind != SCALE_BLOCK;
	if (!r->may_have_children)
		return;
	r->children_rpc = rpc_read(
		"zfs.resource.query",
		quoted != NULL ? call_printf(call,
					     "[{\"paths\":[%s],\"properties\":"
					     "null,\"get_children\":true}]",
					     quoted)
			       : NULL); /* ends at once, and tells */
	rpc_submit(call, nas, &r->children_rpc);
}

static scale_status remove_run(struct call *call, struct removal *r)
{
	struct drain *drain = nas_drain(r->volumes->nas);
	const char *id = r->ref.id.volume, *path, *reason;
	scale_status status;

	remove_submit(call, r);
	status = invoke_destroy(call, r->subject.backend, &r->subject.inv,
				&r->subject.volume);
	reason = call->reason;
	finish_origin(call, r);
	if (status == SCALE_OK || !r->verdict.is_known) {
		/* It may have found nothing, and not have asked. */
		scale_status own = remove_settle(call, r, &path);

		finish_origin(call, r);
		if (own != SCALE_OK)
			return own;
	}
	if (status != SCALE_OK)
		return call_fail(call, status, "%s", reason);
	if (r->is_absent)
		return settle_check_gone(call, r->volumes, id,
					 "deleting volume");
	status = remove_dataset(call, r);
	if (status == SCALE_OK)
		drain_note_deleted(drain, id);
	return status;
}

scale_status volume_delete(struct call *call, struct volumes *volumes,
			   const char *volume_id,
			   const struct scale_map *secrets)
{
	struct removal *r = arena_alloc(call->arena, sizeof(*r));
	bool is_nothing = false;
	scale_status status;

	if (r == NULL)
		return call_nomem(call);
	r->volumes = volumes;
	status = ref_resolve_for_delete(call, volumes, volume_id, REF_VOLUME,
					&r->ref, &is_nothing);
	if (status != SCALE_OK || is_nothing)
		return status;
	status = settle_check_delete(call, volumes, r->ref.id.volume,
				     "deleting volume");
	if (status == SCALE_OK)
		status = subject_init(call, volumes, r->ref.backend, &r->ref.id,
				      r->ref.kind, &r->subject);
	if (status != SCALE_OK)
		return status;
	r->subject.inv.secrets = *secrets;
	r->subject.inv.settle = remove_settle;
	r->subject.inv.settle_arg = r;
	return remove_run(call, r);
}
