/* SPDX-License-Identifier: BSD-2-Clause */
/* Facts about a block device, from sysfs and from the device itself. */
#ifndef SCALE_CSI_SYS_BLOCKDEV_H
#define SCALE_CSI_SYS_BLOCKDEV_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"

#define BLOCKDEV_SYSFS "/sys"

/* What must read as zeros on a blank device, at both ends. */
#define BLOCKDEV_BLANK_HEAD_BYTES (4u << 20)
#define BLOCKDEV_BLANK_TAIL_BYTES (1u << 20)

struct blockdev {
	dev_t dev;
	const char *name;    /* "sdb": the kernel's own; in the arena */
	uint64_t size_bytes; /* 0: no medium yet */
	bool is_readonly;
	bool has_holder; /* a dm or md device is built on it */
	bool is_stalled; /* its transport is known to be down: I/O waits or
			  * fails */
};

/*
 * blockdev_read - what sysfs says about the device @dev.
 * @sysfs: BLOCKDEV_SYSFS but in tests.
 * Returns 0; -ENODEV when there is no such block device; a negative errno.
 */
int blockdev_read(struct arena *arena, const char *sysfs, dev_t dev,
		  struct blockdev *ret_blockdev);

/*
 * blockdev_find - the device number of a device node.
 * Returns 0; -ENOTBLK when @path is something else; a negative errno.
 */
int blockdev_find(const char *path, dev_t *ret_dev);

/*
 * blockdev_is_busy - whether the kernel holds it: a mounted file system, one
 * whose unmount has not ended, or a device on top.  O_EXCL is the one witness
 * of a superblock that has left mountinfo.
 * Returns 0, 1, or a negative errno (-ENXIO: its transport is gone).
 */
int blockdev_is_busy(const char *path);

/*
 * blockdev_has_superblock - whether a mounted ext4, xfs or btrfs of the device
 * called @name ("sdb") lives, also when the device itself is gone and O_EXCL
 * has nothing to open.
 */
bool blockdev_has_superblock(const char *sysfs, const char *name);

/*
 * blockdev_is_blank - whether its first 4 MiB and last 1 MiB are zeros, read
 * past the page cache.
 * Returns 0, 1, or a negative errno.
 */
int blockdev_is_blank(const char *path, uint64_t size_bytes);

/* blockdev_get_size - the size as the open device @fd has it. */
int blockdev_get_size(int fd, uint64_t *ret_bytes);

/* blockdev_set_readonly - let the kernel refuse writes, or not; by the node. */
int blockdev_set_readonly(const char *path, bool readonly);

#endif
