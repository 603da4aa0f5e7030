/* SPDX-License-Identifier: BSD-2-Clause */
/* Time as a backend sees it: deadline, cancellation, the kernel's events. */
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "backend/host_impl.h"
#include "base/cleanup.h"
#include "sys/uevent.h"

int64_t host_deadline(struct scale_call *abi)
{
	return running_of(abi)->call->deadline_ns;
}

scale_status host_check(struct scale_call *abi)
{
	return host_enter(running_of(abi));
}

static bool watch(int epoll_fd, int fd)
{
	struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};

	return epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0;
}

/* A timer that is readable from @deadline_ns on; -1 when there is none. */
static int open_timer(int64_t deadline_ns)
{
	struct itimerspec at = {.it_value = clock_timespec(deadline_ns)};
	auto_fd int fd =
		timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);

	if (fd < 0 || timerfd_settime(fd, TFD_TIMER_ABSTIME, &at, NULL) != 0)
		return -1;
	return take_fd(&fd);
}

/* An epoll descriptor is itself readable while one of those in it is. */
int host_cancel_fd(struct scale_call *abi)
{
	struct running *running = running_of(abi);
	struct call *call = running->call;
	auto_fd int epoll_fd = -1;
	auto_fd int timer_fd = -1;

	if (running->over_fd >= 0)
		return running->over_fd;
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (epoll_fd < 0)
		return -1;
	if (call->deadline_ns != CLOCK_NEVER) {
		timer_fd = open_timer(call->deadline_ns);
		if (timer_fd < 0 || !watch(epoll_fd, timer_fd))
			return -1;
	}
	if (call->cancel != NULL) {
		int fd = cancel_fd(call->cancel);

		if (fd < 0 || !watch(epoll_fd, fd))
			return -1;
	}
	running->timer_fd = take_fd(&timer_fd);
	running->over_fd = take_fd(&epoll_fd);
	return running->over_fd;
}

/*
 * The listener for @subsystem.  When it has only just been opened, something
 * may have happened between the caller's look and now, so *@ret_is_new says:
 * look again at once.
 */
static struct uevent *listen_to(struct running *running, const char *subsystem,
				bool *ret_is_new)
{
	struct arena *arena = running->call->arena;
	struct listener *it;

	*ret_is_new = false;
	for (it = running->listeners; it != NULL; it = it->next)
		if (strcmp(it->subsystem, subsystem) == 0)
			return it->uevent;
	it = arena_alloc(arena, sizeof(*it));
	if (it == NULL)
		return NULL;
	it->subsystem = arena_strdup(arena, subsystem);
	if (it->subsystem == NULL ||
	    uevent_open(it->subsystem, &it->uevent) != 0)
		return NULL; /* a sandbox: then only the time counts */
	it->next = running->listeners;
	running->listeners = it;
	*ret_is_new = true;
	return it->uevent;
}

scale_status host_wait_event(struct scale_call *abi, const char *subsystem,
			     uint32_t ms)
{
	struct running *running = running_of(abi);
	struct call *call = running->call;
	struct uevent *uevent = NULL;
	int64_t until = clock_after_ms(ms);
	scale_status st = host_enter(running);
	bool is_new = false;

	if (st != SCALE_OK)
		return st;
	if (subsystem != NULL)
		uevent = listen_to(running, subsystem, &is_new);
	if (is_new)
		return SCALE_OK;
	if (until > call->deadline_ns)
		until = call->deadline_ns;
	(void)uevent_wait(uevent, call, until); /* the next line tells */
	return call_check(call);
}

void host_release_time(struct running *running)
{
	while (running->listeners != NULL) {
		struct listener *it = running->listeners;

		running->listeners = it->next;
		uevent_close(it->uevent);
	}
	if (running->over_fd >= 0)
		(void)close(running->over_fd); /* nothing is written to it */
	if (running->timer_fd >= 0)
		(void)close(running->timer_fd);
	running->over_fd = running->timer_fd = -1;
}
