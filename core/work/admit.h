/* SPDX-License-Identifier: BSD-2-Clause */
/* Which work begins next: worker threads, shared out by class. */
#ifndef SCALE_CSI_WORK_ADMIT_H
#define SCALE_CSI_WORK_ADMIT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"

/* First come, first served inside a class; no class can starve another. */
enum admit_class {
	ADMIT_READ,    /* lists, capacity, validation, statistics */
	ADMIT_PUBLISH, /* publish, unpublish and all node verbs */
	ADMIT_CHANGE,  /* create, delete, expand, snapshot */
	ADMIT_COPY,    /* long copies */
	ADMIT_CLASSES
};

struct admit_limits {
	unsigned int reserved[ADMIT_CLASSES]; /* workers nobody else may take */
	unsigned int shared;                  /* workers any class may take */
};

/*
 * A piece of work.  The caller owns it and keeps it until run() has been called
 * or admit_drop() has returned true.
 */
struct admit_job {
	struct list link; /* admit's own; list_init() it */
	enum admit_class class;
	void (*run)(struct admit_job *); /* on a worker; may free the job */
};

struct admit;

/*
 * admit_new - start the workers (small stacks, all signals blocked, named).
 * Returns 0 or a negative errno.
 */
int admit_new(const struct admit_limits *limits, struct admit **ret_admit);

/* admit_submit - queue a job; any thread, never blocks. */
void admit_submit(struct admit *admit, struct admit_job *job);

/*
 * admit_drop - take back a job that has not begun.  False: it has begun (or
 * ended) and run() was or is being called.
 */
bool admit_drop(struct admit *admit, struct admit_job *job);

struct admit_stats {
	unsigned int running[ADMIT_CLASSES];
	unsigned int waiting[ADMIT_CLASSES];
};
void admit_get_stats(struct admit *admit, struct admit_stats *ret_stats);

/*
 * admit_free - wait for the running jobs (they must have been cancelled), give
 * the waiting ones to their run() no more, join the workers.  NULL is fine.
 */
void admit_free(struct admit *admit);

#endif
