/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A flag under a condition.  The cancel of the call broadcasts the same
 * condition, so that nobody has to wake up and look: a wait costs nothing
 * until it is over.
 */
#include "work/promise.h"

#include "base/clock.h"
#include "work/cancel.h"

void promise_init(struct promise *promise)
{
	mutex_init(&promise->lock);
	condition_init(&promise->changed);
	promise->kept = false;
}

void promise_done(struct promise *promise)
{
	condition_done(&promise->changed);
	mutex_done(&promise->lock);
}

void promise_keep(struct promise *promise)
{
	mutex_lock(&promise->lock);
	promise->kept = true;
	/* Under the lock: the waiter may end the promise once it is open. */
	condition_broadcast(&promise->changed);
	mutex_unlock(&promise->lock);
}

bool promise_is_kept(struct promise *promise)
{
	bool kept;

	mutex_lock(&promise->lock);
	kept = promise->kept;
	mutex_unlock(&promise->lock);
	return kept;
}

static scale_status wait_locked(struct promise *promise,
				const struct call *call) REQUIRES(promise->lock)
{
	while (!promise->kept) {
		if (call->cancel != NULL && cancel_is_set(call->cancel))
			return SCALE_CANCELLED;
		if (clock_now_ns() >= call->deadline_ns)
			return SCALE_DEADLINE_EXCEEDED;
		(void)condition_wait(&promise->changed, &promise->lock,
				     call->deadline_ns);
	}
	return SCALE_OK;
}

scale_status promise_wait(struct promise *promise, const struct call *call)
{
	struct cancel_watch watch;
	scale_status st;

	cancel_watch(call->cancel, &watch, &promise->lock, &promise->changed);
	mutex_lock(&promise->lock);
	st = wait_locked(promise, call);
	mutex_unlock(&promise->lock);
	cancel_unwatch(call->cancel, &watch);
	return st;
}
