/* SPDX-License-Identifier: BSD-2-Clause */
/* A pidfd and sysfs, looked at in turn. */
#include "sys/blockwait.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "sys/blockdev.h"
#include "sys/uevent.h"
#include "sys/watch.h"

#define LOOK_MS       500
#define FREE_FIRST_MS 10
#define FREE_MOST_MS  500

int blockwait_child(struct call *call, const struct child *child, dev_t dev,
		    int64_t deadline_ns)
{
	for (;;) {
		struct pollfd fd = {.fd = child->pidfd, .events = POLLIN};
		int64_t look_ns = clock_after_ms(LOOK_MS);
		struct blockdev look;
		int rc = watch_fds(call, &fd, 1,
				   look_ns < deadline_ns ? look_ns
							 : deadline_ns);

		if (rc != 0)
			return rc > 0 ? 0 : rc;
		if (dev != 0 &&
		    blockdev_read(call->arena, BLOCKDEV_SYSFS, dev, &look) ==
			    0 &&
		    look.is_stalled)
			return -EHOSTDOWN;
		if (clock_now_ns() >= deadline_ns)
			return -ETIMEDOUT;
	}
}

static int try_open(const char *path)
{
	auto_fd int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	return fd == -1 ? -errno : 0;
}

int blockwait_open(struct call *call, const char *path, int64_t deadline_ns)
{
	struct uevent *uevent = NULL;
	int rc;

	/* without it, in a sandbox, time has to do */
	(void)uevent_open("block", &uevent);
	for (;;) {
		int64_t look_ns = clock_after_ms(LOOK_MS);

		rc = try_open(path);
		if (rc != -ENXIO || clock_now_ns() >= deadline_ns)
			break;
		if (uevent_wait(uevent, call,
				look_ns < deadline_ns ? look_ns : deadline_ns) <
		    0) {
			rc = -ECANCELED;
			break;
		}
	}
	uevent_close(uevent);
	return rc;
}

int blockwait_free(struct call *call, const char *path, int64_t deadline_ns)
{
	int64_t pause_ms = FREE_FIRST_MS;
	const char *name = strrchr(path, '/') + 1;

	for (;;) {
		int rc;

		if (blockdev_is_busy(path) != 1 &&
		    !blockdev_has_superblock(BLOCKDEV_SYSFS, name))
			return 0;
		if (clock_now_ns() >= deadline_ns)
			return -EBUSY;
		rc = watch_pause(call, pause_ms);
		if (rc != 0)
			return rc;
		if (pause_ms < FREE_MOST_MS)
			pause_ms *= 2;
	}
}
