/* SPDX-License-Identifier: BSD-2-Clause */
/* Descriptors, a deadline and a cancel waited for together. */
#include "sys/watch.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/clock.h"

/* How late a cancel is seen when it has no descriptor to give. */
#define NO_FD_MS 50

int watch_fds(struct call *call, struct pollfd *fds, nfds_t n,
	      int64_t deadline_ns)
{
	struct pollfd all[WATCH_FDS_MAX + 1];
	struct cancel *cancel = call != NULL ? call->cancel : NULL;
	int cancelled = cancel != NULL ? cancel_fd(cancel) : -1;
	int64_t until_ns = deadline_ns;

	assert(n <= WATCH_FDS_MAX);
	if (n > 0)
		memcpy(all, fds, n * sizeof(*fds));
	all[n] = (struct pollfd){.fd = cancelled, .events = POLLIN};
	if (call != NULL && call->deadline_ns < until_ns)
		until_ns = call->deadline_ns;
	for (;;) {
		int wait_ms = clock_poll_ms(until_ns);
		int got;

		if (call != NULL && call_is_over(call))
			return -ECANCELED;
		if (cancel != NULL && cancelled < 0 &&
		    (wait_ms < 0 || wait_ms > NO_FD_MS))
			wait_ms = NO_FD_MS;
		got = poll(all, n + 1, wait_ms);
		if (got == -1 && errno != EINTR)
			return -errno;
		if (got > 0 && all[n].revents != 0)
			return -ECANCELED;
		if (got > 0) {
			memcpy(fds, all, n * sizeof(*fds));
			return got;
		}
		if (clock_now_ns() >= until_ns)
			return until_ns < deadline_ns ? -ECANCELED : 0;
	}
}

int watch_pause(struct call *call, int64_t ms)
{
	return watch_fds(call, NULL, 0, clock_after_ms(ms));
}
