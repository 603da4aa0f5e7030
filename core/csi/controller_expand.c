/* SPDX-License-Identifier: BSD-2-Clause */
/* ControllerExpandVolume. */
#include "csi/message.h"
#include "csi/verb.h"

scale_status plan_controller_expand(struct call *call, const struct csi *csi,
				    const ProtobufCMessage *message,
				    struct csi_plan *ret_plan)
{
	const Csi__V1__ControllerExpandVolumeRequest *request =
		(const Csi__V1__ControllerExpandVolumeRequest *)message;

	(void)call;
	(void)csi;
	ret_plan->volume = request->volume_id;
	return SCALE_OK;
}

scale_status run_controller_expand(struct call *call, const struct csi *csi,
				   const ProtobufCMessage *message,
				   ProtobufCMessage **ret_reply)
{
	const Csi__V1__ControllerExpandVolumeRequest *request =
		(const Csi__V1__ControllerExpandVolumeRequest *)message;
	Csi__V1__ControllerExpandVolumeResponse *reply = reply_new(
		call, &csi__v1__controller_expand_volume_response__descriptor);
	uint64_t bytes = 0;
	bool node = false;
	scale_status st;

	if (reply == NULL)
		return call_nomem(call);
	st = volume_expand(call, csi->volumes, request->volume_id,
			   (uint64_t)request->capacity_range->required_bytes,
			   (uint64_t)request->capacity_range->limit_bytes,
			   &bytes, &node);
	if (st != SCALE_OK)
		return st;
	reply->capacity_bytes = (int64_t)bytes;
	reply->node_expansion_required = node;
	*ret_reply = &reply->base;
	return SCALE_OK;
}
