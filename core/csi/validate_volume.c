/* SPDX-License-Identifier: BSD-2-Clause */
/* ValidateVolumeCapabilities. */
#include "csi/message.h"
#include "csi/verb.h"

/* What was confirmed is echoed: the CO compares it with what it asked. */
static scale_status
validate_confirm(struct call *call,
		 const Csi__V1__ValidateVolumeCapabilitiesRequest *request,
		 Csi__V1__ValidateVolumeCapabilitiesResponse *reply)
{
	Csi__V1__ValidateVolumeCapabilitiesResponse__Confirmed *confirmed = reply_new(
		call,
		&csi__v1__validate_volume_capabilities_response__confirmed__descriptor);
	struct scale_map context =
		MESSAGE_MAP(call->arena, request->n_volume_context,
			    request->volume_context);
	struct scale_map parameters = MESSAGE_MAP(
		call->arena, request->n_parameters, request->parameters);
	void **contexts, **params;

	if (confirmed == NULL ||
	    !message_put_map(
		    call, &context,
		    &csi__v1__validate_volume_capabilities_response__confirmed__volume_context_entry__descriptor,
		    &confirmed->n_volume_context, &contexts) ||
	    !message_put_map(
		    call, &parameters,
		    &csi__v1__validate_volume_capabilities_response__confirmed__parameters_entry__descriptor,
		    &confirmed->n_parameters, &params))
		return call_nomem(call);
	confirmed->volume_context =
		(Csi__V1__ValidateVolumeCapabilitiesResponse__Confirmed__VolumeContextEntry
			 **)contexts;
	confirmed->parameters =
		(Csi__V1__ValidateVolumeCapabilitiesResponse__Confirmed__ParametersEntry
			 **)params;
	confirmed->n_volume_capabilities = request->n_volume_capabilities;
	confirmed->volume_capabilities = request->volume_capabilities;
	reply->confirmed = confirmed;
	return SCALE_OK;
}

scale_status run_validate_volume(struct call *call, const struct csi *csi,
				 const ProtobufCMessage *message,
				 ProtobufCMessage **ret_reply)
{
	const Csi__V1__ValidateVolumeCapabilitiesRequest *request =
		(const Csi__V1__ValidateVolumeCapabilitiesRequest *)message;
	struct scale_map parameters = MESSAGE_MAP(
		call->arena, request->n_parameters, request->parameters);
	Csi__V1__ValidateVolumeCapabilitiesResponse *reply = reply_new(
		call,
		&csi__v1__validate_volume_capabilities_response__descriptor);
	struct volume_access *accesses;
	const char *why = NULL;
	scale_status st;

	if (reply == NULL)
		return call_nomem(call);
	st = message_take_accesses(call, request->n_volume_capabilities,
				   request->volume_capabilities, &accesses);
	if (st == SCALE_OK)
		st = volume_check_access(
			call, csi->volumes, request->volume_id, accesses,
			request->n_volume_capabilities, &parameters, &why);
	if (st != SCALE_OK)
		return st;
	*ret_reply = &reply->base;
	if (why == NULL)
		return validate_confirm(call, request, reply);
	reply->message = arena_strdup(call->arena, why);
	return reply->message != NULL ? SCALE_OK : call_nomem(call);
}
