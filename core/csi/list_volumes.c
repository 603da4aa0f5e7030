/* SPDX-License-Identifier: BSD-2-Clause */
/* ListVolumes, ControllerGetVolume and GetCapacity: looking, changing nothing.
 */
#include "csi/message.h"
#include "csi/verb.h"

scale_status run_list_volumes(struct call *call, const struct csi *csi,
			      const ProtobufCMessage *message,
			      ProtobufCMessage **ret_reply)
{
	const Csi__V1__ListVolumesRequest *request =
		(const Csi__V1__ListVolumesRequest *)message;
	Csi__V1__ListVolumesResponse *reply =
		reply_new(call, &csi__v1__list_volumes_response__descriptor);
	struct volume_info *infos = NULL;
	const char *next = "";
	size_t n = 0;
	scale_status st;

	if (reply == NULL)
		return call_nomem(call);
	st = volume_list(call, csi->volumes, (uint32_t)request->max_entries,
			 request->starting_token, &infos, &n, &next);
	if (st != SCALE_OK)
		return st;
	reply->entries = arena_array(call->arena, n, sizeof(*reply->entries));
	reply->next_token = arena_strdup(call->arena, next);
	if (reply->entries == NULL || reply->next_token == NULL)
		return call_nomem(call);
	for (size_t i = 0; i < n; i++) {
		Csi__V1__ListVolumesResponse__Entry *entry = reply_new(
			call,
			&csi__v1__list_volumes_response__entry__descriptor);

		if (entry == NULL)
			return call_nomem(call);
		st = message_make_volume(call, &infos[i], &entry->volume);
		if (st != SCALE_OK)
			return st;
		reply->entries[i] = entry;
	}
	reply->n_entries = n;
	*ret_reply = &reply->base;
	return SCALE_OK;
}

scale_status run_controller_get_volume(struct call *call, const struct csi *csi,
				       const ProtobufCMessage *message,
				       ProtobufCMessage **ret_reply)
{
	const Csi__V1__ControllerGetVolumeRequest *request =
		(const Csi__V1__ControllerGetVolumeRequest *)message;
	Csi__V1__ControllerGetVolumeResponse *reply = reply_new(
		call, &csi__v1__controller_get_volume_response__descriptor);
	Csi__V1__ControllerGetVolumeResponse__VolumeStatus *status = reply_new(
		call,
		&csi__v1__controller_get_volume_response__volume_status__descriptor);
	struct volume_info info = {0};
	scale_status st;

	if (reply == NULL || status == NULL)
		return call_nomem(call);
	st = volume_get(call, csi->volumes, request->volume_id, &info);
	if (st == SCALE_OK)
		st = message_make_volume(call, &info, &reply->volume);
	if (st != SCALE_OK)
		return st;
	reply->status = status;
	for (size_t n = 0; info.nodes != NULL && info.nodes[n] != NULL; n++)
		status->n_published_node_ids = n + 1;
	status->published_node_ids = arena_array(
		call->arena, status->n_published_node_ids, sizeof(char *));
	if (status->published_node_ids == NULL)
		return call_nomem(call);
	for (size_t i = 0; i < status->n_published_node_ids; i++)
		status->published_node_ids[i] = info.nodes[i];
	*ret_reply = &reply->base;
	return SCALE_OK;
}

scale_status run_get_capacity(struct call *call, const struct csi *csi,
			      const ProtobufCMessage *message,
			      ProtobufCMessage **ret_reply)
{
	const Csi__V1__GetCapacityRequest *request =
		(const Csi__V1__GetCapacityRequest *)message;
	struct scale_map parameters = MESSAGE_MAP(
		call->arena, request->n_parameters, request->parameters);
	Csi__V1__GetCapacityResponse *reply =
		reply_new(call, &csi__v1__get_capacity_response__descriptor);
	uint64_t bytes = 0;
	scale_status st;

	if (reply == NULL)
		return call_nomem(call);
	st = volume_get_capacity(call, csi->volumes, &parameters, &bytes);
	if (st != SCALE_OK)
		return st;
	reply->available_capacity = (int64_t)bytes;
	*ret_reply = &reply->base;
	return SCALE_OK;
}
