/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading what the kernel says of devices. */
#ifndef SCALE_CSI_BACKENDS_BLOCK_SYSFS_H
#define SCALE_CSI_BACKENDS_BLOCK_SYSFS_H

#include <scale_backend.h>

/*
 * sysfs is full of links, which the host's file services do not follow, and
 * says nothing that is secret: so it is opened here.  Reading never blocks.
 *
 * @root below is "/sys", or a test's directory.
 */
#define SYSFS_ROOT "/sys"

/* sysfs_root - from a backend's self, which its open() left NULL. */
static inline const char *sysfs_root(const void *self)
{
	return self != NULL ? (const char *)self : SYSFS_ROOT;
}

/* sysfs_text - the first line of the file, "" if it cannot be read. */
const char *sysfs_text(struct scale_call *call, const char *path);

/* sysfs_names - what is in a directory, sorted; ends in NULL; never NULL. */
const char *const *sysfs_names(struct scale_call *call, const char *path);

/*
 * sysfs_numbers - whether @name is @pattern, in which each '#' stands for a
 * decimal number: ("nvme0n1", "nvme#n#").  Nothing may follow.
 */
int sysfs_numbers(const char *name, const char *pattern);

/* sysfs_write - returns 0 or a negative errno. */
int sysfs_write(const char *path, const char *text);

/* sysfs_ends_in - whether @name ends in ':' and @object. */
int sysfs_ends_in(const char *name, const char *object);

/*
 * sysfs_has_node - whether "/dev/<name>" is the device at @dir: the kernel
 * shows it in sysfs first, and a node of that name may be left from another
 * one.
 */
int sysfs_has_node(struct scale_call *call, const char *root, const char *dir,
		   const char *name);

/*
 * sysfs_limit_requests - let the kernel send the disk at @dir (with "queue" in
 * it) at most 1 MiB at once.  A zvol names 32 MiB as its best I/O size, Linux
 * makes that its largest request (6.12: block/blk-settings.c), and nvmet fails
 * what is above 4 MiB with EIO (seen with 6.12.118).
 */
void sysfs_limit_requests(struct scale_call *call, const char *dir);

/*
 * sysfs_wait_size - wait until the disk at @dir (with "size" in it) has @bytes,
 * at most for some seconds: the host looks at the size itself.  0: don't wait.
 */
scale_status sysfs_wait_size(struct scale_call *call, const char *dir,
			     uint64_t bytes);

#endif
