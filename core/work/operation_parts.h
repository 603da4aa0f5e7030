/* SPDX-License-Identifier: BSD-2-Clause */
/* What the operation_*.c files share; nobody else includes it. */
#ifndef SCALE_CSI_WORK_OPERATION_PARTS_H
#define SCALE_CSI_WORK_OPERATION_PARTS_H

#include "base/clock.h"
#include "base/mutex.h"
#include "work/lock.h"
#include "work/operation.h"

#define OPERATION_QUEUES 256 /* of the index; names of one hash share one */

/* What a waiter is told; constant from the moment it is told to anybody. */
struct operation_answer {
	scale_status status;
	const char *reason;
	struct ledger ledger;
	void *result;
};

enum operation_phase {
	OPERATION_LOCKING, /* waits for its names */
	OPERATION_QUEUED,  /* has them, waits for a worker */
	OPERATION_RUNNING, /* run() has been called */
	OPERATION_OVER     /* has given its names back */
};

/* A place in the index. */
struct operation_place {
	struct list link;
	struct operation *op;
};

/*
 * An operation, in its own arena.  It lives until it is over, everybody who was
 * told has received, and its result is not (or no longer) kept.
 *
 * Before it has begun its arena belongs to whoever holds the lock, then to the
 * worker until it is over.
 */
struct operation {
	struct operations *ops;           /* constant after init */
	struct operation_request request; /* constant after init */
	const char *subject;              /* constant after init; for texts */
	struct operation_answer late;     /* constant after init: for whom its
					   * end comes too late */
	int64_t created_ns;               /* constant after init */
	struct admit_job job;             /* admit's while queued */
	struct call call;                 /* as the arena */

	struct list link;                         /* (lock) in ops->all */
	struct operation_place place[LOCK_NAMES]; /* (lock) in the index */
	struct lock_claim claim;                  /* (lock) */
	enum operation_phase phase;               /* (lock) */
	struct list waiters;                      /* (lock) not told yet */
	unsigned int unreceived;        /* (lock) waiters that were told */
	struct operation_answer answer; /* (lock) constant once answered */
	bool is_answered;               /* (lock) */
	bool is_received;               /* (lock) a client has the answer */
	bool is_superseded;             /* (lock) a later request changes
					 * what the result speaks of */
	int64_t expires_ns;             /* (lock) once over */
};

struct operations {
	struct operations_config config;     /* constant after init */
	struct mutex lock;                   /* order 20 */
	struct lock_table *names;            /* (lock) */
	struct list all;                     /* (lock) oldest first */
	uint64_t seed;                       /* constant after init */
	struct list index[OPERATION_QUEUES]; /* (lock) by name: who may be
					      * joined or has the answer */
	bool is_cancelled;                   /* (lock) */

	pthread_t timer; /* constant after init */
	struct condition timer_changed;
	int64_t timer_next_ns;  /* (lock) when it wakes by itself */
	bool is_timer_stopping; /* (lock) */
};

/* ---- operation_outbox.c: what has to wait until the lock is open --------- */

struct operation_outbox {
	struct list told; /* struct operation_waiter */
	struct list dead; /* struct operation */
};

void operation_outbox_init(struct operation_outbox *box);

/*
 * operation_outbox_tell - @waiter, of @op and in none of its lists, will hear
 * @answer.
 */
void operation_outbox_tell(struct operations *ops, struct operation_outbox *box,
			   struct operation *op,
			   struct operation_waiter *waiter,
			   const struct operation_answer *answer)
	REQUIRES(ops->lock);

/* operation_outbox_tell_all - the same for everybody who waits for @op. */
void operation_outbox_tell_all(struct operations *ops,
			       struct operation_outbox *box,
			       struct operation *op,
			       const struct operation_answer *answer)
	REQUIRES(ops->lock);

/* operation_outbox_flush - call each done() and free the dead; no lock held. */
void operation_outbox_flush(struct operations *ops,
			    struct operation_outbox *box) EXCLUDES(ops->lock);

/* operation_destroy - free @op, which nobody knows any more. */
void operation_destroy(struct operation *op);

/* ---- operation_index.c: who does, or has done, the same? ----------------- */

void operation_index_add(struct operations *ops, struct operation *op)
	REQUIRES(ops->lock);
void operation_index_remove(struct operations *ops, struct operation *op)
	REQUIRES(ops->lock);
bool operation_index_has(struct operations *ops, const struct operation *op)
	REQUIRES(ops->lock);

/* operation_index_find - one that can answer @request, or NULL. */
struct operation *operation_index_find(struct operations *ops,
				       const struct operation_request *request)
	REQUIRES(ops->lock);

/*
 * operation_index_supersede - no result that speaks of a name which @op is
 * going to change is kept from here on.
 */
void operation_index_supersede(struct operations *ops, struct operation *op,
			       struct operation_outbox *box)
	REQUIRES(ops->lock);

/* ---- operation.c ----------------------------------------------------------
 */

/*
 * operation_settle - after a change to one that may be over: keep its result,
 * or put it into @box as dead.
 */
void operation_settle(struct operations *ops, struct operation *op,
		      struct operation_outbox *box) REQUIRES(ops->lock);

/*
 * operation_abandon - drop @op if it has not begun and nobody waits for it any
 * more.  One that a worker has just taken is dropped by the worker.
 */
void operation_abandon(struct operations *ops, struct operation *op,
		       struct operation_outbox *box) REQUIRES(ops->lock);

/* ---- operation_timer.c: deadlines of waiters, end of keeping --------------
 */

int operation_timer_start(struct operations *ops); /* 0 or a negative errno */
void operation_timer_stop(struct operations *ops);

/* operation_timer_expect - something is due at @at_ns, perhaps earlier than
 * anything before. */
void operation_timer_expect(struct operations *ops, int64_t at_ns)
	REQUIRES(ops->lock);

#endif
