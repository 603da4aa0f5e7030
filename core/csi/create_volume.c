/* SPDX-License-Identifier: BSD-2-Clause */
/* CreateVolume. */
#include "csi/message.h"
#include "csi/verb.h"
#include "work/operation.h"

static enum volume_source_kind
create_take_source(const Csi__V1__VolumeContentSource *source,
		   const char **ret_id)
{
	if (source == NULL)
		return VOLUME_BLANK;
	switch (source->type_case) {
	case CSI__V1__VOLUME_CONTENT_SOURCE__TYPE_SNAPSHOT:
		*ret_id = source->snapshot->snapshot_id;
		return VOLUME_FROM_SNAPSHOT;
	case CSI__V1__VOLUME_CONTENT_SOURCE__TYPE_VOLUME:
		*ret_id = source->volume->volume_id;
		return VOLUME_FROM_VOLUME;
	default:
		return VOLUME_BLANK;
	}
}

static scale_status create_take(struct call *call,
				const ProtobufCMessage *message,
				struct volume_create *ret_create)
{
	const Csi__V1__CreateVolumeRequest *request =
		(const Csi__V1__CreateVolumeRequest *)message;
	struct volume_create create = {.name = request->name};
	struct volume_access *accesses;
	scale_status st;

	st = message_take_accesses(call, request->n_volume_capabilities,
				   request->volume_capabilities, &accesses);
	if (st != SCALE_OK)
		return st;
	create.accesses = accesses;
	create.n_accesses = request->n_volume_capabilities;
	if (request->capacity_range != NULL) {
		create.required_bytes =
			(uint64_t)request->capacity_range->required_bytes;
		create.limit_bytes =
			(uint64_t)request->capacity_range->limit_bytes;
	}
	if (request->n_mutable_parameters > 0)
		return call_fail(call, SCALE_INVALID_ARGUMENT,
				 "mutable parameter '%s' was given, but this "
				 "driver does not modify volumes",
				 request->mutable_parameters[0]->key);
	create.parameters = MESSAGE_MAP(call->arena, request->n_parameters,
					request->parameters);
	create.secrets =
		MESSAGE_MAP(call->arena, request->n_secrets, request->secrets);
	create.source_id = "";
	create.source_kind = create_take_source(request->volume_content_source,
						&create.source_id);
	*ret_create = create;
	return SCALE_OK;
}

scale_status plan_create_volume(struct call *call, const struct csi *csi,
				const ProtobufCMessage *request,
				struct csi_plan *ret_plan)
{
	struct volume_create create;
	scale_status st = create_take(call, request, &create);

	if (st != SCALE_OK)
		return st;
	st = volume_plan_create(call, csi->volumes, &create, &ret_plan->volume);
	if (st != SCALE_OK)
		return st;
	/* The source must stay while it is copied; copies run side by side. */
	if (create.source_kind == VOLUME_FROM_VOLUME) {
		ret_plan->also = create.source_id;
		ret_plan->also_shared = true;
	}
	return SCALE_OK;
}

static scale_status create_make_reply(struct call *call,
				      const struct volume_info *info,
				      ProtobufCMessage **ret_reply)
{
	Csi__V1__CreateVolumeResponse *reply =
		reply_new(call, &csi__v1__create_volume_response__descriptor);
	scale_status st;

	if (reply == NULL)
		return call_nomem(call);
	st = message_make_volume(call, info, &reply->volume);
	if (st == SCALE_OK)
		*ret_reply = &reply->base;
	return st;
}

/* The volume can be used: whoever waits hears it now, the hints come after. */
static void create_answer(struct call *call, const struct volume_info *info,
			  void *arg)
{
	ProtobufCMessage *reply = NULL;

	(void)arg;
	if (create_make_reply(call, info, &reply) == SCALE_OK)
		operation_answer(call, reply);
}

scale_status run_create_volume(struct call *call, const struct csi *csi,
			       const ProtobufCMessage *request,
			       ProtobufCMessage **ret_reply)
{
	struct volume_create create;
	struct volume_info info = {0};
	scale_status st = create_take(call, request, &create);

	if (st == SCALE_OK)
		st = volume_create(call, csi->volumes, &create, create_answer,
				   NULL, &info);
	if (st != SCALE_OK)
		return st;
	return create_make_reply(call, &info, ret_reply);
}
