/* SPDX-License-Identifier: BSD-2-Clause */
/* The hash table: chains of entries that carry their key. */
#include "base/table.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define FIRST_BUCKETS ((size_t)16)

struct entry {
	struct entry *next;
	uint64_t hash;
	void *value;
	char key[];
};

struct table {
	struct entry **buckets;
	size_t n_buckets; /* a power of two; only grows, see table_each() */
	size_t count;
	uint64_t seed;
};

struct table *table_new(void)
{
	struct table *table = calloc(1, sizeof(*table));

	if (table == NULL)
		return NULL;
	table->n_buckets = FIRST_BUCKETS;
	table->buckets = calloc(FIRST_BUCKETS, sizeof(*table->buckets));
	if (table->buckets == NULL) {
		free(table);
		return NULL;
	}
	table->seed = text_hash_seed();
	return table;
}

void table_free(struct table *table)
{
	if (table == NULL)
		return;
	for (size_t i = 0; i < table->n_buckets; i++) {
		struct entry *entry = table->buckets[i], *next;

		for (; entry != NULL; entry = next) {
			next = entry->next;
			free(entry);
		}
	}
	free(table->buckets);
	free(table);
}

/* The link that points to the entry of @key, or to the end of its chain. */
static struct entry **find(const struct table *table, const char *key,
			   uint64_t hash)
{
	struct entry **link = &table->buckets[hash & (table->n_buckets - 1)];

	while (*link != NULL &&
	       ((*link)->hash != hash || strcmp((*link)->key, key) != 0))
		link = &(*link)->next;
	return link;
}

void *table_get(const struct table *table, const char *key)
{
	struct entry *entry = *find(table, key, text_hash(key, table->seed));

	return entry != NULL ? entry->value : NULL;
}

/* Without memory the table stays as it is, only with longer chains. */
static void grow(struct table *table)
{
	size_t n = table->n_buckets * 2;
	struct entry **buckets = calloc(n, sizeof(struct entry *));

	if (buckets == NULL)
		return;
	for (size_t i = 0; i < table->n_buckets; i++) {
		struct entry *entry = table->buckets[i], *next;

		for (; entry != NULL; entry = next) {
			struct entry **head = &buckets[entry->hash & (n - 1)];

			next = entry->next;
			entry->next = *head;
			*head = entry;
		}
	}
	free(table->buckets);
	table->buckets = buckets;
	table->n_buckets = n;
}

int table_set(struct table *table, const char *key, void *value)
{
	uint64_t hash = text_hash(key, table->seed);
	struct entry **link = find(table, key, hash);
	struct entry *entry = *link;
	size_t len = strlen(key);

	if (entry == NULL) {
		entry = malloc(sizeof(*entry) + len + 1);
		if (entry == NULL)
			return -ENOMEM;
		entry->next = NULL;
		entry->hash = hash;
		memcpy(entry->key, key, len + 1);
		*link = entry;
		if (++table->count > table->n_buckets)
			grow(table);
	}
	entry->value = value;
	return 0;
}

void *table_remove(struct table *table, const char *key)
{
	struct entry **link = find(table, key, text_hash(key, table->seed));
	struct entry *entry = *link;
	void *value;

	if (entry == NULL)
		return NULL;
	value = entry->value;
	*link = entry->next;
	table->count--;
	free(entry);
	return value;
}

size_t table_count(const struct table *table)
{
	return table->count;
}

int table_each(struct table *table,
	       int (*fn)(const char *key, void *value, void *arg), void *arg)
{
	for (size_t i = 0; i < table->n_buckets; i++) {
		struct entry *entry = table->buckets[i], *next;

		for (; entry != NULL; entry = next) {
			int rc;

			next = entry->next;
			rc = fn(entry->key, entry->value, arg);
			if (rc != 0)
				return rc;
		}
	}
	return 0;
}
