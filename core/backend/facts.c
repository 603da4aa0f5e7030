/* SPDX-License-Identifier: BSD-2-Clause */
/* Facts about the NAS that backends ask to be remembered for a while. */
#include "backend/facts.h"

#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "base/mutex.h"

struct fact {
	struct list link;
	char *owner, *key, *value;
	uint64_t session;
	int64_t until_ns;
};

struct facts {
	struct mutex lock;  /* order 60 */
	struct list list;   /* (lock) */
	unsigned int count; /* (lock) */
};

struct facts *facts_new(void)
{
	struct facts *facts = calloc(1, sizeof(*facts));

	if (facts == NULL)
		return NULL;
	mutex_init(&facts->lock);
	list_init(&facts->list);
	return facts;
}

static void fact_free(struct fact *fact)
{
	free(fact->owner);
	free(fact->key);
	free(fact->value);
	free(fact);
}

static void drop_locked(struct facts *facts, struct fact *fact)
	REQUIRES(facts->lock)
{
	list_remove(&fact->link);
	facts->count--;
	fact_free(fact);
}

void facts_clear(struct facts *facts)
{
	mutex_lock(&facts->lock);
	LIST_FOR_EACH_SAFE(link, after, &facts->list)
	{
		drop_locked(facts, LIST_ENTRY(link, struct fact, link));
	}
	mutex_unlock(&facts->lock);
}

void facts_free(struct facts *facts)
{
	if (facts == NULL)
		return;
	facts_clear(facts);
	mutex_done(&facts->lock);
	free(facts);
}

static struct fact *find_locked(struct facts *facts, const char *owner,
				const char *key) REQUIRES(facts->lock)
{
	LIST_FOR_EACH(link, &facts->list)
	{
		struct fact *fact = LIST_ENTRY(link, struct fact, link);

		if (strcmp(fact->key, key) == 0 &&
		    strcmp(fact->owner, owner) == 0)
			return fact;
	}
	return NULL;
}

/* Make room by what is over anyway. */
static void sweep_locked(struct facts *facts, int64_t now_ns)
	REQUIRES(facts->lock)
{
	LIST_FOR_EACH_SAFE(link, after, &facts->list)
	{
		struct fact *fact = LIST_ENTRY(link, struct fact, link);

		if (fact->until_ns <= now_ns)
			drop_locked(facts, fact);
	}
}

void facts_set(struct facts *facts, const char *owner, const char *key,
	       const char *value, uint64_t session, int64_t until_ns)
{
	struct fact *fact = calloc(1, sizeof(*fact));
	struct fact *old;

	if (fact == NULL)
		return;
	fact->owner = strdup(owner);
	fact->key = strdup(key);
	fact->value = strdup(value);
	fact->session = session;
	fact->until_ns = until_ns;
	list_init(&fact->link);
	if (fact->owner == NULL || fact->key == NULL || fact->value == NULL) {
		fact_free(fact);
		return;
	}
	mutex_lock(&facts->lock);
	old = find_locked(facts, owner, key);
	if (old != NULL)
		drop_locked(facts, old);
	if (facts->count >= FACTS_MAX)
		sweep_locked(facts, clock_now_ns());
	if (facts->count < FACTS_MAX) {
		list_append(&facts->list, &fact->link);
		facts->count++;
		fact = NULL;
	}
	mutex_unlock(&facts->lock);
	if (fact != NULL)
		fact_free(fact);
}

const char *facts_get(struct facts *facts, struct arena *arena,
		      const char *owner, const char *key, uint64_t session,
		      int64_t now_ns)
{
	const char *value = NULL;
	struct fact *fact;

	mutex_lock(&facts->lock);
	fact = find_locked(facts, owner, key);
	if (fact != NULL &&
	    (fact->until_ns <= now_ns || fact->session != session)) {
		drop_locked(facts, fact);
		fact = NULL;
	}
	if (fact != NULL)
		value = arena_strdup(arena, fact->value);
	mutex_unlock(&facts->lock);
	return value;
}
