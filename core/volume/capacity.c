/* SPDX-License-Identifier: BSD-2-Clause */
/* GetCapacity: what the parent of a class's pool has available. */
#include "nas/dataset.h"
#include "volume/service.h"

/*
 * The scheduler's capacity objects come with the class's parameters, csi-sanity
 * with none, so only `pool` is looked at: the answer does not depend on more.
 */
scale_status volume_get_capacity(struct call *call, struct volumes *volumes,
				 const struct scale_map *parameters,
				 uint64_t *ret_bytes)
{
	const char *name = map_get(parameters, "pool");
	const struct volume_pool *pool = volumes_find_pool(volumes, name);
	struct dataset parent = {0};
	scale_status status;

	if (pool == NULL)
		return call_fail(call, SCALE_INVALID_ARGUMENT,
				 "class parameter 'pool' is '%s', which is no "
				 "pool of this driver's configuration",
				 name);
	status = dataset_read(call, volumes->nas, pool->parent, &parent);
	if (status == SCALE_NOT_FOUND)
		return call_fail(call, SCALE_FAILED_PRECONDITION,
				 "the parent dataset '%s' of pool '%s' is not "
				 "on the NAS: make it there",
				 pool->parent, pool->name);
	if (status != SCALE_OK)
		return status;
	*ret_bytes = parent.available_bytes;
	return SCALE_OK;
}
