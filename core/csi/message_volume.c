/* SPDX-License-Identifier: BSD-2-Clause */
/* A volume as a CSI message. */
#include "csi/message.h"
#include "csi/verb.h"

static scale_status message_make_source(struct call *call,
					const struct volume_info *info,
					Csi__V1__VolumeContentSource **ret)
{
	Csi__V1__VolumeContentSource *source =
		reply_new(call, &csi__v1__volume_content_source__descriptor);
	Csi__V1__VolumeContentSource__SnapshotSource *snapshot = reply_new(
		call,
		&csi__v1__volume_content_source__snapshot_source__descriptor);
	Csi__V1__VolumeContentSource__VolumeSource *volume = reply_new(
		call,
		&csi__v1__volume_content_source__volume_source__descriptor);
	char *id = arena_strdup(call->arena, info->source_id);

	if (source == NULL || snapshot == NULL || volume == NULL || id == NULL)
		return call_nomem(call);
	if (info->source_kind == VOLUME_FROM_SNAPSHOT) {
		snapshot->snapshot_id = id;
		source->type_case =
			CSI__V1__VOLUME_CONTENT_SOURCE__TYPE_SNAPSHOT;
		source->snapshot = snapshot;
	} else {
		volume->volume_id = id;
		source->type_case = CSI__V1__VOLUME_CONTENT_SOURCE__TYPE_VOLUME;
		source->volume = volume;
	}
	*ret = source;
	return SCALE_OK;
}

scale_status message_make_volume(struct call *call,
				 const struct volume_info *info,
				 Csi__V1__Volume **ret_volume)
{
	Csi__V1__Volume *volume = reply_new(call, &csi__v1__volume__descriptor);
	void **entries;

	if (volume == NULL)
		return call_nomem(call);
	volume->volume_id = arena_strdup(call->arena, info->id);
	volume->capacity_bytes = (int64_t)info->bytes;
	if (volume->volume_id == NULL ||
	    !message_put_map(call, &info->context,
			     &csi__v1__volume__volume_context_entry__descriptor,
			     &volume->n_volume_context, &entries))
		return call_nomem(call);
	volume->volume_context =
		(Csi__V1__Volume__VolumeContextEntry **)entries;
	*ret_volume = volume;
	if (info->source_kind == VOLUME_BLANK)
		return SCALE_OK;
	return message_make_source(call, info, &volume->content_source);
}
