/* SPDX-License-Identifier: BSD-2-Clause */
/* A value that one thread waits for and another one delivers, once. */
#ifndef SCALE_CSI_WORK_PROMISE_H
#define SCALE_CSI_WORK_PROMISE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/mutex.h"
#include "work/call.h"

/* Lock order: see lock_order.h. */
struct promise {
	struct mutex lock;
	struct condition changed;
	bool kept; /* (lock) */
};

void promise_init(struct promise *promise);
void promise_done(struct promise *promise);

/* promise_keep - wake the waiter; any thread, at most once. */
void promise_keep(struct promise *promise);
bool promise_is_kept(struct promise *promise);

/*
 * promise_wait - until it is kept, @call is cancelled, or @call's deadline.
 * Returns SCALE_OK, SCALE_CANCELLED or SCALE_DEADLINE_EXCEEDED; records
 * nothing.  Cancellation wakes it at once.
 */
scale_status promise_wait(struct promise *promise, const struct call *call);

#endif
