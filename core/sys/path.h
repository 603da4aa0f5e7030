/* SPDX-License-Identifier: BSD-2-Clause */
/* Paths that kubelet gives, walked without following anybody's links. */
#ifndef SCALE_CSI_SYS_PATH_H
#define SCALE_CSI_SYS_PATH_H

#include "base/arena.h"

/*
 * path_open_parent - open the directory that holds @path.
 * @root: @path lies strictly below it; links in the root itself are followed
 *        (the kubelet's directory may be one), none is below it.  NULL: "/".
 * @ret_name: the last part, in @arena.
 * @ret_real: @path as mountinfo writes it, in @arena.
 *
 * What lies at @path is not touched: it may be a mount whose server is dead,
 * and even looking at it could hang.
 *
 * Returns a descriptor (O_PATH) the caller closes; -EINVAL: not absolute or
 * with an empty part, "." or ".."; -EXDEV: not below @root; -ELOOP: a symbolic
 * link; -ENOENT; -ENOTDIR; another negative errno.
 * Needs openat2(), Linux 5.6.
 */
int path_open_parent(struct arena *arena, const char *root, const char *path,
		     const char **ret_name, const char **ret_real);

/*
 * path_make_directory, path_make_file - make what a volume will be bound to, if
 * it is not there; 0 or a negative errno; -ENOTDIR or -EISDIR when something of
 * another kind is there.
 */
int path_make_directory(int parent_fd, const char *name);
int path_make_file(int parent_fd, const char *name);

/*
 * path_remove - remove the empty directory, or the empty file, @name; absent is
 * fine.  -ENOTEMPTY: it holds something and stays.
 */
int path_remove(int parent_fd, const char *name);

#endif
