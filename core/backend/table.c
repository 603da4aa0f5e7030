/* SPDX-License-Identifier: BSD-2-Clause */
/* The loaded backends, found by name or by the prefix of a volume id. */
#include "backend/table.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/invoke.h"
#include "base/text.h"

#define FILE_PREFIX "backend_"
#define FILE_SUFFIX ".so"

static int is_backend_file(const struct dirent *entry)
{
	return text_starts(entry->d_name, FILE_PREFIX) &&
	       text_ends(entry->d_name, FILE_SUFFIX);
}

static void free_entries(struct dirent **entries, int n)
{
	while (n > 0)
		free(entries[--n]);
	free(entries);
}

/* The names of all backends in @dir, as an array that ends in NULL. */
static int list_names(const char *dir, char ***ret_names)
{
	struct dirent **entries = NULL;
	int n = scandir(dir, &entries, is_backend_file, alphasort);
	char **names;
	bool full;

	if (n < 0)
		return -errno;
	names = calloc((size_t)n + 1, sizeof(*names));
	full = names == NULL;
	for (int i = 0; i < n && !full; i++) {
		const char *file = entries[i]->d_name;
		size_t len = strlen(file) - strlen(FILE_PREFIX) -
			     strlen(FILE_SUFFIX);

		names[i] = strndup(file + strlen(FILE_PREFIX), len);
		full = names[i] == NULL;
	}
	free_entries(entries, n);
	if (full) {
		for (int i = 0; names != NULL && names[i] != NULL; i++)
			free(names[i]);
		free(names);
		return -ENOMEM;
	}
	*ret_names = names;
	return 0;
}

static int by_name(const void *a, const void *b)
{
	const struct backend *const *left = a, *const *right = b;

	return strcmp((*left)->descriptor.name, (*right)->descriptor.name);
}

/* Whether a backend already in the table has a name or prefix of @added. */
static int check_unique(const struct backend_table *table,
			const struct backend *added, char *ret_error,
			size_t size)
{
	struct text error;

	text_init(&error, ret_error, size);
	for (size_t i = 0; i < table->n; i++) {
		const struct backend *other = table->backends[i];

		if (strcmp(other->descriptor.name, added->descriptor.name) ==
		    0) {
			text_printf(&error, "backend '%s' is named twice",
				    added->descriptor.name);
			return -EEXIST;
		}
		if (strcmp(other->descriptor.id_prefix,
			   added->descriptor.id_prefix) == 0) {
			text_printf(&error,
				    "backend files '%s' and '%s' both claim "
				    "the volume id prefix '%s'; remove one",
				    other->file, added->file,
				    added->descriptor.id_prefix);
			return -EEXIST;
		}
	}
	return 0;
}

static void free_all(struct backend_table *table)
{
	for (size_t i = 0; i < table->n; i++)
		backend_free(table->backends[i]);
	free(table->backends);
	*table = (struct backend_table){0};
}

static int load_names(const char *dir, const char *const *names,
		      struct backend_table *table, char *ret_error, size_t size)
{
	size_t n = 0;

	while (names[n] != NULL)
		n++;
	table->backends = calloc(n + 1, sizeof(struct backend *));
	if (table->backends == NULL) {
		(void)snprintf(ret_error, size, "out of memory");
		return -ENOMEM;
	}
	for (size_t i = 0; i < n; i++) {
		struct backend *backend = NULL;
		int err =
			backend_load(dir, names[i], &backend, ret_error, size);

		if (err == 0)
			err = check_unique(table, backend, ret_error, size);
		if (err != 0) {
			backend_free(backend);
			return err;
		}
		table->backends[table->n++] = backend;
	}
	qsort(table->backends, table->n, sizeof(struct backend *), by_name);
	return 0;
}

int backend_table_load(const char *dir, const char *const *names,
		       struct backend_table *ret_table, char *ret_error,
		       size_t size)
{
	struct backend_table table = {0};
	char **found = NULL;
	int err;

	/* Before anything in it is looked at. */
	err = backend_check_trusted(dir, ret_error, size);
	if (err != 0)
		return err;
	if (names == NULL) {
		err = list_names(dir, &found);
		if (err != 0) {
			(void)snprintf(ret_error, size,
				       "the backend directory '%s' cannot be "
				       "read: %s",
				       dir, strerrordesc_np(-err));
			return err;
		}
		names = (const char *const *)found;
	}
	err = load_names(dir, names, &table, ret_error, size);
	for (size_t i = 0; found != NULL && found[i] != NULL; i++)
		free(found[i]);
	free(found);
	if (err != 0) {
		free_all(&table);
		return err;
	}
	*ret_table = table;
	return 0;
}

scale_status backend_table_open(struct backend_table *table, struct call *call,
				struct host *host)
{
	for (size_t i = 0; i < table->n; i++) {
		scale_status st = invoke_open(call, table->backends[i], host);

		if (st != SCALE_OK)
			return call_prefix(call,
					   "backend '%s' could not be started",
					   table->backends[i]->descriptor.name);
	}
	return SCALE_OK;
}

void backend_table_close(struct backend_table *table)
{
	for (size_t i = 0; i < table->n; i++)
		invoke_close(table->backends[i]);
	free_all(table);
}

struct backend *backend_find_name(const struct backend_table *table,
				  const char *name)
{
	for (size_t i = 0; i < table->n; i++)
		if (strcmp(table->backends[i]->descriptor.name, name) == 0)
			return table->backends[i];
	return NULL;
}

struct backend *backend_find_prefix(const struct backend_table *table,
				    const char *prefix)
{
	for (size_t i = 0; i < table->n; i++)
		if (strcmp(table->backends[i]->descriptor.id_prefix, prefix) ==
		    0)
			return table->backends[i];
	return NULL;
}
