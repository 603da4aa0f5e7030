/* SPDX-License-Identifier: BSD-2-Clause */
/* Which device belongs to which volume and which mount, read from the kernel.
 */
#ifndef SCALE_CSI_NODE_DEVICE_H
#define SCALE_CSI_NODE_DEVICE_H

#include <stdbool.h>
#include <sys/types.h>

#include "node/node_impl.h"
#include "sys/mountinfo.h"

/* A block device as far as it is known; dev 0: none. */
struct device {
	dev_t dev;
	const char *path; /* "/dev/sdb" */
};

/* device_from_path - what the node @path is. */
scale_status device_from_path(struct call *call, const char *path,
			      struct device *ret_device);

/*
 * device_of_mount - the block device behind @entry: of a file system, or of a
 * device node bound onto a file.  dev is 0 when there is none.  A file system
 * keeps the number and the name of a device that has gone away, and nothing
 * else can have them meanwhile; a bound node does not.
 */
void device_of_mount(struct call *call, const struct mountinfo_entry *entry,
		     struct device *ret_device);

/*
 * device_is_gone - whether @entry shows a block device that this node no longer
 * has: its session was ended by hand, or the kernel has given it up after a
 * long outage.  What is mounted lives on and fails.
 */
bool device_is_gone(struct call *call, const struct mountinfo_entry *entry);

/* device_is_bound - whether @entry is a device node bound onto a file. */
bool device_is_bound(const struct mountinfo_entry *entry);

/*
 * device_next_mount - the first mount behind @after of the file system on the
 * block device @dev (not 0), or of its node; NULL at the end.
 */
const struct mountinfo_entry *
device_next_mount(const struct mountinfo *mounts, dev_t dev,
		  const struct mountinfo_entry *after);

/*
 * device_of_volume - the device that is attached for the volume here, as the
 * backend lists it.  dev is 0 when none is.
 * @ret_known: false when the backend cannot tell.
 */
scale_status device_of_volume(struct call *call, const struct subject *subject,
			      struct device *ret_device, bool *ret_known);

/* Whose a mount is. */
enum device_owner {
	DEVICE_OURS,
	DEVICE_OTHERS, /* not this volume's: leave it alone */
	DEVICE_GONE,   /* nobody can tell, and nobody loses by an unmount: see
			* device_is_gone() */
	DEVICE_UNKNOWN /* a block device whose backend cannot tell: the CO named
			* the place, and an unmount that is not lazy and comes
			* after a syncfs loses nothing */
};

/*
 * device_owner_of - whether @entry belongs to the volume.  A mount of files is
 * the volume's when its source, or what of a file system it shows, ends in the
 * last part of the dataset's path or in the volume's object name.  A block
 * device is, when the backend lists it under the volume's object name.
 */
scale_status device_owner_of(struct call *call, const struct subject *subject,
			     const struct mountinfo_entry *entry,
			     enum device_owner *ret_owner);

/*
 * device_check_uncovered - FAILED_PRECONDITION when the volume is mounted below
 * @top, which is another's: it cannot be unmounted, and is there.
 */
scale_status device_check_uncovered(struct call *call,
				    const struct subject *subject,
				    const struct mountinfo *mounts,
				    const struct mountinfo_entry *top);

/* device_is_block_mount - whether @entry shows a block volume, not files. */
bool device_is_block_mount(const struct subject *subject,
			   const struct mountinfo_entry *entry);

#endif
