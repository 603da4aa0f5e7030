/* SPDX-License-Identifier: BSD-2-Clause */
/* A mount namespace and a directory of a test's own. */
#ifndef SCALE_CSI_TESTS_MOUNT_SPACE_H
#define SCALE_CSI_TESTS_MOUNT_SPACE_H

/*
 * mount_space_enter - leave the machine's mounts behind, so that what a test
 * mounts is seen by nobody and goes with it.  Call it before any thread is
 * started.  0 or a negative errno.
 */
int mount_space_enter(void);

/*
 * mount_space_directory - an empty directory on a tmpfs of the test's own,
 * "/tmp/scale-test-XXXXXX", in @ret_path of at least 32 bytes.
 */
int mount_space_directory(char *ret_path);

/* mount_space_run - a program with its arguments; its exit code, or -1. */
int mount_space_run(const char *const *argv);

#endif
