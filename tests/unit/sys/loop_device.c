/* SPDX-License-Identifier: BSD-2-Clause */
/* LOOP_CTL_GET_FREE and LOOP_CONFIGURE, until one is ours. */
#include "loop_device.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/loop.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/cleanup.h"

#define LOOP_MAJOR 7
#define TRIES_MAX  100

/* 0, or -EBUSY when somebody else was faster. */
static int configure(int number, int file_fd, struct loop_device *loop)
{
	struct loop_config config = {
		.fd = (uint32_t)file_fd,
		.info = {.lo_flags = LO_FLAGS_AUTOCLEAR},
	};

	(void)snprintf(loop->path, sizeof(loop->path), "/dev/loop%d", number);
	/* where nobody makes device nodes, we do */
	if (mknod(loop->path, S_IFBLK | 0600,
		  makedev(LOOP_MAJOR, (unsigned int)number)) == -1 &&
	    errno != EEXIST)
		return -errno;
	loop->fd = open(loop->path, O_RDWR | O_CLOEXEC);
	if (loop->fd == -1)
		return -errno;
	if (ioctl(loop->fd, LOOP_CONFIGURE, &config) == 0)
		return 0;
	cleanup_close_fd(&loop->fd);
	return -errno;
}

int loop_device_open(uint64_t size_bytes, struct loop_device *ret_loop)
{
	return loop_device_open_in("/tmp", size_bytes, ret_loop);
}

int loop_device_open_in(const char *dir, uint64_t size_bytes,
			struct loop_device *ret_loop)
{
	auto_fd int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
	auto_fd int file_fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	struct loop_device loop = {.fd = -1};

	if (control == -1 || file_fd == -1 ||
	    ftruncate(file_fd, (off_t)size_bytes) == -1)
		return -errno;
	for (int i = 0; i < TRIES_MAX; i++) {
		int number = ioctl(control, LOOP_CTL_GET_FREE);
		int rc =
			number < 0 ? -errno : configure(number, file_fd, &loop);

		if (rc == -EBUSY)
			continue;
		if (rc != 0)
			return rc;
		/* the flag of an earlier user of this number outlives him */
		if (ioctl(loop.fd, BLKROSET, &(int){0}) == -1)
			return -errno;
		loop.file_fd = take_fd(&file_fd);
		*ret_loop = loop;
		return 0;
	}
	return -EBUSY;
}

int loop_device_resize(struct loop_device *loop, uint64_t size_bytes)
{
	if (ftruncate(loop->file_fd, (off_t)size_bytes) == -1 ||
	    ioctl(loop->fd, LOOP_SET_CAPACITY) == -1)
		return -errno;
	return 0;
}

int loop_device_copy(const struct loop_device *from, struct loop_device *to)
{
	off_t at = 0, end = lseek(from->file_fd, 0, SEEK_END);

	while (at < end) {
		off_t data = lseek(from->file_fd, at, SEEK_DATA), hole;

		if (data == -1)
			return errno == ENXIO ? 0 : -errno; /* holes only */
		hole = lseek(from->file_fd, data, SEEK_HOLE);
		for (at = data; at < hole;) {
			off_t out = at;
			ssize_t n =
				copy_file_range(from->file_fd, &at, to->file_fd,
						&out, (size_t)(hole - at), 0);

			if (n <= 0)
				return n == 0 ? -EIO : -errno;
		}
	}
	return 0;
}

void loop_device_close(struct loop_device *loop)
{
	(void)ioctl(loop->fd, LOOP_CLR_FD); /* else at the last close */
	cleanup_close_fd(&loop->fd);
	cleanup_close_fd(&loop->file_fd);
}
