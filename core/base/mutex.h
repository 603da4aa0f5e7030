/* SPDX-License-Identifier: BSD-2-Clause */
/* Mutex and condition that clang's thread-safety analysis understands. */
#ifndef SCALE_CSI_BASE_MUTEX_H
#define SCALE_CSI_BASE_MUTEX_H

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"

#if defined(__clang__)
#define MUTEX_ATTR(x) __attribute__((x))
#else
#define MUTEX_ATTR(x)
#endif
#define CAPABILITY  MUTEX_ATTR(capability("mutex"))
#define REQUIRES(m) MUTEX_ATTR(requires_capability(m))
#define ACQUIRE(m)  MUTEX_ATTR(acquire_capability(m))
#define RELEASE(m)  MUTEX_ATTR(release_capability(m))
#define EXCLUDES(m) MUTEX_ATTR(locks_excluded(m))
#define NO_ANALYSIS MUTEX_ATTR(no_thread_safety_analysis)

struct CAPABILITY mutex {
	pthread_mutex_t raw;
};

struct condition {
	pthread_cond_t raw; /* on CLOCK_MONOTONIC */
};

static inline void mutex_init(struct mutex *m)
{
	int rc = pthread_mutex_init(&m->raw, NULL);

	assert(rc == 0);
	(void)rc;
}

static inline void mutex_done(struct mutex *m)
{
	(void)pthread_mutex_destroy(&m->raw); /* EBUSY would be our own bug */
}

static inline void mutex_lock(struct mutex *m) ACQUIRE(m) NO_ANALYSIS
{
	int rc = pthread_mutex_lock(&m->raw);

	assert(rc == 0);
	(void)rc;
}

static inline void mutex_unlock(struct mutex *m) RELEASE(m) NO_ANALYSIS
{
	int rc = pthread_mutex_unlock(&m->raw);

	assert(rc == 0);
	(void)rc;
}

static inline void condition_init(struct condition *c)
{
	pthread_condattr_t attr;
	int rc = pthread_condattr_init(&attr);

	assert(rc == 0);
	rc = pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	assert(rc == 0);
	rc = pthread_cond_init(&c->raw, &attr);
	assert(rc == 0);
	(void)pthread_condattr_destroy(&attr);
	(void)rc;
}

static inline void condition_done(struct condition *c)
{
	(void)pthread_cond_destroy(&c->raw);
}

static inline void condition_signal(struct condition *c)
{
	(void)pthread_cond_signal(&c->raw);
}

static inline void condition_broadcast(struct condition *c)
{
	(void)pthread_cond_broadcast(&c->raw);
}

/*
 * condition_wait - sleep until signalled or until @deadline_ns.
 * Returns false when the deadline has passed.  May wake for nothing: look at
 * the condition again.
 */
static inline bool condition_wait(struct condition *c, struct mutex *m,
				  int64_t deadline_ns) REQUIRES(m)
{
	struct timespec at;

	if (deadline_ns == CLOCK_NEVER)
		return pthread_cond_wait(&c->raw, &m->raw) == 0;
	at = clock_timespec(deadline_ns);
	return pthread_cond_timedwait(&c->raw, &m->raw, &at) != ETIMEDOUT;
}

#endif
