/* SPDX-License-Identifier: BSD-2-Clause */
/* A block device for a test: a loop device over an unlinked sparse file. */
#ifndef SCALE_CSI_TESTS_LOOP_DEVICE_H
#define SCALE_CSI_TESTS_LOOP_DEVICE_H

#include <stdint.h>

/* Goes away with its last user, so that a test that dies leaves none. */
struct loop_device {
	int fd;        /* keeps it */
	int file_fd;   /* what is behind it */
	char path[32]; /* "/dev/loop9" */
};

/* loop_device_open - 0 or a negative errno. */
int loop_device_open(uint64_t size_bytes, struct loop_device *ret_loop);

/* loop_device_open_in - the same with its file in the directory @dir. */
int loop_device_open_in(const char *dir, uint64_t size_bytes,
			struct loop_device *ret_loop);

/* loop_device_resize - let it have another size; 0 or a negative errno. */
int loop_device_resize(struct loop_device *loop, uint64_t size_bytes);

/* loop_device_copy - what a snapshot taken now would hold; 0 or an errno. */
int loop_device_copy(const struct loop_device *from, struct loop_device *to);

void loop_device_close(struct loop_device *loop);

#endif
