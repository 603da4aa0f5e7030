/* SPDX-License-Identifier: BSD-2-Clause */
/* ControllerGetVolume and ValidateVolumeCapabilities: one volume, looked at. */
#include <string.h>

#include "volume/access.h"
#include "volume/class.h"
#include "volume/info.h"
#include "volume/sight.h"

scale_status volume_get(struct call *call, struct volumes *volumes,
			const char *volume_id, struct volume_info *ret_info)
{
	struct sight sight = {0};
	scale_status status = sight_read(call, volumes, volume_id, &sight);

	if (status != SCALE_OK)
		return status;
	if (info_fill(call, call->arena, &sight.dataset, &sight.record,
		      ret_info) != 0)
		return call_nomem(call);
	return SCALE_OK;
}

/* The volume was made for mounting or for raw access, and stays that. */
static const char *refuse_content(struct call *call, const struct sight *sight,
				  const struct volume_access *access)
{
	const char *has = sight->record.filesystem;

	if (sight->dataset.kind != SCALE_BLOCK)
		return NULL;
	if (access->is_raw && has[0] != '\0')
		return call_printf(call,
				   "the volume holds the file system %s, raw "
				   "block access was asked for",
				   has);
	if (!access->is_raw && access->fs_type[0] != '\0' && has[0] != '\0' &&
	    strcmp(access->fs_type, has) != 0)
		return call_printf(call,
				   "the volume holds the file system %s, %s "
				   "was asked for",
				   has, access->fs_type);
	return NULL;
}

static const char *refuse_class(struct call *call,
				const struct volumes *volumes,
				const struct sight *sight,
				const struct scale_map *parameters)
{
	const struct volume_record *record = &sight->record;
	struct volume_class class;
	const char *key;

	if (parameters->n == 0)
		return NULL;
	if (class_parse(call, volumes, parameters, record->name, &class) !=
	    SCALE_OK)
		return call->reason;
	if (strcmp(class.backend->descriptor.name, record->protocol) != 0)
		return call_printf(call,
				   "the volume's protocol is %s, the "
				   "parameters say %s",
				   record->protocol,
				   class.backend->descriptor.name);
	key = record_find_difference(&record->class, &class.own_said);
	if (key == NULL)
		key = record_find_difference(&record->params,
					     &class.params_said);
	return key == NULL ? NULL
			   : call_printf(call,
					 "the volume was made with another "
					 "value of parameter '%s'",
					 key);
}

scale_status volume_check_access(struct call *call, struct volumes *volumes,
				 const char *volume_id,
				 const struct volume_access *accesses, size_t n,
				 const struct scale_map *parameters,
				 const char **ret_why)
{
	struct sight sight = {0};
	const char *why;
	scale_status status = sight_read(call, volumes, volume_id, &sight);

	if (status != SCALE_OK)
		return status;
	why = access_refuse(call, sight.ref.backend, sight.dataset.kind,
			    accesses, n);
	if (why == NULL && n > 0)
		why = refuse_content(call, &sight, accesses);
	if (why == NULL)
		why = refuse_class(call, volumes, &sight, parameters);
	*ret_why = why;
	return SCALE_OK;
}
