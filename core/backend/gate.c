/* SPDX-License-Identifier: BSD-2-Clause */
/* Gates: so many calls at a time, first come first served. */
#include "backend/gate.h"

#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "base/mutex.h"

#define GATE_LOOK_MS 50 /* how often a waiter looks whether it is wanted */

struct backend_gate {
	struct mutex lock; /* order 60 */
	struct condition changed;
	struct list waiting; /* (lock) in order of arrival */
	uint32_t inside;     /* (lock) */
};

static void gate_init(struct backend_gate *gate)
{
	mutex_init(&gate->lock);
	condition_init(&gate->changed);
	list_init(&gate->waiting);
}

static void gate_done(struct backend_gate *gate)
{
	assert(gate->inside == 0 && list_is_empty(&gate->waiting));
	condition_done(&gate->changed);
	mutex_done(&gate->lock);
}

struct backend_gate *backend_gate_new(void)
{
	struct backend_gate *gate = calloc(1, sizeof(*gate));

	if (gate != NULL)
		gate_init(gate);
	return gate;
}

void backend_gate_free(struct backend_gate *gate)
{
	if (gate == NULL)
		return;
	gate_done(gate);
	free(gate);
}

scale_status backend_gate_enter(struct backend_gate *gate, struct call *call,
				uint32_t limit)
{
	struct list self;
	bool entered;

	list_init(&self);
	mutex_lock(&gate->lock);
	list_append(&gate->waiting, &self);
	for (;;) {
		int64_t until = clock_after_ms(GATE_LOOK_MS);

		entered = gate->waiting.next == &self && gate->inside < limit;
		if (entered || call_is_over(call))
			break;
		if (until > call->deadline_ns)
			until = call->deadline_ns;
		(void)condition_wait(&gate->changed, &gate->lock, until);
	}
	list_remove(&self);
	if (entered)
		gate->inside++;
	/* Whoever is first now may have room too. */
	condition_broadcast(&gate->changed);
	mutex_unlock(&gate->lock);
	return entered ? SCALE_OK : call_check(call);
}

void backend_gate_leave(struct backend_gate *gate)
{
	mutex_lock(&gate->lock);
	assert(gate->inside > 0);
	gate->inside--;
	condition_broadcast(&gate->changed);
	mutex_unlock(&gate->lock);
}

struct named_gate {
	struct list link; /* (lock of the table) */
	struct backend_gate gate;
	unsigned int users; /* (lock of the table) inside or waiting */
	char name[];        /* constant */
};

struct gate_table {
	struct mutex lock; /* order 60; never together with a gate's */
	struct list gates; /* (lock) */
};

struct gate_table *gate_table_new(void)
{
	struct gate_table *table = calloc(1, sizeof(*table));

	if (table == NULL)
		return NULL;
	mutex_init(&table->lock);
	list_init(&table->gates);
	return table;
}

void gate_table_free(struct gate_table *table)
{
	if (table == NULL)
		return;
	assert(list_is_empty(&table->gates));
	mutex_done(&table->lock);
	free(table);
}

static struct named_gate *find_locked(struct gate_table *table,
				      const char *name) REQUIRES(table->lock)
{
	struct named_gate *gate;
	size_t len = strlen(name);

	LIST_FOR_EACH(link, &table->gates)
	{
		gate = LIST_ENTRY(link, struct named_gate, link);
		if (strcmp(gate->name, name) == 0)
			return gate;
	}
	gate = calloc(1, sizeof(*gate) + len + 1);
	if (gate == NULL)
		return NULL;
	memcpy(gate->name, name, len + 1);
	gate_init(&gate->gate);
	list_append(&table->gates, &gate->link);
	return gate;
}

static void table_drop(struct gate_table *table, struct named_gate *gate)
{
	bool unused;

	mutex_lock(&table->lock);
	unused = --gate->users == 0;
	if (unused)
		list_remove(&gate->link);
	mutex_unlock(&table->lock);
	if (!unused)
		return;
	gate_done(&gate->gate);
	free(gate);
}

scale_status gate_table_enter(struct gate_table *table, const char *name,
			      struct call *call, uint32_t limit,
			      struct named_gate **ret_gate)
{
	struct named_gate *gate;
	scale_status st;

	mutex_lock(&table->lock);
	gate = find_locked(table, name);
	if (gate != NULL)
		gate->users++;
	mutex_unlock(&table->lock);
	if (gate == NULL)
		return call_nomem(call);
	st = backend_gate_enter(&gate->gate, call, limit);
	if (st != SCALE_OK) {
		table_drop(table, gate);
		return st;
	}
	*ret_gate = gate;
	return SCALE_OK;
}

void gate_table_leave(struct gate_table *table, struct named_gate *gate)
{
	backend_gate_leave(&gate->gate);
	table_drop(table, gate);
}
