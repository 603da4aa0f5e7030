/* SPDX-License-Identifier: BSD-2-Clause */
/* Waits for one block device, or for a program whose I/O depends on it. */
#ifndef SCALE_CSI_SYS_BLOCKWAIT_H
#define SCALE_CSI_SYS_BLOCKWAIT_H

#include <stdint.h>
#include <sys/types.h>

#include "sys/child.h"
#include "work/call.h"

/*
 * blockwait_child - until @child has ended, or waits in vain because the
 * transport of device @dev is down.  The device is looked at twice a second:
 * the kernel has no event for that.
 * @dev: 0: no device, only the time counts.
 * Returns 0 when it has ended, -EHOSTDOWN when the device is stalled,
 * -ETIMEDOUT at @deadline_ns, -ECANCELED when the call is over.
 */
int blockwait_child(struct call *call, const struct child *child, dev_t dev,
		    int64_t deadline_ns);

/*
 * blockwait_open - until the device node @path can be opened: the kernel shows
 * a new disk, and makes its node, before anybody may open it (block/genhd.c,
 * device_add_disk()).
 * Returns 0; -ENXIO at @deadline_ns; -ECANCELED; another negative errno.
 */
int blockwait_open(struct call *call, const char *path, int64_t deadline_ns);

/*
 * blockwait_free - until nothing holds the device node @path ("/dev/sdb") any
 * more, and no superblock of it lives.
 * Returns 0, -EBUSY at @deadline_ns, -ECANCELED.
 */
int blockwait_free(struct call *call, const char *path, int64_t deadline_ns);

#endif
