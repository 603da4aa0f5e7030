/* SPDX-License-Identifier: BSD-2-Clause */
/* poll() that also ends when the call is over. */
#ifndef SCALE_CSI_SYS_WATCH_H
#define SCALE_CSI_SYS_WATCH_H

#include <poll.h>
#include <stdint.h>

#include "work/call.h"

#define WATCH_FDS_MAX 4

/*
 * watch_fds - wait until one of @n descriptors (at most WATCH_FDS_MAX) has
 * something, as poll() does; revents are filled in.
 * @call:        its deadline and cancellation count; NULL: neither.
 * @deadline_ns: on CLOCK_MONOTONIC; CLOCK_NEVER: none of its own.
 *
 * Returns how many have something, 0 at the deadline, -ECANCELED when the call
 * was cancelled or its deadline has passed, or a negative errno.
 */
int watch_fds(struct call *call, struct pollfd *fds, nfds_t n,
	      int64_t deadline_ns);

/*
 * watch_pause - let @ms pass where the kernel has no event to wait for.
 * Returns 0, or -ECANCELED when the call is over.
 */
int watch_pause(struct call *call, int64_t ms);

#endif
