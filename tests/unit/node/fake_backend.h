/* SPDX-License-Identifier: BSD-2-Clause */
/* A backend that stands behind invoke_*(): one volume, a loop device or a
 * directory. */
#ifndef SCALE_CSI_TESTS_FAKE_BACKEND_H
#define SCALE_CSI_TESTS_FAKE_BACKEND_H

#include <stdbool.h>

#include "backend/invoke.h"
#include "loop_device.h"

struct fake_backend {
	struct backend backend;
	struct loop_device loop;
	const char *device;     /* what attach() gives: the loop's path */
	const char *wwid;       /* what attach() says it is */
	const char *sources[3]; /* of a volume of files */
	const char *fs_type;
	const char *options[4];
	const char *object; /* attached for it; NULL: nothing is */
	scale_status attach_status, detach_status, identify_status;
	uint64_t rescan_bytes; /* rescan() lets the device have this size */
	unsigned int attached, detached, rescanned;
	uint32_t attach_flags;
	bool detach_saw_device;
};

/*
 * fake_backend_init - @can as in the descriptor; it lists what is attached, as
 * all but old backends do.
 */
void fake_backend_init(struct fake_backend *fake, const char *name,
		       const char *prefix, uint32_t can);

/* fake_backend_forget_list - be a backend that cannot tell. */
void fake_backend_forget_list(struct fake_backend *fake);

#endif
