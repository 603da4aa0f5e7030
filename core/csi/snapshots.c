/* SPDX-License-Identifier: BSD-2-Clause */
/* CreateSnapshot, DeleteSnapshot and ListSnapshots. */
#include "csi/message.h"
#include "csi/verb.h"

static scale_status snapshot_make(struct call *call,
				  const struct snapshot_info *info,
				  Csi__V1__Snapshot **ret_snapshot)
{
	Csi__V1__Snapshot *snapshot =
		reply_new(call, &csi__v1__snapshot__descriptor);
	Google__Protobuf__Timestamp *created =
		reply_new(call, &google__protobuf__timestamp__descriptor);

	if (snapshot == NULL || created == NULL)
		return call_nomem(call);
	snapshot->snapshot_id = arena_strdup(call->arena, info->id);
	snapshot->source_volume_id = arena_strdup(call->arena, info->volume_id);
	if (snapshot->snapshot_id == NULL || snapshot->source_volume_id == NULL)
		return call_nomem(call);
	snapshot->size_bytes = (int64_t)info->bytes;
	created->seconds = (int64_t)info->created_s;
	snapshot->creation_time = created;
	snapshot->ready_to_use = true; /* a ZFS snapshot is cut at once */
	*ret_snapshot = snapshot;
	return SCALE_OK;
}

/*
 * A snapshot's name is one in the whole cluster, so it is locked beside the id:
 * two volumes must not take it at the same time.  The volume must stay.
 */
scale_status plan_create_snapshot(struct call *call, const struct csi *csi,
				  const ProtobufCMessage *message,
				  struct csi_plan *ret_plan)
{
	const Csi__V1__CreateSnapshotRequest *request =
		(const Csi__V1__CreateSnapshotRequest *)message;

	ret_plan->also = request->source_volume_id;
	ret_plan->also_shared = true;
	ret_plan->unique = call_printf(call, "snapshot %s", request->name);
	if (ret_plan->unique == NULL)
		return call_nomem(call);
	return snapshot_plan_create(call, csi->volumes, request->name,
				    request->source_volume_id,
				    &ret_plan->volume);
}

scale_status run_create_snapshot(struct call *call, const struct csi *csi,
				 const ProtobufCMessage *message,
				 ProtobufCMessage **ret_reply)
{
	const Csi__V1__CreateSnapshotRequest *request =
		(const Csi__V1__CreateSnapshotRequest *)message;
	struct scale_map parameters = MESSAGE_MAP(
		call->arena, request->n_parameters, request->parameters);
	Csi__V1__CreateSnapshotResponse *reply =
		reply_new(call, &csi__v1__create_snapshot_response__descriptor);
	struct snapshot_info info = {0};
	scale_status st;

	if (reply == NULL)
		return call_nomem(call);
	st = volume_snapshot(call, csi->volumes, request->name,
			     request->source_volume_id, &parameters, &info);
	if (st == SCALE_OK)
		st = snapshot_make(call, &info, &reply->snapshot);
	if (st == SCALE_OK)
		*ret_reply = &reply->base;
	return st;
}

scale_status plan_delete_snapshot(struct call *call, const struct csi *csi,
				  const ProtobufCMessage *message,
				  struct csi_plan *ret_plan)
{
	const Csi__V1__DeleteSnapshotRequest *request =
		(const Csi__V1__DeleteSnapshotRequest *)message;

	(void)call;
	(void)csi;
	ret_plan->volume = request->snapshot_id;
	return SCALE_OK;
}

scale_status run_delete_snapshot(struct call *call, const struct csi *csi,
				 const ProtobufCMessage *message,
				 ProtobufCMessage **ret_reply)
{
	const Csi__V1__DeleteSnapshotRequest *request =
		(const Csi__V1__DeleteSnapshotRequest *)message;
	Csi__V1__DeleteSnapshotResponse *reply =
		reply_new(call, &csi__v1__delete_snapshot_response__descriptor);
	scale_status st;

	if (reply == NULL)
		return call_nomem(call);
	st = volume_snapshot_delete(call, csi->volumes, request->snapshot_id);
	if (st == SCALE_OK)
		*ret_reply = &reply->base;
	return st;
}

scale_status run_list_snapshots(struct call *call, const struct csi *csi,
				const ProtobufCMessage *message,
				ProtobufCMessage **ret_reply)
{
	const Csi__V1__ListSnapshotsRequest *request =
		(const Csi__V1__ListSnapshotsRequest *)message;
	Csi__V1__ListSnapshotsResponse *reply =
		reply_new(call, &csi__v1__list_snapshots_response__descriptor);
	struct snapshot_info *infos = NULL;
	const char *next = "";
	size_t n = 0;
	scale_status st;

	if (reply == NULL)
		return call_nomem(call);
	st = volume_snapshot_list(call, csi->volumes, request->snapshot_id,
				  request->source_volume_id,
				  (uint32_t)request->max_entries,
				  request->starting_token, &infos, &n, &next);
	if (st != SCALE_OK)
		return st;
	reply->entries = arena_array(call->arena, n, sizeof(*reply->entries));
	reply->next_token = arena_strdup(call->arena, next);
	if (reply->entries == NULL || reply->next_token == NULL)
		return call_nomem(call);
	for (size_t i = 0; i < n; i++) {
		Csi__V1__ListSnapshotsResponse__Entry *entry = reply_new(
			call,
			&csi__v1__list_snapshots_response__entry__descriptor);

		if (entry == NULL)
			return call_nomem(call);
		st = snapshot_make(call, &infos[i], &entry->snapshot);
		if (st != SCALE_OK)
			return st;
		reply->entries[i] = entry;
	}
	reply->n_entries = n;
	*ret_reply = &reply->base;
	return SCALE_OK;
}
