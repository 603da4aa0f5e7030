/* SPDX-License-Identifier: BSD-2-Clause */
/* ControllerPublishVolume and ControllerUnpublishVolume. */
#include "csi/message.h"
#include "csi/verb.h"

scale_status plan_controller_publish(struct call *call, const struct csi *csi,
				     const ProtobufCMessage *message,
				     struct csi_plan *ret_plan)
{
	const Csi__V1__ControllerPublishVolumeRequest *request =
		(const Csi__V1__ControllerPublishVolumeRequest *)message;

	(void)call;
	(void)csi;
	ret_plan->volume = request->volume_id;
	return SCALE_OK;
}

scale_status run_controller_publish(struct call *call, const struct csi *csi,
				    const ProtobufCMessage *message,
				    ProtobufCMessage **ret_reply)
{
	const Csi__V1__ControllerPublishVolumeRequest *request =
		(const Csi__V1__ControllerPublishVolumeRequest *)message;
	struct volume_publish publish = {
		.volume_id = request->volume_id,
		.node_id = request->node_id,
		.is_readonly = request->readonly,
		.context = MESSAGE_MAP(call->arena, request->n_volume_context,
				       request->volume_context),
		.secrets = MESSAGE_MAP(call->arena, request->n_secrets,
				       request->secrets),
	};
	Csi__V1__ControllerPublishVolumeResponse *reply = reply_new(
		call, &csi__v1__controller_publish_volume_response__descriptor);
	struct scale_map context = {0};
	void **entries;
	scale_status st;

	if (reply == NULL)
		return call_nomem(call);
	st = message_take_access(call, request->volume_capability,
				 &publish.access);
	if (st == SCALE_OK)
		st = volume_publish(call, csi->volumes, &publish, &context);
	if (st != SCALE_OK)
		return st;
	if (!message_put_map(
		    call, &context,
		    &csi__v1__controller_publish_volume_response__publish_context_entry__descriptor,
		    &reply->n_publish_context, &entries))
		return call_nomem(call);
	reply->publish_context =
		(Csi__V1__ControllerPublishVolumeResponse__PublishContextEntry *
			 *)entries;
	*ret_reply = &reply->base;
	return SCALE_OK;
}

scale_status plan_controller_unpublish(struct call *call, const struct csi *csi,
				       const ProtobufCMessage *message,
				       struct csi_plan *ret_plan)
{
	const Csi__V1__ControllerUnpublishVolumeRequest *request =
		(const Csi__V1__ControllerUnpublishVolumeRequest *)message;

	(void)call;
	(void)csi;
	ret_plan->volume = request->volume_id;
	return SCALE_OK;
}

scale_status run_controller_unpublish(struct call *call, const struct csi *csi,
				      const ProtobufCMessage *message,
				      ProtobufCMessage **ret_reply)
{
	const Csi__V1__ControllerUnpublishVolumeRequest *request =
		(const Csi__V1__ControllerUnpublishVolumeRequest *)message;
	struct volume_publish publish = {
		.volume_id = request->volume_id,
		.node_id = request->node_id,
		.secrets = MESSAGE_MAP(call->arena, request->n_secrets,
				       request->secrets),
	};
	Csi__V1__ControllerUnpublishVolumeResponse *reply = reply_new(
		call,
		&csi__v1__controller_unpublish_volume_response__descriptor);
	scale_status st;

	if (reply == NULL)
		return call_nomem(call);
	st = volume_unpublish(call, csi->volumes, &publish);
	if (st == SCALE_OK)
		*ret_reply = &reply->base;
	return st;
}
