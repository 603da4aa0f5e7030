/* SPDX-License-Identifier: BSD-2-Clause */
/* What is mounted where, as the kernel tells it. */
#ifndef SCALE_CSI_SYS_MOUNTINFO_H
#define SCALE_CSI_SYS_MOUNTINFO_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/arena.h"

/*
 * A mount (proc(5), /proc/PID/mountinfo); texts are decoded and live in the
 * arena.  A file system whose unmount hangs is missing here from the moment the
 * unmount began: its superblock may live on (see blockdev_is_busy()).
 */
struct mountinfo_entry {
	dev_t dev;        /* of the superblock; made up for btrfs and NFS */
	const char *root; /* what of the file system is mounted: "/" */
	const char *target;
	const char *options; /* of this mount: "ro,relatime" */
	const char *fs_type; /* "ext4", "nfs4" */
	const char *source;  /* "/dev/sdb", "10.0.0.5:/mnt/tank/pvc-1" */
};

/* In the order of mounting. */
struct mountinfo {
	struct mountinfo_entry *entries;
	size_t n;
};

/*
 * mountinfo_read - the mounts of this process's namespace.
 * @file: NULL: /proc/self/mountinfo.
 * Returns 0 or a negative errno; -EBADMSG: a line that is none.
 */
int mountinfo_read(struct arena *arena, const char *file,
		   struct mountinfo *ret_info);

/* mountinfo_parse - the same from a text, which is written to and kept. */
int mountinfo_parse(struct arena *arena, char *text,
		    struct mountinfo *ret_info);

/* mountinfo_find_target - what one sees at @target (the last one there). */
const struct mountinfo_entry *
mountinfo_find_target(const struct mountinfo *info, const char *target);

/*
 * mountinfo_next_device - the first mount of the superblock @dev behind @after
 * (NULL: from the beginning), or NULL.
 */
const struct mountinfo_entry *
mountinfo_next_device(const struct mountinfo *info, dev_t dev,
		      const struct mountinfo_entry *after);

/* mountinfo_has_option - whether @name is one of the entry's options. */
bool mountinfo_has_option(const struct mountinfo_entry *entry,
			  const char *name);

#endif
