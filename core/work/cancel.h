/* SPDX-License-Identifier: BSD-2-Clause */
/* Tells the parties of a call that it is no longer wanted. */
#ifndef SCALE_CSI_WORK_CANCEL_H
#define SCALE_CSI_WORK_CANCEL_H

#include <stdbool.h>

#include "base/list.h"
#include "base/mutex.h"

/*
 * Set once, read from any thread; outlives the call that points to it.  Lock
 * order: see lock_order.h.
 */
struct cancel;

struct cancel *cancel_new(void);         /* NULL when memory is out */
void cancel_free(struct cancel *cancel); /* nobody watches; NULL is fine */
void cancel_set(struct cancel *cancel);  /* idempotent; wakes all waiters */
bool cancel_is_set(const struct cancel *cancel);

/*
 * cancel_fd - a descriptor that is readable once the cancel is set; made at the
 * first call, owned by the cancel.  Returns it or a negative errno.
 */
int cancel_fd(struct cancel *cancel);

/*
 * Somebody who sleeps on a condition and wants to be woken by the cancel as
 * well.  It lives on the sleeper's stack, between cancel_watch() and
 * cancel_unwatch().
 */
struct cancel_watch {
	struct list link; /* cancel.c's own */
	struct mutex *lock;
	struct condition *changed;
};

/*
 * cancel_watch - let cancel_set() broadcast @changed with @lock held, so that a
 * sleeper that looks at cancel_is_set() before each wait misses nothing.
 * @cancel: may be NULL, then this does nothing.
 * @lock:   not held by the caller; its number is above the cancel's.
 */
void cancel_watch(struct cancel *cancel, struct cancel_watch *watch,
		  struct mutex *lock, struct condition *changed);

/* cancel_unwatch - once it returns, @watch and its lock are not touched. */
void cancel_unwatch(struct cancel *cancel, struct cancel_watch *watch);

#endif
