/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The thread that notices what time alone brings about: a client's deadline, a
 * volume that stays busy, a kept result that is too old.  It sleeps until the
 * next of these.
 */
#include "base/thread.h"
#include "work/operation_parts.h"

/* For whom there is no memory to say more. */
static const struct operation_answer too_late = {
	.status = SCALE_DEADLINE_EXCEEDED,
	.reason = "the caller's time ran out before the request could be "
		  "begun; try again",
};
static const struct operation_answer too_busy = {
	.status = SCALE_ABORTED,
	.reason = "the volume is busy with another request; try again",
};

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* A text for the waiters of @op, which has not begun; or @fallback. */
__attribute__((format(printf, 4, 5))) static const struct operation_answer *
make_answer(struct operation *op, scale_status status,
	    const struct operation_answer *fallback, const char *fmt, ...)
{
	struct arena *arena = op->request.arena;
	struct operation_answer *answer = arena_alloc(arena, sizeof(*answer));
	va_list ap;

	if (answer == NULL)
		return fallback;
	answer->status = status;
	va_start(ap, fmt);
	answer->reason = arena_vprintf(arena, fmt, ap);
	va_end(ap);
	return answer->reason != NULL ? answer : fallback;
}

static const struct operation_answer *late_answer(struct operation *op)
{
	if (op->phase >= OPERATION_RUNNING)
		return &op->late;
	return make_answer(op, SCALE_DEADLINE_EXCEEDED, &too_late,
			   "%s was still waiting for its turn when the "
			   "caller's time ran out; try again",
			   op->subject);
}

static const struct operation_answer *busy_answer(struct operations *ops,
						  struct operation *op)
	REQUIRES(ops->lock)
{
	struct lock_claim *claim = lock_blocker(ops->names, &op->claim);
	const struct operation *other;

	if (claim == NULL)
		return &too_busy;
	other = LIST_ENTRY(claim, struct operation, claim);
	return make_answer(op, SCALE_ABORTED, &too_busy,
			   "'%s' is busy with %s, so %s could not begin; try "
			   "again",
			   other->request.volume, other->request.verb,
			   op->request.verb);
}

static void expire_waiters(struct operations *ops, struct operation *op,
			   int64_t now_ns, struct operation_outbox *box,
			   int64_t *next_ns) REQUIRES(ops->lock)
{
	LIST_FOR_EACH_SAFE(link, after, &op->waiters)
	{
		struct operation_waiter *waiter =
			LIST_ENTRY(link, struct operation_waiter, link);
		const struct operation_answer *answer = NULL;
		bool is_locking = op->phase == OPERATION_LOCKING;

		if (waiter->deadline_ns <= now_ns)
			answer = late_answer(op);
		else if (is_locking && waiter->busy_until_ns <= now_ns)
			answer = busy_answer(ops, op);
		if (answer != NULL) {
			list_remove(link);
			operation_outbox_tell(ops, box, op, waiter, answer);
			continue;
		}
		*next_ns = earlier(*next_ns, waiter->deadline_ns);
		if (is_locking)
			*next_ns = earlier(*next_ns, waiter->busy_until_ns);
	}
	operation_abandon(ops, op, box);
}

static void expire_result(struct operations *ops, struct operation *op,
			  int64_t now_ns, struct operation_outbox *box,
			  int64_t *next_ns) REQUIRES(ops->lock)
{
	if (!operation_index_has(ops, op))
		return;
	if (op->expires_ns > now_ns) {
		*next_ns = earlier(*next_ns, op->expires_ns);
		return;
	}
	operation_index_remove(ops, op);
	operation_settle(ops, op, box);
}

/* Returns when to look again. */
static int64_t expire(struct operations *ops, int64_t now_ns,
		      struct operation_outbox *box) REQUIRES(ops->lock)
{
	int64_t next_ns = CLOCK_NEVER;

	/* What happens to one takes no other out of the list. */
	LIST_FOR_EACH_SAFE(link, after, &ops->all)
	{
		struct operation *op = LIST_ENTRY(link, struct operation, link);

		if (op->phase == OPERATION_OVER)
			expire_result(ops, op, now_ns, box, &next_ns);
		else
			expire_waiters(ops, op, now_ns, box, &next_ns);
	}
	return next_ns;
}

static void *watch_time(void *arg)
{
	struct operations *ops = arg;
	struct operation_outbox box;

	operation_outbox_init(&box);
	mutex_lock(&ops->lock);
	while (!ops->is_timer_stopping) {
		ops->timer_next_ns = expire(ops, clock_now_ns(), &box);
		if (!list_is_empty(&box.told) || !list_is_empty(&box.dead)) {
			mutex_unlock(&ops->lock);
			operation_outbox_flush(ops, &box);
			mutex_lock(&ops->lock);
			continue;
		}
		(void)condition_wait(&ops->timer_changed, &ops->lock,
				     ops->timer_next_ns);
	}
	mutex_unlock(&ops->lock);
	return NULL;
}

int operation_timer_start(struct operations *ops)
{
	return thread_start("deadlines", watch_time, ops, &ops->timer);
}

void operation_timer_stop(struct operations *ops)
{
	mutex_lock(&ops->lock);
	ops->is_timer_stopping = true;
	condition_signal(&ops->timer_changed);
	mutex_unlock(&ops->lock);
	(void)pthread_join(ops->timer, NULL);
}

void operation_timer_expect(struct operations *ops, int64_t at_ns)
{
	if (at_ns >= ops->timer_next_ns)
		return;
	ops->timer_next_ns = at_ns;
	condition_signal(&ops->timer_changed);
}
