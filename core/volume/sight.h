/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading a volume that must be there and ours. */
#ifndef SCALE_CSI_VOLUME_SIGHT_H
#define SCALE_CSI_VOLUME_SIGHT_H

#include "volume/owner.h"
#include "volume/service.h"

/* A volume as it was seen on the NAS. */
struct sight {
	struct volume_ref ref;
	struct dataset dataset;
	struct volume_record record;
};

/* sight_finish - after the dataset's read (dataset_read_submit) was waited for.
 * NOT_FOUND when it is not there or not ours, with a sentence that says which.
 */
scale_status sight_finish(struct call *call, const struct volumes *volumes,
			  const struct rpc *rpc, struct sight *sight);

/* sight_read - resolve, read and judge in one go. */
scale_status sight_read(struct call *call, const struct volumes *volumes,
			const char *volume_id, struct sight *ret_sight);

#endif
