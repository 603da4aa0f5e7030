/* SPDX-License-Identifier: BSD-2-Clause */
/* Picks the names out of a list of rows, and sorts them. */
#include "nas/names.h"

#include <stdlib.h>
#include <string.h>

#include "nas/scan.h"

static int compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* ZFS allows nothing in a name that JSON would have to escape. */
static bool is_plain(struct span name)
{
	return name.len > 2 && name.at[0] == '"' &&
	       memchr(name.at, '\\', name.len) == NULL;
}

static size_t count_rows(struct span list)
{
	struct scan_walk walk;
	struct span row;
	size_t n = 0;

	if (!scan_walk_init(&walk, list))
		return 0;
	while (scan_walk_next(&walk, NULL, &row))
		n++;
	return n;
}

scale_status names_read(struct call *call, const struct rpc *rpc,
			const char *except, const char ***ret_names,
			size_t *ret_n)
{
	const struct span list = {rpc->result, rpc->result_len};
	size_t room = count_rows(list), n = 0;
	const char **names =
		arena_array(call->arena, room + 1, sizeof(names[0]));
	struct scan_walk walk;
	struct span row, name;

	if (names == NULL)
		return call_nomem(call);
	if (!scan_walk_init(&walk, list) || walk.is_object)
		return call_fail(call, SCALE_INTERNAL,
				 "the NAS answered a listing with something "
				 "else than a list");
	while (n < room && scan_walk_next(&walk, NULL, &row)) {
		if (!scan_find(row, "/name", &name) || !is_plain(name))
			continue;
		names[n] =
			arena_strndup(call->arena, name.at + 1, name.len - 2);
		if (names[n] == NULL)
			return call_nomem(call);
		if (except == NULL || strcmp(names[n], except) != 0)
			n++;
	}
	qsort(names, n, sizeof(names[0]), compare);
	*ret_names = names;
	*ret_n = n;
	return SCALE_OK;
}
