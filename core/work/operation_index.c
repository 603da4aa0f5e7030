/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finds operations by the names they lock.  In the index is who may still be
 * joined and who has an answer that may be given again; nobody else.
 */
#include <string.h>

#include "base/text.h"
#include "work/operation_parts.h"

static const char *name_of(const struct operation_request *request, size_t i)
{
	const char *const names[LOCK_NAMES] = {request->volume, request->also,
					       request->unique};

	return names[i];
}

static bool is_shared(const struct operation_request *request, size_t i)
{
	return i == 1 && request->also_shared;
}

static struct list *queue_of(struct operations *ops, const char *name)
{
	return &ops->index[text_hash(name, ops->seed) % OPERATION_QUEUES];
}

/* Which of its names @place stands for. */
static size_t index_of(const struct operation_place *place)
{
	return (size_t)(place - place->op->place);
}

void operation_index_add(struct operations *ops, struct operation *op)
{
	for (size_t i = 0; i < LOCK_NAMES; i++) {
		const char *name = name_of(&op->request, i);

		if (name != NULL)
			list_append(queue_of(ops, name), &op->place[i].link);
	}
}

void operation_index_remove(struct operations *ops, struct operation *op)
{
	(void)ops; /* names the lock */
	for (size_t i = 0; i < LOCK_NAMES; i++)
		list_remove(&op->place[i].link);
}

bool operation_index_has(struct operations *ops, const struct operation *op)
{
	(void)ops; /* names the lock */
	return !list_is_empty(&op->place[0].link);
}

static bool is_same(const struct operation_request *a,
		    const struct operation_request *b)
{
	return strcmp(a->volume, b->volume) == 0 &&
	       strcmp(a->verb, b->verb) == 0 &&
	       memcmp(a->fingerprint, b->fingerprint, SHA256_BYTES) == 0;
}

struct operation *operation_index_find(struct operations *ops,
				       const struct operation_request *request)
{
	if (request->volume == NULL)
		return NULL;
	LIST_FOR_EACH(link, queue_of(ops, request->volume))
	{
		struct operation_place *place =
			LIST_ENTRY(link, struct operation_place, link);

		if (index_of(place) == 0 &&
		    is_same(&place->op->request, request))
			return place->op;
	}
	return NULL;
}

/* Whether @place speaks of the @i-th name of @request, which will change it. */
static bool is_in_conflict(const struct operation_place *place,
			   const struct operation_request *request, size_t i)
{
	const struct operation_request *other = &place->op->request;
	size_t j = index_of(place);

	return strcmp(name_of(other, j), name_of(request, i)) == 0 &&
	       !(is_shared(other, j) && is_shared(request, i));
}

/* Marks who is in conflict; returns the first of them that is over, or NULL. */
static struct operation *mark_superseded(struct operations *ops,
					 const struct operation *op, size_t i)
	REQUIRES(ops->lock)
{
	LIST_FOR_EACH(link, queue_of(ops, name_of(&op->request, i)))
	{
		struct operation_place *place =
			LIST_ENTRY(link, struct operation_place, link);

		if (place->op == op || !is_in_conflict(place, &op->request, i))
			continue;
		place->op->is_superseded = true;
		if (place->op->phase == OPERATION_OVER)
			return place->op;
	}
	return NULL;
}

void operation_index_supersede(struct operations *ops, struct operation *op,
			       struct operation_outbox *box)
{
	for (size_t i = 0; i < LOCK_NAMES; i++) {
		struct operation *over;

		if (name_of(&op->request, i) == NULL)
			continue;
		/* Removal may take two places out of the queue: from the
		 * start again. */
		while ((over = mark_superseded(ops, op, i)) != NULL) {
			operation_index_remove(ops, over);
			operation_settle(ops, over, box);
		}
	}
}
