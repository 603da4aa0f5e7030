/* SPDX-License-Identifier: BSD-2-Clause */
/* DeleteVolume. */
#include "csi/message.h"
#include "csi/verb.h"

scale_status plan_delete_volume(struct call *call, const struct csi *csi,
				const ProtobufCMessage *message,
				struct csi_plan *ret_plan)
{
	const Csi__V1__DeleteVolumeRequest *request =
		(const Csi__V1__DeleteVolumeRequest *)message;

	(void)call;
	(void)csi;
	ret_plan->volume = request->volume_id;
	return SCALE_OK;
}

scale_status run_delete_volume(struct call *call, const struct csi *csi,
			       const ProtobufCMessage *message,
			       ProtobufCMessage **ret_reply)
{
	const Csi__V1__DeleteVolumeRequest *request =
		(const Csi__V1__DeleteVolumeRequest *)message;
	struct scale_map secrets =
		MESSAGE_MAP(call->arena, request->n_secrets, request->secrets);
	Csi__V1__DeleteVolumeResponse *reply =
		reply_new(call, &csi__v1__delete_volume_response__descriptor);
	scale_status st;

	if (reply == NULL)
		return call_nomem(call);
	st = volume_delete(call, csi->volumes, request->volume_id, &secrets);
	if (st == SCALE_OK)
		*ret_reply = &reply->base;
	return st;
}
