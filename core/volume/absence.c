/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether what is not to be seen is gone. */
#include "volume/absence.h"

#include "nas/dataset.h"

scale_status absence_check(struct call *call, const struct volumes *volumes,
			   const struct volume_ref *ref, const char *doing)
{
	const char *parent = ref->pool->parent;
	struct dataset dataset;
	scale_status status =
		dataset_read(call, volumes->nas, parent, &dataset);

	if (status == SCALE_NOT_FOUND)
		return call_fail(call, SCALE_FAILED_PRECONDITION,
				 "%s '%s' is not possible: the parent dataset "
				 "'%s' of pool '%s' is not on the NAS; import "
				 "its ZFS pool there",
				 doing, ref->id.volume, parent,
				 ref->pool->name);
	if (status != SCALE_OK)
		return call_prefix(call, "%s '%s'", doing, ref->id.volume);
	return SCALE_OK;
}
