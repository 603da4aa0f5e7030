/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The life of an operation: LOCKING, QUEUED, RUNNING, OVER.
 *
 * Everything happens under one mutex, and what must not happen under it (the
 * waiters' callbacks, wiping memory) goes into an outbox that is emptied once
 * the mutex is open.  A waiter is in the list of an operation until it is told,
 * and what takes it out of there, under the mutex, decides who wins when
 * leaving, a deadline and the end come together.
 */
#include "work/operation.h"

#include <errno.h>
#include <stdlib.h>

#include "base/text.h"
#include "work/operation_parts.h"

static const struct operation_answer shutting_down = {
	.status = SCALE_UNAVAILABLE,
	.reason = "the driver is shutting down; the one that follows takes the "
		  "request",
};
static const struct operation_answer no_memory = {
	.status = SCALE_UNAVAILABLE,
	.reason = "the driver has no memory left for another request; try "
		  "again",
};

int operations_new(const struct operations_config *config,
		   struct operations **ret_ops)
{
	struct operations *ops = calloc(1, sizeof(*ops));
	int rc;

	if (ops == NULL)
		return -ENOMEM;
	ops->config = *config;
	ops->seed = text_hash_seed();
	ops->timer_next_ns = CLOCK_NEVER;
	list_init(&ops->all);
	for (size_t i = 0; i < OPERATION_QUEUES; i++)
		list_init(&ops->index[i]);
	ops->names = lock_table_new();
	if (ops->names == NULL) {
		free(ops);
		return -ENOMEM;
	}
	mutex_init(&ops->lock);
	condition_init(&ops->timer_changed);
	rc = operation_timer_start(ops);
	if (rc != 0) {
		condition_done(&ops->timer_changed);
		mutex_done(&ops->lock);
		lock_table_free(ops->names);
		free(ops);
		return rc;
	}
	*ret_ops = ops;
	return 0;
}

void operations_free(struct operations *ops)
{
	struct list *link;

	if (ops == NULL)
		return;
	operation_timer_stop(ops);
	while ((link = list_shift(&ops->all)) != NULL)
		operation_destroy(LIST_ENTRY(link, struct operation, link));
	condition_done(&ops->timer_changed);
	mutex_done(&ops->lock);
	lock_table_free(ops->names);
	free(ops);
}

/* ---- the end --------------------------------------------------------------*/

/* Errors are never kept: the next attempt may fare better. */
static bool may_keep(struct operations *ops, const struct operation *op)
	REQUIRES(ops->lock)
{
	return op->is_answered && op->answer.status == SCALE_OK &&
	       op->request.is_mutation && op->request.volume != NULL &&
	       !op->is_received && !op->is_superseded && !ops->is_cancelled;
}

void operation_settle(struct operations *ops, struct operation *op,
		      struct operation_outbox *box)
{
	if (op->phase != OPERATION_OVER || op->unreceived > 0 ||
	    operation_index_has(ops, op))
		return;
	list_remove(&op->link);
	list_append(&box->dead, &op->link);
}

/* Gives the names back, which may let others begin. */
static void end(struct operations *ops, struct operation *op,
		struct operation_outbox *box) REQUIRES(ops->lock)
{
	op->phase = OPERATION_OVER;
	if (op->request.volume != NULL && op->claim.held)
		lock_release(ops->names, &op->claim);
	else if (op->request.volume != NULL)
		lock_withdraw(ops->names, &op->claim);
	if (may_keep(ops, op)) {
		op->expires_ns = clock_now_ns() + ops->config.keep_ns;
		operation_timer_expect(ops, op->expires_ns);
	} else {
		operation_index_remove(ops, op);
	}
	operation_settle(ops, op, box);
}

void operation_abandon(struct operations *ops, struct operation *op,
		       struct operation_outbox *box)
{
	if (op->phase >= OPERATION_RUNNING || !list_is_empty(&op->waiters))
		return;
	if (op->phase == OPERATION_QUEUED &&
	    !admit_drop(ops->config.admit, &op->job))
		return;
	end(ops, op, box);
}

static void answer(struct operations *ops, struct operation *op,
		   scale_status status, void *result,
		   struct operation_outbox *box) REQUIRES(ops->lock)
{
	if (op->is_answered)
		return;
	op->is_answered = true;
	op->answer = (struct operation_answer){
		.status = status,
		.reason = status != SCALE_OK ? op->call.reason : "",
		.ledger = op->call.ledger,
		.result = status == SCALE_OK ? result : NULL,
	};
	operation_outbox_tell_all(ops, box, op, &op->answer);
}

/* ---- on a worker ----------------------------------------------------------*/

/* False: nobody wants it any more, and it is over. */
static bool begin(struct operations *ops, struct operation *op)
{
	struct operation_outbox box;
	bool is_wanted;

	operation_outbox_init(&box);
	mutex_lock(&ops->lock);
	if (ops->is_cancelled)
		operation_outbox_tell_all(ops, &box, op, &shutting_down);
	is_wanted = !list_is_empty(&op->waiters);
	if (is_wanted) {
		op->phase = OPERATION_RUNNING;
		op->call.started_ns = clock_now_ns();
		if (__builtin_add_overflow(op->call.started_ns,
					   op->request.budget_ns,
					   &op->call.deadline_ns))
			op->call.deadline_ns = CLOCK_NEVER;
	} else {
		end(ops, op, &box);
	}
	mutex_unlock(&ops->lock);
	operation_outbox_flush(ops, &box);
	return is_wanted;
}

static void log_rest(struct operation *op, scale_status st)
{
	if (st == SCALE_OK)
		call_log(&op->call, SCALE_DEBUG,
			 "what was left to do behind the answer is done");
	else
		call_log(&op->call, SCALE_WARNING,
			 "what was left to do behind the answer failed with "
			 "%s: %s",
			 status_name(st), op->call.reason);
}

static void run_job(struct admit_job *job)
{
	struct operation *op = LIST_ENTRY(job, struct operation, job);
	struct operations *ops = op->ops;
	struct operation_outbox box;
	void *result = NULL;
	scale_status st;

	if (!begin(ops, op))
		return;
	st = op->request.run(&op->call, op->request.arg, &result);
	/* Only this thread has set it, in operation_answer(). */
	if (op->is_answered)
		log_rest(op, st);

	operation_outbox_init(&box);
	mutex_lock(&ops->lock);
	answer(ops, op, st, result, &box);
	end(ops, op, &box);
	mutex_unlock(&ops->lock);
	operation_outbox_flush(ops, &box);
}

void operation_answer(struct call *call, void *result)
{
	struct operation *op = call->operation;
	struct operations *ops = op->ops;
	struct operation_outbox box;

	operation_outbox_init(&box);
	mutex_lock(&ops->lock);
	answer(ops, op, SCALE_OK, result, &box);
	mutex_unlock(&ops->lock);
	operation_outbox_flush(ops, &box);
}

/* ---- the beginning --------------------------------------------------------*/

/* Called by the table of names, with the lock. */
static void enqueue(struct lock_claim *claim) NO_ANALYSIS
{
	struct operation *op = LIST_ENTRY(claim, struct operation, claim);

	op->phase = OPERATION_QUEUED;
	admit_submit(op->ops->config.admit, &op->job);
}

/* The texts for which there may be no memory, or no right to it, later. */
static bool prepare_texts(struct operation *op)
{
	const struct operation_request *request = &op->request;

	op->subject = request->verb;
	if (request->volume != NULL)
		op->subject = arena_printf(request->arena, "%s of '%s'",
					   request->verb, request->volume);
	if (op->subject == NULL)
		return false;
	op->late.status = SCALE_DEADLINE_EXCEEDED;
	/* Nobody may look into the ledger of a call that runs. */
	op->late.ledger.sent = request->is_mutation ? 1 : 0;
	op->late.reason = arena_printf(request->arena,
				       "%s goes on, but its answer comes too "
				       "late for the caller; try again",
				       op->subject);
	return op->late.reason != NULL;
}

/* Fills in all but the list of waiters; NULL when memory is out. */
static struct operation *create(struct operations *ops,
				const struct operation_request *request)
{
	struct operation *op = arena_alloc(request->arena, sizeof(*op));
	struct cancel *cancel;

	if (op == NULL)
		return NULL;
	op->ops = ops;
	op->request = *request;
	if (!prepare_texts(op))
		return NULL;
	cancel = cancel_new();
	if (cancel == NULL)
		return NULL;
	call_init(&op->call, request->arena, ops->config.log, cancel,
		  CLOCK_NEVER);
	op->call.verb = request->verb;
	op->call.volume = request->volume;
	op->call.operation = op;
	op->created_ns = op->call.started_ns;
	op->phase = OPERATION_LOCKING;
	op->job = (struct admit_job){.class = request->class, .run = run_job};
	op->claim = (struct lock_claim){
		.name = {request->volume, request->also, request->unique},
		.shared = {false, request->also_shared, false},
		.granted = enqueue,
	};
	list_init(&op->job.link);
	list_init(&op->link);
	list_init(&op->waiters);
	for (size_t i = 0; i < LOCK_NAMES; i++) {
		op->place[i].op = op;
		list_init(&op->place[i].link);
	}
	return op;
}

static void wait_for(struct operations *ops, struct operation *op,
		     struct operation_waiter *waiter) REQUIRES(ops->lock)
{
	waiter->operation = op;
	list_append(&op->waiters, &waiter->link);
	operation_timer_expect(ops, waiter->deadline_ns);
	if (op->phase == OPERATION_LOCKING)
		operation_timer_expect(ops, waiter->busy_until_ns);
}

static void start(struct operations *ops, struct operation *op,
		  struct operation_waiter *waiter, struct operation_outbox *box)
	REQUIRES(ops->lock)
{
	list_append(&ops->all, &op->link);
	if (op->request.is_mutation)
		operation_index_supersede(ops, op, box);
	if (op->request.volume != NULL) {
		operation_index_add(ops, op);
		(void)lock_ask(ops->names, &op->claim);
	} else {
		enqueue(&op->claim);
	}
	wait_for(ops, op, waiter);
}

/* False: the arena of @request was not needed. */
static bool place(struct operations *ops,
		  const struct operation_request *request,
		  struct operation_waiter *waiter, struct operation_outbox *box)
	REQUIRES(ops->lock)
{
	struct operation *op;

	if (ops->is_cancelled) {
		operation_outbox_tell(ops, box, NULL, waiter, &shutting_down);
		return false;
	}
	op = operation_index_find(ops, request);
	if (op != NULL && op->is_answered) {
		operation_outbox_tell(ops, box, op, waiter, &op->answer);
		return false;
	}
	if (op != NULL) {
		wait_for(ops, op, waiter);
		return false;
	}
	op = create(ops, request);
	if (op == NULL) {
		operation_outbox_tell(ops, box, NULL, waiter, &no_memory);
		return false;
	}
	start(ops, op, waiter, box);
	return true;
}

void operation_submit(struct operations *ops,
		      const struct operation_request *request,
		      struct operation_waiter *waiter)
{
	struct arena *arena = request->arena;
	struct operation_outbox box;
	bool is_taken;

	list_init(&waiter->link);
	waiter->operation = NULL;
	waiter->answer = NULL;
	waiter->is_told = false;
	waiter->busy_until_ns = clock_now_ns() + ops->config.wait_ns;
	operation_outbox_init(&box);
	mutex_lock(&ops->lock);
	is_taken = place(ops, request, waiter, &box);
	mutex_unlock(&ops->lock);
	operation_outbox_flush(ops, &box);
	if (!is_taken)
		arena_wipe(arena);
}

/* ---- the waiters ----------------------------------------------------------*/

bool operation_leave(struct operations *ops, struct operation_waiter *waiter)
{
	struct operation_outbox box;
	bool has_left;

	operation_outbox_init(&box);
	mutex_lock(&ops->lock);
	has_left = !waiter->is_told;
	if (has_left) {
		struct operation *op = waiter->operation;

		list_remove(&waiter->link);
		waiter->operation = NULL;
		operation_abandon(ops, op, &box);
	}
	mutex_unlock(&ops->lock);
	operation_outbox_flush(ops, &box);
	return has_left;
}

void operation_receive(struct operations *ops, struct operation_waiter *waiter,
		       bool received)
{
	struct operation_outbox box;
	struct operation *op;

	operation_outbox_init(&box);
	mutex_lock(&ops->lock);
	op = waiter->operation;
	waiter->operation = NULL;
	if (op != NULL) {
		op->unreceived--;
		/* A text about waiting is not the answer. */
		if (received && waiter->answer == &op->answer)
			op->is_received = true;
		if (op->phase == OPERATION_OVER && op->is_received)
			operation_index_remove(ops, op);
		operation_settle(ops, op, &box);
	}
	mutex_unlock(&ops->lock);
	operation_outbox_flush(ops, &box);
}

/* ---- all together ---------------------------------------------------------*/

static void cancel_one(struct operations *ops, struct operation *op,
		       struct operation_outbox *box) REQUIRES(ops->lock)
{
	switch (op->phase) {
	case OPERATION_LOCKING:
	case OPERATION_QUEUED:
		operation_outbox_tell_all(ops, box, op, &shutting_down);
		operation_abandon(ops, op, box);
		break;
	case OPERATION_RUNNING:
		cancel_set(op->call.cancel);
		break;
	case OPERATION_OVER:
		operation_index_remove(ops, op);
		operation_settle(ops, op, box);
		break;
	}
}

void operations_cancel(struct operations *ops)
{
	struct operation_outbox box;

	operation_outbox_init(&box);
	mutex_lock(&ops->lock);
	ops->is_cancelled = true;
	LIST_FOR_EACH_SAFE(link, after, &ops->all)
	{
		cancel_one(ops, LIST_ENTRY(link, struct operation, link), &box);
	}
	mutex_unlock(&ops->lock);
	operation_outbox_flush(ops, &box);
}
