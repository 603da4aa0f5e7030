/* SPDX-License-Identifier: BSD-2-Clause */
/* A volume as a backend is shown it, with one invocation over it. */
#include "volume/subject.h"

#include "volume/class.h"

scale_status subject_init(struct call *call, const struct volumes *volumes,
			  struct backend *backend, const struct id *id,
			  uint32_t kind, struct subject *ret)
{
	struct scale_map nothing = {0}, params = {0};
	struct subject subject = {
		.backend = backend,
		.volume = {.struct_size = sizeof(struct scale_volume),
			   .kind = kind,
			   .id = id->volume,
			   .dataset = id->dataset},
		.inv = {.host = volumes->host},
	};
	scale_status status;

	subject.volume.object = id_make_object(call->arena, id->volume);
	if (subject.volume.object == NULL)
		return call_nomem(call);
	status = class_complete(call, backend, &nothing, &params);
	if (status != SCALE_OK)
		return status;
	subject.volume.params = params;
	*ret = subject;
	return SCALE_OK;
}

uint64_t dataset_bytes(const struct dataset *dataset,
		       const struct volume_record *record)
{
	if (dataset->kind == SCALE_BLOCK)
		return dataset->volsize_bytes;
	return dataset->refquota_bytes != 0 ? dataset->refquota_bytes
					    : record->bytes;
}

scale_status subject_learn(struct call *call, struct subject *subject,
			   const struct dataset *dataset,
			   const struct volume_record *record)
{
	struct scale_volume *volume = &subject->volume;

	volume->kind = dataset->kind;
	volume->bytes = dataset_bytes(dataset, record);
	volume->state = record->state;
	return class_complete(call, subject->backend, &record->params,
			      &volume->params);
}

scale_status verdict_keep(struct call *call, struct verdict *verdict,
			  scale_status status, const char *path)
{
	if (status == SCALE_OK && path == NULL)
		status = call_nomem(call);
	verdict->is_known = true;
	verdict->status = status;
	verdict->reason = call->reason;
	verdict->path = path;
	return status;
}

scale_status verdict_tell(struct call *call, const struct verdict *verdict,
			  const char **ret_path)
{
	if (verdict->status != SCALE_OK)
		return call_fail(call, verdict->status, "%s", verdict->reason);
	*ret_path = verdict->path;
	return SCALE_OK;
}

bool retry_heals(scale_status status)
{
	return status == SCALE_UNAVAILABLE || status == SCALE_ABORTED ||
	       status == SCALE_DEADLINE_EXCEEDED || status == SCALE_CANCELLED ||
	       status == SCALE_UNKNOWN;
}
