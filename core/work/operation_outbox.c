/* SPDX-License-Identifier: BSD-2-Clause */
/* Callbacks and frees that were decided under the lock, done without it. */
#include "work/operation_parts.h"

void operation_outbox_init(struct operation_outbox *box)
{
	list_init(&box->told);
	list_init(&box->dead);
}

void operation_outbox_tell(struct operations *ops, struct operation_outbox *box,
			   struct operation *op,
			   struct operation_waiter *waiter,
			   const struct operation_answer *answer)
{
	(void)ops; /* names the lock */
	waiter->operation = op;
	waiter->answer = answer;
	waiter->is_told = true;
	if (op != NULL)
		op->unreceived++;
	list_append(&box->told, &waiter->link);
}

void operation_outbox_tell_all(struct operations *ops,
			       struct operation_outbox *box,
			       struct operation *op,
			       const struct operation_answer *answer)
{
	struct list *link;

	while ((link = list_shift(&op->waiters)) != NULL)
		operation_outbox_tell(
			ops, box, op,
			LIST_ENTRY(link, struct operation_waiter, link),
			answer);
}

void operation_outbox_flush(struct operations *ops,
			    struct operation_outbox *box)
{
	struct list *link;

	(void)ops; /* names the lock */
	/* done() may end the waiter's life, hence out of the list first. */
	while ((link = list_shift(&box->told)) != NULL) {
		struct operation_waiter *waiter =
			LIST_ENTRY(link, struct operation_waiter, link);
		const struct operation_answer *answer = waiter->answer;

		waiter->done(waiter, answer->status, answer->reason,
			     &answer->ledger, answer->result);
	}
	while ((link = list_shift(&box->dead)) != NULL)
		operation_destroy(LIST_ENTRY(link, struct operation, link));
}

void operation_destroy(struct operation *op)
{
	struct arena *arena = op->request.arena;

	cancel_free(op->call.cancel);
	arena_wipe(arena); /* @op itself, and perhaps secrets */
}
