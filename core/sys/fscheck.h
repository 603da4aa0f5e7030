/* SPDX-License-Identifier: BSD-2-Clause */
/* Checks a file system before it is mounted, grows it after. */
#ifndef SCALE_CSI_SYS_FSCHECK_H
#define SCALE_CSI_SYS_FSCHECK_H

#include "work/call.h"

/*
 * fscheck_preen - replay the journal and repair what is safe to repair: ext3
 * and ext4 only, by `e2fsck -p`; xfs and btrfs do this when they are mounted.
 * @device is not mounted.  Not cancelled once it has begun, since a check cut
 * off may leave a repair half done; it has 15 minutes.
 * FAILED_PRECONDITION when errors are left that a person must decide about.
 */
scale_status fscheck_preen(struct call *call, const char *fs_type,
			   const char *device, const char *volume);

/*
 * fscheck_grow - let the mounted file system span its whole device.  Nothing to
 * do is fine.
 * @mounted: where it is mounted, writable.
 */
scale_status fscheck_grow(struct call *call, const char *fs_type,
			  const char *device, const char *mounted,
			  const char *volume);

#endif
