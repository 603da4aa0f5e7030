/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether what is not to be seen is gone. */
#ifndef SCALE_CSI_VOLUME_ABSENCE_H
#define SCALE_CSI_VOLUME_ABSENCE_H

#include "volume/service.h"

/*
 * absence_check - after the dataset or snapshot of @ref was not found: proves
 * nothing unless the parent that it would lie below is there.  A pool that is
 * not imported shows none of its datasets, and all of them come back with it.
 * @doing: "deleting volume", for the sentence.
 * Returns OK when it is gone; FAILED_PRECONDITION; what the read says.
 */
scale_status absence_check(struct call *call, const struct volumes *volumes,
			   const struct volume_ref *ref, const char *doing);

#endif
