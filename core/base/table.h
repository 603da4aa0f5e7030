/* SPDX-License-Identifier: BSD-2-Clause */
/* A hash table from texts to pointers, for what lives long. */
#ifndef SCALE_CSI_BASE_TABLE_H
#define SCALE_CSI_BASE_TABLE_H

#include <stddef.h>

/* The caller locks.  Keys are copied, values stay the caller's. */
struct table;

struct table *table_new(void);        /* NULL when memory is out */
void table_free(struct table *table); /* the values are not touched; NULL ok */

/* table_get - the value of @key, or NULL. */
void *table_get(const struct table *table, const char *key);

/* table_set - set @key to @value, which is not NULL.  0 or -ENOMEM. */
int table_set(struct table *table, const char *key, void *value);

/* table_remove - forget @key; returns its value, or NULL. */
void *table_remove(struct table *table, const char *key);

size_t table_count(const struct table *table);

/*
 * table_each - call @fn for every entry, in no order; @fn may remove the entry
 * it is called for and nothing else.  Stops when @fn returns non-zero and
 * returns that.
 */
int table_each(struct table *table,
	       int (*fn)(const char *key, void *value, void *arg), void *arg);

#endif
