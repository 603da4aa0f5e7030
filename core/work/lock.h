/* SPDX-License-Identifier: BSD-2-Clause */
/* Locks on names (volumes, snapshots), waited for without holding a thread. */
#ifndef SCALE_CSI_WORK_LOCK_H
#define SCALE_CSI_WORK_LOCK_H

#include <stdbool.h>

#include "base/list.h"

/* The names one claim can have. */
#define LOCK_NAMES 3

struct lock_claim;

/* A claim's place in the queue for one name; lock.c's own. */
struct lock_place {
	struct list link;
	struct lock_claim *claim;
};

/*
 * A claim on up to three names, granted as a whole, so that no order between
 * them can deadlock.  Exclusive, or shared with other shared claims.
 */
struct lock_claim {
	struct lock_place place[LOCK_NAMES]; /* lock.c's own */
	const char *name[LOCK_NAMES]; /* NULL: unused; outlive the claim */
	bool shared[LOCK_NAMES];
	bool held;                            /* lock.c's own */
	void (*granted)(struct lock_claim *); /* called once it is held */
};

/*
 * The table is not thread-safe: its owner (operation.c) calls it with its own
 * mutex held, and granted() runs with that mutex held.  granted() must not call
 * the table.
 */
struct lock_table;

struct lock_table *lock_table_new(void); /* NULL when memory is out */
void lock_table_free(struct lock_table *table);

/*
 * lock_ask - claim the names: granted() is called at once when they are free,
 * else later from lock_release() or lock_withdraw(), first come first served by
 * name.  Never fails: the claim brings the memory it needs.
 * Returns true when it was granted at once.
 */
bool lock_ask(struct lock_table *table, struct lock_claim *claim);

/* lock_withdraw - stop waiting; the claim must not be held. */
void lock_withdraw(struct lock_table *table, struct lock_claim *claim);

/* lock_release - give a held claim back and grant what waited for it. */
void lock_release(struct lock_table *table, struct lock_claim *claim);

/*
 * lock_blocker - a claim that @claim has to wait for, a held one if there is
 * one; NULL when nothing is in its way.
 */
struct lock_claim *lock_blocker(struct lock_table *table,
				const struct lock_claim *claim);

#endif
