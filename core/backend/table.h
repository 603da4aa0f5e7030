/* SPDX-License-Identifier: BSD-2-Clause */
/* The loaded backends, found by name or by the prefix of a volume id. */
#ifndef SCALE_CSI_BACKEND_TABLE_H
#define SCALE_CSI_BACKEND_TABLE_H

#include <stddef.h>

#include "backend/load.h"
#include "work/call.h"

struct host;

/* Constant after backend_table_open(). */
struct backend_table {
	struct backend **backends; /* sorted by name */
	size_t n;
};

/*
 * backend_table_load - load @names (ends in NULL) from @dir; NULL: every
 * backend_*.so there.  A name asked for that does not load, and two backends
 * with one prefix, are errors.  Returns 0 or a negative errno with a sentence.
 */
int backend_table_load(const char *dir, const char *const *names,
		       struct backend_table *ret_table, char *ret_error,
		       size_t size);

/*
 * backend_table_open - call every open() once, with the services of @host; the
 * first failure ends it, and backend_table_close() cleans up.
 */
scale_status backend_table_open(struct backend_table *table, struct call *call,
				struct host *host);

/*
 * backend_table_close - call close() of what was opened, free the copies.  No
 * call may be inside a backend any more.  An empty table is fine.
 */
void backend_table_close(struct backend_table *table);

struct backend *backend_find_name(const struct backend_table *table,
				  const char *name);
struct backend *backend_find_prefix(const struct backend_table *table,
				    const char *prefix);

#endif
