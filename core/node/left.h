/* SPDX-License-Identifier: BSD-2-Clause */
/* Programs that the kernel did not let end when their time was up. */
#ifndef SCALE_CSI_NODE_LEFT_H
#define SCALE_CSI_NODE_LEFT_H

#include "base/mutex.h"
#include "sys/child.h"

#define LEFT_MAX 32

/*
 * An unmount of a block device whose NAS is dead cannot be killed and must not
 * hold a worker; it is put here, and reaped by a later verb.  Nothing is
 * decided from this: whether a device is still in use is asked of the kernel.
 */
struct left {
	struct mutex lock; /* order 55; nothing is taken under it */
	struct child children[LEFT_MAX]; /* (lock) */
	unsigned int n;                  /* (lock) */
};

void left_init(struct left *left);

/*
 * left_add - take over @child, which was killed.  When there is no room it is
 * waited for: the node has worse trouble then.
 */
void left_add(struct left *left, struct child *child);

/* left_reap - the ones that have ended meanwhile; never waits. */
void left_reap(struct left *left);

/* left_done - what is left goes to init with the process. */
void left_done(struct left *left);

#endif
