/* SPDX-License-Identifier: BSD-2-Clause */
/* NodeGetVolumeStats, NodeExpandVolume and NodeGetInfo. */
#include "csi/message.h"
#include "csi/verb.h"

static Csi__V1__VolumeUsage *
look_add_usage(struct call *call, Csi__V1__NodeGetVolumeStatsResponse *reply,
	       Csi__V1__VolumeUsage__Unit unit, uint64_t total, uint64_t used,
	       uint64_t available)
{
	Csi__V1__VolumeUsage *usage =
		reply_new(call, &csi__v1__volume_usage__descriptor);

	if (usage == NULL)
		return NULL;
	usage->unit = unit;
	usage->total = (int64_t)total;
	usage->used = (int64_t)used;
	usage->available = (int64_t)available;
	reply->usage[reply->n_usage++] = usage;
	return usage;
}

scale_status run_node_get_stats(struct call *call, const struct csi *csi,
				const ProtobufCMessage *message,
				ProtobufCMessage **ret_reply)
{
	const Csi__V1__NodeGetVolumeStatsRequest *request =
		(const Csi__V1__NodeGetVolumeStatsRequest *)message;
	Csi__V1__NodeGetVolumeStatsResponse *reply = reply_new(
		call, &csi__v1__node_get_volume_stats_response__descriptor);
	struct node_stats stats = {0};
	scale_status st;

	if (reply == NULL)
		return call_nomem(call);
	st = node_get_stats(call, csi->node, request->volume_id,
			    request->volume_path, &stats);
	if (st != SCALE_OK)
		return st;
	reply->usage = arena_array(call->arena, 2, sizeof(*reply->usage));
	if (reply->usage == NULL ||
	    look_add_usage(call, reply, CSI__V1__VOLUME_USAGE__UNIT__BYTES,
			   stats.total_bytes, stats.used_bytes,
			   stats.available_bytes) == NULL)
		return call_nomem(call);
	if (!stats.is_raw &&
	    look_add_usage(call, reply, CSI__V1__VOLUME_USAGE__UNIT__INODES,
			   stats.total_inodes, stats.used_inodes,
			   stats.free_inodes) == NULL)
		return call_nomem(call);
	*ret_reply = &reply->base;
	return SCALE_OK;
}

scale_status plan_node_expand(struct call *call, const struct csi *csi,
			      const ProtobufCMessage *message,
			      struct csi_plan *ret_plan)
{
	const Csi__V1__NodeExpandVolumeRequest *request =
		(const Csi__V1__NodeExpandVolumeRequest *)message;

	(void)call;
	(void)csi;
	ret_plan->volume = request->volume_id;
	return SCALE_OK;
}

scale_status run_node_expand(struct call *call, const struct csi *csi,
			     const ProtobufCMessage *message,
			     ProtobufCMessage **ret_reply)
{
	const Csi__V1__NodeExpandVolumeRequest *request =
		(const Csi__V1__NodeExpandVolumeRequest *)message;
	Csi__V1__NodeExpandVolumeResponse *reply = reply_new(
		call, &csi__v1__node_expand_volume_response__descriptor);
	uint64_t required =
		request->capacity_range != NULL
			? (uint64_t)request->capacity_range->required_bytes
			: 0;
	uint64_t bytes = 0;
	scale_status st;

	if (reply == NULL)
		return call_nomem(call);
	st = node_expand(call, csi->node, request->volume_id,
			 request->volume_path, request->staging_target_path,
			 required, &bytes);
	if (st != SCALE_OK)
		return st;
	reply->capacity_bytes = (int64_t)bytes;
	*ret_reply = &reply->base;
	return SCALE_OK;
}

scale_status run_node_get_info(struct call *call, const struct csi *csi,
			       const ProtobufCMessage *request,
			       ProtobufCMessage **ret_reply)
{
	Csi__V1__NodeGetInfoResponse *reply =
		reply_new(call, &csi__v1__node_get_info_response__descriptor);
	const char *id = NULL;
	scale_status st;

	(void)request;
	if (reply == NULL)
		return call_nomem(call);
	st = node_get_id(call, csi->node, &id);
	if (st != SCALE_OK)
		return st;
	reply->node_id = arena_strdup(call->arena, id);
	if (reply->node_id == NULL)
		return call_nomem(call);
	reply->max_volumes_per_node = csi->max_volumes;
	*ret_reply = &reply->base;
	return SCALE_OK;
}
