/* SPDX-License-Identifier: BSD-2-Clause */
/* NodeStageVolume and NodeUnstageVolume. */
#include "csi/message.h"
#include "csi/verb.h"

scale_status plan_node_stage(struct call *call, const struct csi *csi,
			     const ProtobufCMessage *message,
			     struct csi_plan *ret_plan)
{
	const Csi__V1__NodeStageVolumeRequest *request =
		(const Csi__V1__NodeStageVolumeRequest *)message;

	(void)call;
	(void)csi;
	ret_plan->volume = request->volume_id;
	return SCALE_OK;
}

scale_status run_node_stage(struct call *call, const struct csi *csi,
			    const ProtobufCMessage *message,
			    ProtobufCMessage **ret_reply)
{
	const Csi__V1__NodeStageVolumeRequest *request =
		(const Csi__V1__NodeStageVolumeRequest *)message;
	struct volume_access access;
	struct node_volume volume = MESSAGE_NODE_VOLUME(call->arena, request);
	Csi__V1__NodeStageVolumeResponse *reply = reply_new(
		call, &csi__v1__node_stage_volume_response__descriptor);
	scale_status st;

	if (reply == NULL)
		return call_nomem(call);
	st = message_take_access(call, request->volume_capability, &access);
	if (st != SCALE_OK)
		return st;
	message_set_access(&volume, &access);
	st = node_stage(call, csi->node, &volume, request->staging_target_path);
	if (st == SCALE_OK)
		*ret_reply = &reply->base;
	return st;
}

scale_status plan_node_unstage(struct call *call, const struct csi *csi,
			       const ProtobufCMessage *message,
			       struct csi_plan *ret_plan)
{
	const Csi__V1__NodeUnstageVolumeRequest *request =
		(const Csi__V1__NodeUnstageVolumeRequest *)message;

	(void)call;
	(void)csi;
	ret_plan->volume = request->volume_id;
	return SCALE_OK;
}

scale_status run_node_unstage(struct call *call, const struct csi *csi,
			      const ProtobufCMessage *message,
			      ProtobufCMessage **ret_reply)
{
	const Csi__V1__NodeUnstageVolumeRequest *request =
		(const Csi__V1__NodeUnstageVolumeRequest *)message;
	Csi__V1__NodeUnstageVolumeResponse *reply = reply_new(
		call, &csi__v1__node_unstage_volume_response__descriptor);
	scale_status st;

	if (reply == NULL)
		return call_nomem(call);
	st = node_unstage(call, csi->node, request->volume_id,
			  request->staging_target_path);
	if (st == SCALE_OK)
		*ret_reply = &reply->base;
	return st;
}
