/* SPDX-License-Identifier: BSD-2-Clause */
/* From an id to the backend and the pool it belongs to. */
#include <errno.h>
#include <string.h>

#include "volume/service.h"

static const char *ref_noun(enum ref_what what)
{
	return what == REF_VOLUME ? "volume" : "snapshot";
}

uint32_t backend_kind(const struct backend *backend)
{
	uint32_t can = backend->descriptor.can;

	if ((can & SCALE_CAN_BLOCK) == 0)
		return SCALE_FILESYSTEM;
	return (can & SCALE_CAN_FILESYSTEM) == 0 ? SCALE_BLOCK : 0;
}

/* -EINVAL: malformed; -ENOMEM; 0 with backend and pool NULL if unknown. */
static int ref_parse(struct call *call, const struct volumes *volumes,
		     const char *text, enum ref_what what,
		     struct volume_ref *ret)
{
	int rc = id_parse(call->arena, text, &ret->id);

	if (rc != 0)
		return rc;
	if ((ret->id.snapshot != NULL) != (what == REF_SNAPSHOT))
		return -EINVAL;
	ret->backend = backend_find_prefix(volumes->backends, ret->id.prefix);
	ret->pool = volumes_pool_of(volumes, ret->id.dataset);
	ret->kind = ret->backend != NULL ? backend_kind(ret->backend) : 0;
	return 0;
}

static scale_status ref_fail_backend(struct call *call, scale_status status,
				     const struct id *id)
{
	return call_fail(
		call, status,
		"volume '%s' belongs to a backend with the prefix "
		"'%s', which this controller has not loaded: add it to "
		"the driver's backends",
		id->volume, id->prefix);
}

static scale_status ref_fail_pool(struct call *call, scale_status status,
				  const struct id *id)
{
	return call_fail(
		call, status,
		"volume '%s' lies below no parent dataset of this "
		"driver's configuration: add its pool, or look for the "
		"driver that made it",
		id->volume);
}

scale_status ref_resolve(struct call *call, const struct volumes *volumes,
			 const char *text, enum ref_what what,
			 struct volume_ref *ret_ref)
{
	struct volume_ref ref = {0};
	int rc = ref_parse(call, volumes, text, what, &ref);

	if (rc == -ENOMEM)
		return call_nomem(call);
	if (rc != 0)
		return call_fail(call, SCALE_NOT_FOUND,
				 "there is no %s '%s': the id is not of this "
				 "driver's form",
				 ref_noun(what), text);
	if (ref.backend == NULL)
		return ref_fail_backend(call, SCALE_NOT_FOUND, &ref.id);
	if (ref.pool == NULL)
		return ref_fail_pool(call, SCALE_NOT_FOUND, &ref.id);
	*ret_ref = ref;
	return SCALE_OK;
}

scale_status ref_resolve_for_delete(struct call *call,
				    const struct volumes *volumes,
				    const char *text, enum ref_what what,
				    struct volume_ref *ret_ref,
				    bool *ret_nothing)
{
	struct volume_ref ref = {0};
	int rc = ref_parse(call, volumes, text, what, &ref);

	*ret_nothing = rc == -EINVAL;
	if (rc == -EINVAL)
		return SCALE_OK;
	if (rc != 0)
		return call_nomem(call);
	if (ref.backend == NULL)
		return ref_fail_backend(call,
					ref.pool != NULL
						? SCALE_FAILED_PRECONDITION
						: SCALE_NOT_FOUND,
					&ref.id);
	if (ref.pool == NULL)
		return ref_fail_pool(call, SCALE_FAILED_PRECONDITION, &ref.id);
	*ret_ref = ref;
	return SCALE_OK;
}

const char *ref_export_path(struct call *call, const char *dataset,
			    uint32_t kind)
{
	return call_printf(call, kind == SCALE_BLOCK ? "zvol/%s" : "/mnt/%s",
			   dataset);
}
