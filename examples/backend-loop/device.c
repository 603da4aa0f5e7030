/* SPDX-License-Identifier: BSD-2-Clause */
/* Loop devices: found in sysfs, driven by ioctl. */
#include "loop.h"

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

#define LOOP_MAJOR  7    /* Documentation/admin-guide/devices.txt */
#define NUMBERS_MAX 1024 /* more devices than that are not looked at */
#define FILE_MAX    4096
#define TRIES_MAX   100

/* The first line of a file of sysfs, in the call's memory; NULL: none. */
static const char *read_line(struct scale_call *call, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char buf[FILE_MAX + 1];
	ssize_t n;

	if (fd < 0)
		return NULL;
	n = read(fd, buf, FILE_MAX);
	(void)close(fd); /* was only read */
	if (n <= 0)
		return NULL;
	buf[n] = '\0';
	return scale_text(call, "%.*s", (int)strcspn(buf, "\n"), buf);
}

int loop_device_next(struct scale_call *call, unsigned int *number,
		     struct loop_device *ret_device)
{
	while (*number < NUMBERS_MAX) {
		unsigned int n = (*number)++;
		const char *path = scale_text(call, "/dev/loop%u", n);
		const char *file = read_line(
			call,
			scale_text(call, "/sys/block/loop%u/loop/backing_file",
				   n));
		struct loop_info64 info = {0};
		int fd, rc;

		if (file == NULL)
			continue;
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			continue;
		rc = ioctl(fd, LOOP_GET_STATUS64, &info);
		(void)close(fd); /* was only asked */
		if (rc != 0)
			continue; /* it ended meanwhile */
		*ret_device = (struct loop_device){
			.path = path,
			.file = file,
			.object = scale_text(call, "%.*s", LO_NAME_SIZE - 1,
					     (const char *)info.lo_file_name),
		};
		return 1;
	}
	return 0;
}

/* 0, or -EBUSY when somebody else was faster. */
static int configure(const char *path, int number, int file_fd,
		     const char *object)
{
	struct loop_config config = {.fd = (unsigned int)file_fd};
	int fd, rc = 0;

	/* fits: an object's name has at most 63 bytes */
	(void)snprintf((char *)config.info.lo_file_name, LO_NAME_SIZE, "%s",
		       object);
	/* a container's /dev does not get the nodes of new devices */
	if (mknod(path, S_IFBLK | 0600,
		  makedev(LOOP_MAJOR, (unsigned int)number)) != 0 &&
	    errno != EEXIST)
		return -errno;
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	/* the read-only flag of an earlier user of this number outlives him */
	if (ioctl(fd, LOOP_CONFIGURE, &config) != 0 ||
	    ioctl(fd, BLKROSET, &(int){0}) != 0)
		rc = -errno;
	(void)close(fd); /* a device: nothing is written back here */
	return rc;
}

int loop_device_make(struct scale_call *call, const char *file,
		     const char *object, struct loop_device *ret_device)
{
	int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
	int file_fd = open(file, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	const char *path = NULL;
	int rc = control < 0 || file_fd < 0 ? -errno : -EBUSY;

	for (int i = 0; rc == -EBUSY && i < TRIES_MAX && file_fd >= 0; i++) {
		int number = ioctl(control, LOOP_CTL_GET_FREE);

		if (number < 0) {
			rc = -errno;
			break;
		}
		path = scale_text(call, "/dev/loop%d", number);
		rc = configure(path, number, file_fd, object);
	}
	if (control >= 0)
		(void)close(control); /* holds nothing */
	if (file_fd >= 0)
		(void)close(file_fd); /* the device has its own */
	if (rc == 0)
		*ret_device = (struct loop_device){path, file, object};
	return rc;
}

static int control_device(const char *path, unsigned long request)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	int rc = fd < 0 || ioctl(fd, request, 0) != 0 ? -errno : 0;

	if (fd >= 0)
		(void)close(fd); /* this is when a cleared device ends */
	return rc;
}

int loop_device_clear(const char *path)
{
	int rc = control_device(path, LOOP_CLR_FD);

	return rc == -ENXIO ? 0 : rc; /* ENXIO: it serves nothing */
}

int loop_device_grow(const char *path)
{
	return control_device(path, LOOP_SET_CAPACITY);
}
