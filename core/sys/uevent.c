/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel's uevents, read from netlink. */
#include "sys/uevent.h"

#include <errno.h>
#include <linux/netlink.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "sys/watch.h"

/* The group of events the kernel sends itself; udev's have another one. */
#define KERNEL_GROUP 1u

/* An event is "add@/devices/...", NUL, "KEY=value", NUL, ...; the kernel's
 * buffer for one is 2 KiB (UEVENT_BUFFER_SIZE in linux/kobject.h) and a header.
 */
#define EVENT_BYTES 4096

struct uevent {
	int fd;
	char *subsystem; /* "SUBSYSTEM=block"; NULL: all */
};

static int bind_to_kernel(int fd)
{
	struct sockaddr_nl address = {.nl_family = AF_NETLINK,
				      .nl_groups = KERNEL_GROUP};

	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) == -1)
		return -errno;
	return 0;
}

int uevent_open(const char *subsystem, struct uevent **ret_uevent)
{
	auto_fd int fd =
		socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
		       NETLINK_KOBJECT_UEVENT);
	auto_free struct uevent *uevent = calloc(1, sizeof(*uevent));
	int rc;

	if (fd == -1)
		return -errno;
	if (uevent == NULL)
		return -ENOMEM;
	rc = bind_to_kernel(fd);
	if (rc != 0)
		return rc;
	if (subsystem != NULL &&
	    asprintf(&uevent->subsystem, "SUBSYSTEM=%s", subsystem) == -1)
		return -ENOMEM;
	uevent->fd = take_fd(&fd);
	*ret_uevent = take_ptr(uevent);
	return 0;
}

void uevent_close(struct uevent *uevent)
{
	if (uevent == NULL)
		return;
	(void)close(uevent->fd); /* a socket that is only read */
	free(uevent->subsystem);
	free(uevent);
}

static bool event_matches(const struct uevent *uevent, const char *event,
			  size_t len)
{
	const char *end = event + len;

	if (uevent->subsystem == NULL)
		return true;
	for (; event < end; event += strnlen(event, (size_t)(end - event)) + 1)
		if (strcmp(event, uevent->subsystem) == 0)
			return true;
	return false;
}

/* Takes all events that are there: 1 if one of them is ours, 0, or an errno. */
static int drain(struct uevent *uevent)
{
	char event[EVENT_BYTES + 1];
	int found = 0;

	for (;;) {
		struct sockaddr_nl from = {0};
		socklen_t size = sizeof(from);
		ssize_t n = recvfrom(uevent->fd, event, EVENT_BYTES, 0,
				     (struct sockaddr *)&from, &size);

		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1 && errno == ENOBUFS) {
			found = 1; /* some were lost: ours may be among them */
			continue;
		}
		if (n == -1)
			return errno == EAGAIN ? found : -errno;
		event[n] = '\0';
		if (from.nl_pid == 0 && event_matches(uevent, event, (size_t)n))
			found = 1; /* nl_pid 0: the kernel, not a process */
	}
}

int uevent_wait(struct uevent *uevent, struct call *call, int64_t deadline_ns)
{
	for (;;) {
		struct pollfd fd = {.fd = uevent != NULL ? uevent->fd : -1,
				    .events = POLLIN};
		int rc = watch_fds(call, &fd, 1, deadline_ns);

		if (rc <= 0)
			return rc;
		rc = drain(uevent);
		if (rc != 0)
			return rc;
	}
}
