/* SPDX-License-Identifier: BSD-2-Clause */
/* NodePublishVolume and NodeUnpublishVolume. */
#include "csi/message.h"
#include "csi/verb.h"

scale_status plan_node_publish(struct call *call, const struct csi *csi,
			       const ProtobufCMessage *message,
			       struct csi_plan *ret_plan)
{
	const Csi__V1__NodePublishVolumeRequest *request =
		(const Csi__V1__NodePublishVolumeRequest *)message;

	(void)call;
	(void)csi;
	ret_plan->volume = request->volume_id;
	return SCALE_OK;
}

scale_status run_node_publish(struct call *call, const struct csi *csi,
			      const ProtobufCMessage *message,
			      ProtobufCMessage **ret_reply)
{
	const Csi__V1__NodePublishVolumeRequest *request =
		(const Csi__V1__NodePublishVolumeRequest *)message;
	struct volume_access access;
	struct node_volume volume = MESSAGE_NODE_VOLUME(call->arena, request);
	Csi__V1__NodePublishVolumeResponse *reply = reply_new(
		call, &csi__v1__node_publish_volume_response__descriptor);
	scale_status st;

	if (reply == NULL)
		return call_nomem(call);
	st = message_take_access(call, request->volume_capability, &access);
	if (st != SCALE_OK)
		return st;
	message_set_access(&volume, &access);
	st = node_publish(call, csi->node, &volume,
			  request->staging_target_path, request->target_path,
			  request->readonly || volume.is_readonly);
	if (st == SCALE_OK)
		*ret_reply = &reply->base;
	return st;
}

scale_status plan_node_unpublish(struct call *call, const struct csi *csi,
				 const ProtobufCMessage *message,
				 struct csi_plan *ret_plan)
{
	const Csi__V1__NodeUnpublishVolumeRequest *request =
		(const Csi__V1__NodeUnpublishVolumeRequest *)message;

	(void)call;
	(void)csi;
	ret_plan->volume = request->volume_id;
	return SCALE_OK;
}

scale_status run_node_unpublish(struct call *call, const struct csi *csi,
				const ProtobufCMessage *message,
				ProtobufCMessage **ret_reply)
{
	const Csi__V1__NodeUnpublishVolumeRequest *request =
		(const Csi__V1__NodeUnpublishVolumeRequest *)message;
	Csi__V1__NodeUnpublishVolumeResponse *reply = reply_new(
		call, &csi__v1__node_unpublish_volume_response__descriptor);
	scale_status st;

	if (reply == NULL)
		return call_nomem(call);
	st = node_unpublish(call, csi->node, request->volume_id,
			    request->target_path);
	if (st == SCALE_OK)
		*ret_reply = &reply->base;
	return st;
}
