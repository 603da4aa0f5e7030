/* SPDX-License-Identifier: BSD-2-Clause */
/* What a CreateVolume will make, before anything is sent. */
#ifndef SCALE_CSI_VOLUME_PLAN_H
#define SCALE_CSI_VOLUME_PLAN_H

#include "volume/class.h"

struct volume_plan {
	struct volume_class class;
	struct id id; /* whose it will be */
	uint32_t kind;
	const char *filesystem;   /* "" for raw access and file protocols */
	bool is_filesystem_asked; /* not just the default */
	uint64_t bytes;           /* without a source; else the least */
};

/*
 * plan_make - everything that follows from the request alone.
 * Returns OK; INVALID_ARGUMENT, FAILED_PRECONDITION, OUT_OF_RANGE.
 */
scale_status plan_make(struct call *call, const struct volumes *volumes,
		       const struct volume_create *create,
		       struct volume_plan *ret_plan);

#endif
