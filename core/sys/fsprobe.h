/* SPDX-License-Identifier: BSD-2-Clause */
/* What a device holds: a file system, something else, or nothing known. */
#ifndef SCALE_CSI_SYS_FSPROBE_H
#define SCALE_CSI_SYS_FSPROBE_H

#include <stdbool.h>
#include <stdint.h>

#define FSPROBE_UUID_TEXT 37 /* 36 characters and NUL */

enum fsprobe_kind {
	FSPROBE_NOTHING, /* no signature that anybody knows */
	FSPROBE_FILESYSTEM,
	FSPROBE_UNFINISHED, /* an mkfs that was cut off: type and uuid are known
			     */
	FSPROBE_OTHER,      /* partitions, LVM, LUKS, RAID, swap */
	FSPROBE_AMBIVALENT  /* signatures that contradict each other */
};

struct fsprobe {
	enum fsprobe_kind kind;
	char type[32];                /* libblkid's: "ext4", "dos"; or "" */
	char uuid[FSPROBE_UUID_TEXT]; /* lower case; or "" */
	uint64_t fs_bytes; /* what the file system spans; 0: unknown */
};

/*
 * fsprobe_read - look at the open device @fd.
 * Returns 0 or a negative errno: then nothing is known, and above all not that
 * there is nothing.
 */
int fsprobe_read(int fd, struct fsprobe *ret_probe);

#endif
