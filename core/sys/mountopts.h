/* SPDX-License-Identifier: BSD-2-Clause */
/* Mount options as people write them, as mount(2) wants them. */
#ifndef SCALE_CSI_SYS_MOUNTOPTS_H
#define SCALE_CSI_SYS_MOUNTOPTS_H

#include <stdbool.h>
#include <stddef.h>

#define MOUNTOPTS_DATA_BYTES 4096 /* what mount(2) takes: a page */

struct mountopts {
	unsigned long flags;             /* MS_RDONLY, MS_NOATIME, ... */
	char data[MOUNTOPTS_DATA_BYTES]; /* the file system's own */
};

/*
 * mountopts_parse - sort @options (ends in NULL; NULL: none) into flags and
 * data.  An option may be a list with commas; commas inside double quotes
 * (SELinux contexts) do not split, and the quotes stay, because the kernel's
 * SELinux takes them off itself.  "defaults", "_netdev", "x-..." and the like,
 * which mean nothing to the kernel, are dropped.
 *
 * Returns 0; -EINVAL for an option that would make another kind of mount than
 * the one asked for (bind, remount, move, shared, ..., loop), with it in
 * @ret_bad; -E2BIG when they do not fit.
 */
int mountopts_parse(const char *const *options, struct mountopts *ret_opts,
		    char *ret_bad, size_t size);

/* mountopts_have - whether @name is among them, looking inside lists. */
bool mountopts_have(const char *const *options, const char *name);

#endif
