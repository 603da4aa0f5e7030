/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Workers and their queues.
 *
 * There are as many workers as slots, reserved ones and shared ones together.
 * A class that has used up its reserved slots takes shared ones, which go round
 * among the classes that wait.  When a job ends, at most one more may begin,
 * and the worker that is free now begins it; when one is submitted, one worker
 * that sleeps is woken.
 */
#include "work/admit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/thread.h"

struct admit {
	struct admit_limits limits; /* constant after init */
	unsigned int n_workers;     /* constant after init */
	struct mutex lock;          /* order 30 */
	struct condition changed;
	struct list waiting[ADMIT_CLASSES]; /* (lock) struct admit_job */
	struct admit_stats stats;           /* (lock) */
	unsigned int next_class;            /* (lock) first to be asked */
	bool is_stopping;                   /* (lock) */
	pthread_t workers[];                /* constant after init */
};

static unsigned int shared_in_use(const struct admit *admit)
	REQUIRES(admit->lock)
{
	unsigned int sum = 0;

	for (size_t c = 0; c < ADMIT_CLASSES; c++) {
		if (admit->stats.running[c] > admit->limits.reserved[c])
			sum += admit->stats.running[c] -
			       admit->limits.reserved[c];
	}
	return sum;
}

/* The next job that may begin now, out of its queue; or NULL. */
static struct admit_job *next_job(struct admit *admit) REQUIRES(admit->lock)
{
	bool has_shared = shared_in_use(admit) < admit->limits.shared;

	for (unsigned int i = 0; i < ADMIT_CLASSES; i++) {
		unsigned int c = (admit->next_class + i) % ADMIT_CLASSES;
		bool has_reserved =
			admit->stats.running[c] < admit->limits.reserved[c];
		struct list *link;

		if (!has_reserved && !has_shared)
			continue;
		link = list_shift(&admit->waiting[c]);
		if (link == NULL)
			continue;
		if (!has_reserved)
			admit->next_class = (c + 1) % ADMIT_CLASSES;
		admit->stats.waiting[c]--;
		return LIST_ENTRY(link, struct admit_job, link);
	}
	return NULL;
}

static void *work(void *arg)
{
	struct admit *admit = arg;

	mutex_lock(&admit->lock);
	while (!admit->is_stopping) {
		struct admit_job *job = next_job(admit);
		enum admit_class class;

		if (job == NULL) {
			(void)condition_wait(&admit->changed, &admit->lock,
					     CLOCK_NEVER);
			continue;
		}
		class = job->class; /* the job may be gone afterwards */
		admit->stats.running[class]++;
		mutex_unlock(&admit->lock);
		job->run(job);
		mutex_lock(&admit->lock);
		admit->stats.running[class]--;
	}
	mutex_unlock(&admit->lock);
	return NULL;
}

static int start_workers(struct admit *admit, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		char name[16];
		int rc;

		(void)snprintf(name, sizeof(name), "work-%u", i);
		rc = thread_start(name, work, admit, &admit->workers[i]);
		if (rc != 0)
			return rc;
		admit->n_workers++;
	}
	return 0;
}

int admit_new(const struct admit_limits *limits, struct admit **ret_admit)
{
	unsigned int n = limits->shared;
	struct admit *admit;
	int rc;

	for (size_t c = 0; c < ADMIT_CLASSES; c++)
		n += limits->reserved[c];
	admit = calloc(1, sizeof(*admit) + n * sizeof(admit->workers[0]));
	if (admit == NULL)
		return -ENOMEM;
	admit->limits = *limits;
	mutex_init(&admit->lock);
	condition_init(&admit->changed);
	for (size_t c = 0; c < ADMIT_CLASSES; c++)
		list_init(&admit->waiting[c]);
	rc = start_workers(admit, n);
	if (rc != 0) {
		admit_free(admit);
		return rc;
	}
	*ret_admit = admit;
	return 0;
}

void admit_submit(struct admit *admit, struct admit_job *job)
{
	mutex_lock(&admit->lock);
	list_append(&admit->waiting[job->class], &job->link);
	admit->stats.waiting[job->class]++;
	condition_signal(&admit->changed);
	mutex_unlock(&admit->lock);
}

bool admit_drop(struct admit *admit, struct admit_job *job)
{
	bool is_waiting;

	mutex_lock(&admit->lock);
	is_waiting = !list_is_empty(&job->link);
	if (is_waiting) {
		list_remove(&job->link);
		admit->stats.waiting[job->class]--;
	}
	mutex_unlock(&admit->lock);
	return is_waiting;
}

void admit_get_stats(struct admit *admit, struct admit_stats *ret_stats)
{
	mutex_lock(&admit->lock);
	*ret_stats = admit->stats;
	mutex_unlock(&admit->lock);
}

void admit_free(struct admit *admit)
{
	if (admit == NULL)
		return;
	mutex_lock(&admit->lock);
	admit->is_stopping = true;
	condition_broadcast(&admit->changed);
	mutex_unlock(&admit->lock);
	for (unsigned int i = 0; i < admit->n_workers; i++)
		(void)pthread_join(admit->workers[i], NULL);
	condition_done(&admit->changed);
	mutex_done(&admit->lock);
	free(admit);
}
