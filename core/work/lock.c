/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Queues of claims, found by the hash of a name.
 *
 * A claim stands in the queue of each of its names from lock_ask() until it is
 * given back, held or not, and is granted once no earlier place for the same
 * name is in conflict with it.  Since a claim enters all its queues at once,
 * "earlier" is the same order in all of them: the oldest claim that waits has
 * only held ones before it, so there is no cycle.
 */
#include "work/lock.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define N_QUEUES 256 /* names of one hash share a queue */

struct lock_table {
	uint64_t seed;
	struct list queues[N_QUEUES];
};

struct lock_table *lock_table_new(void)
{
	struct lock_table *table = calloc(1, sizeof(*table));

	if (table == NULL)
		return NULL;
	table->seed = text_hash_seed();
	for (size_t i = 0; i < N_QUEUES; i++)
		list_init(&table->queues[i]);
	return table;
}

void lock_table_free(struct lock_table *table)
{
	free(table);
}

static struct list *queue_of(struct lock_table *table, const char *name)
{
	return &table->queues[text_hash(name, table->seed) % N_QUEUES];
}

/* Which of the claim's names @place stands for. */
static size_t index_of(const struct lock_place *place)
{
	return (size_t)(place - place->claim->place);
}

static bool is_in_conflict(const struct lock_place *a,
			   const struct lock_place *b)
{
	size_t i = index_of(a), j = index_of(b);

	if (strcmp(a->claim->name[i], b->claim->name[j]) != 0)
		return false;
	return !a->claim->shared[i] || !b->claim->shared[j];
}

struct lock_claim *lock_blocker(struct lock_table *table,
				const struct lock_claim *claim)
{
	struct lock_claim *waiting = NULL;

	for (size_t i = 0; i < LOCK_NAMES; i++) {
		const struct lock_place *own = &claim->place[i];

		if (claim->name[i] == NULL)
			continue;
		LIST_FOR_EACH(link, queue_of(table, claim->name[i]))
		{
			struct lock_place *other =
				LIST_ENTRY(link, struct lock_place, link);

			if (other == own)
				break;
			if (!is_in_conflict(other, own))
				continue;
			if (other->claim->held)
				return other->claim;
			waiting = other->claim;
		}
	}
	return waiting;
}

static bool try_to_grant(struct lock_table *table, struct lock_claim *claim)
{
	if (claim->held || lock_blocker(table, claim) != NULL)
		return false;
	claim->held = true;
	claim->granted(claim);
	return true;
}

bool lock_ask(struct lock_table *table, struct lock_claim *claim)
{
	claim->held = false;
	if (claim->name[0] != NULL && claim->name[1] != NULL &&
	    strcmp(claim->name[0], claim->name[1]) == 0) {
		/* It would wait for itself. */
		claim->shared[0] = claim->shared[0] && claim->shared[1];
		claim->name[1] = NULL;
	}
	for (size_t i = 0; i < LOCK_NAMES; i++) {
		claim->place[i].claim = claim;
		list_init(&claim->place[i].link);
		if (claim->name[i] != NULL)
			list_append(queue_of(table, claim->name[i]),
				    &claim->place[i].link);
	}
	return try_to_grant(table, claim);
}

/* Who stood behind @claim in one of its queues may be next. */
static void leave(struct lock_table *table, struct lock_claim *claim)
{
	for (size_t i = 0; i < LOCK_NAMES; i++)
		list_remove(&claim->place[i].link);
	for (size_t i = 0; i < LOCK_NAMES; i++) {
		if (claim->name[i] == NULL)
			continue;
		LIST_FOR_EACH(link, queue_of(table, claim->name[i]))
		{
			struct lock_place *place =
				LIST_ENTRY(link, struct lock_place, link);

			if (is_in_conflict(place, &claim->place[i]))
				(void)try_to_grant(table, place->claim);
		}
	}
}

void lock_withdraw(struct lock_table *table, struct lock_claim *claim)
{
	assert(!claim->held);
	leave(table, claim);
}

void lock_release(struct lock_table *table, struct lock_claim *claim)
{
	assert(claim->held);
	claim->held = false;
	leave(table, claim);
}
