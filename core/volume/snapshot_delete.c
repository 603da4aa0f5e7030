/* SPDX-License-Identifier: BSD-2-Clause */
/* DeleteSnapshot: at once, or with the last of its clones. */
#include "nas/snapshot.h"
#include "volume/absence.h"
#include "volume/owner.h"
#include "volume/settle.h"
#include "work/drain.h"

static scale_status check(struct call *call, const struct volumes *volumes,
			  const struct snapshot *snapshot, const char *id)
{
	if (!owner_has_snapshot(snapshot, volumes->instance, id))
		return call_fail(
			call, SCALE_FAILED_PRECONDITION,
			"snapshot '%s' is not deleted: '%s' on the NAS "
			"was not made by this driver under that id",
			id, snapshot->path);
	if (snapshot->is_held)
		return call_fail(call, SCALE_FAILED_PRECONDITION,
				 "snapshot '%s' is not deleted: it is held, "
				 "release the hold on '%s' on the NAS",
				 id, snapshot->path);
	return SCALE_OK;
}

static scale_status destroy(struct call *call, const struct volumes *volumes,
			    const struct snapshot *snapshot)
{
	bool defer = snapshot->has_clones;
	scale_status status =
		snapshot_delete(call, volumes->nas, snapshot->path, defer);

	/* Cloned since it was read. */
	if (status == SCALE_FAILED_PRECONDITION && !defer)
		status = snapshot_delete(call, volumes->nas, snapshot->path,
					 true);
	return status;
}

scale_status volume_snapshot_delete(struct call *call, struct volumes *volumes,
				    const char *snapshot_id)
{
	struct drain *drain = nas_drain(volumes->nas);
	struct snapshot snapshot = {0};
	struct volume_ref ref = {0};
	bool is_nothing = false;
	const char *path;
	scale_status status;

	status = ref_resolve_for_delete(call, volumes, snapshot_id,
					REF_SNAPSHOT, &ref, &is_nothing);
	if (status != SCALE_OK || is_nothing)
		return status;
	path = call_printf(call, "%s@%s", ref.id.dataset, ref.id.snapshot);
	if (path == NULL)
		return call_nomem(call);
	status = snapshot_read(call, volumes->nas, path, &snapshot);
	if (status == SCALE_NOT_FOUND) {
		status = absence_check(call, volumes, &ref,
				       "deleting a snapshot of volume");
		return status != SCALE_OK
			       ? status
			       : settle_check_gone(call, volumes, snapshot_id,
						   "deleting snapshot");
	}
	if (status != SCALE_OK || snapshot.is_deferred)
		return status;
	status = check(call, volumes, &snapshot, snapshot_id);
	if (status == SCALE_OK)
		status = destroy(call, volumes, &snapshot);
	if (status == SCALE_OK)
		drain_note_deleted(drain, snapshot_id);
	return status;
}
