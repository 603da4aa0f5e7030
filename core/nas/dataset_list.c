/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads many datasets: names first, then pages of them by path. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "nas/dataset.h"
#include "nas/dataset_parse.h"
#include "nas/json.h"
#include "nas/names.h"
#include "nas/parts.h"
#include "nas/snapshot.h"

/* One request reads at most so much (design: pages of 500, below 32 KiB). */
#define PAGE_ROWS  500
#define PAGE_BYTES 30000

static const char *list_params(struct call *call, const char *parent,
			       const char *properties)
{
	const char *quoted = json_quote(call->arena, parent);

	if (quoted == NULL)
		return NULL;
	return call_printf(call,
			   "[{\"paths\":[%s],\"properties\":%s,"
			   "\"get_children\":true}]",
			   quoted, properties);
}

scale_status dataset_list_names(struct call *call, struct nas *nas,
				const char *parent, const char ***ret_paths,
				size_t *ret_n)
{
	struct rpc rpc = rpc_read("zfs.resource.query",
				  list_params(call, parent, "null"));
	struct rpc *all[] = {&rpc};

	rpc_submit(call, nas, &rpc);
	(void)rpc_wait(call, nas, all, 1); /* its outcome is looked at */
	if (rpc_is_absent(&rpc) ||
	    (rpc.outcome == RPC_RESULT && json_count(rpc.result, "") == 0))
		return call_fail(call, SCALE_NOT_FOUND,
				 "dataset '%s' does not exist on the NAS",
				 parent);
	if (rpc.status != SCALE_OK)
		return rpc_fail(call, &rpc, "listing the datasets below '%s'",
				parent);
	return names_read(call, &rpc, parent, ret_paths, ret_n);
}

/* What a page's rows go to. */
struct page_reader {
	int (*fn)(const struct dataset *dataset, void *arg);
	void *arg;
};

static int read_row(const char *row, size_t len, void *arg)
{
	struct page_reader *reader = arg;
	struct arena *arena = arena_new(1u << 20);
	struct dataset dataset;
	int rc;

	if (arena == NULL)
		return -ENOMEM;
	rc = dataset_parse(arena, row, len, &dataset);
	if (rc == 0)
		rc = reader->fn(&dataset, reader->arg);
	arena_free(arena);
	return rc;
}

static const char *page_params(struct arena *arena, const char *const *paths,
			       size_t n)
{
	struct json_builder json;

	json_init(&json, arena);
	json_begin_array(&json);
	json_begin_object(&json);
	json_key(&json, "paths");
	json_begin_array(&json);
	for (size_t i = 0; i < n; i++)
		json_put_text(&json, paths[i]);
	json_end_array(&json);
	json_key(&json, "properties");
	json_put_raw(&json, DATASET_PROPERTIES);
	json_key(&json, "get_user_properties");
	json_put_bool(&json, true);
	json_end_object(&json);
	json_end_array(&json);
	return json_text(&json);
}

/* How many of @paths go into one request; at least one. */
static size_t page_size(const char *const *paths, size_t n)
{
	size_t bytes = 0, i;

	for (i = 0; i < n && i < PAGE_ROWS; i++) {
		bytes += strlen(paths[i]) + 3;
		if (bytes > PAGE_BYTES)
			break;
	}
	return i > 0 ? i : 1;
}

/*
 * One page, in memory of its own, because the caller's must last for all of
 * them.  Returns NOT_FOUND when one of the paths is missing and the release
 * makes that an error for all (25.10).
 */
static scale_status read_page(struct call *call, struct nas *nas,
			      const char *const *paths, size_t n,
			      struct page_reader *reader)
{
	struct arena *own = arena_new(CALL_ARENA_BYTES);
	struct arena *callers = call->arena;
	scale_status status = SCALE_OK;
	struct rpc rpc, *all[] = {&rpc};
	int rc = 0;

	if (own == NULL)
		return call_nomem(call);
	call->arena = own;
	rpc = rpc_read("zfs.resource.query", page_params(own, paths, n));
	rpc_submit(call, nas, &rpc);
	(void)rpc_wait(call, nas, all, 1); /* its outcome is looked at */
	if (rpc.outcome == RPC_RESULT)
		rc = json_each(rpc.result, rpc.result_len, read_row, reader);
	call->arena = callers; /* reasons outlive the page */
	if (rpc_is_absent(&rpc))
		status = SCALE_NOT_FOUND;
	else if (rpc.status != SCALE_OK)
		status = rpc_fail(call, &rpc, "reading %zu datasets", n);
	else if (rc == -ENOMEM)
		status = call_nomem(call);
	else if (rc < 0)
		status = call_fail(call, SCALE_INTERNAL,
				   "the NAS describes a dataset in a way that "
				   "is not known here");
	else if (rc > 0)
		status = SCALE_ABORTED; /* the reader has had enough */
	arena_free(own);
	return status;
}

/* Halves the page until the missing ones are alone, and leaves those out. */
static scale_status read_some(struct call *call, struct nas *nas,
			      const char *const *paths, size_t n,
			      struct page_reader *reader)
{
	scale_status status = read_page(call, nas, paths, n, reader);

	if (status != SCALE_NOT_FOUND)
		return status;
	if (n == 1)
		return SCALE_OK;
	status = read_some(call, nas, paths, n / 2, reader);
	if (status != SCALE_OK)
		return status;
	return read_some(call, nas, paths + n / 2, n - n / 2, reader);
}

/* Remembers that it was the reader who stopped. */
struct stopper {
	int (*fn)(const struct dataset *dataset, void *arg);
	void *arg;
	bool has_stopped;
};

static int read_until(const struct dataset *dataset, void *arg)
{
	struct stopper *stopper = arg;

	if (stopper->fn(dataset, stopper->arg) == 0)
		return 0;
	stopper->has_stopped = true;
	return 1;
}

scale_status
dataset_read_many(struct call *call, struct nas *nas, const char *const *paths,
		  size_t n, int (*fn)(const struct dataset *dataset, void *arg),
		  void *arg)
{
	struct stopper stopper = {fn, arg, false};
	struct page_reader reader = {read_until, &stopper};

	while (n > 0) {
		size_t page = page_size(paths, n);
		scale_status status =
			read_some(call, nas, paths, page, &reader);

		if (stopper.has_stopped)
			return SCALE_OK;
		if (status != SCALE_OK)
			return status;
		paths += page;
		n -= page;
	}
	return SCALE_OK;
}

/* Looks for an origin below "<path>@". */
struct clone_search {
	struct call *call;
	const char *prefix;
	const char *found;
};

static int look_at_origin(const char *row, size_t len, void *arg)
{
	struct clone_search *search = arg;
	const struct span all = {row, len};
	size_t n = strlen(search->prefix);
	struct span origin, name;

	if (!scan_find(all, "/properties/origin/raw", &origin) ||
	    origin.len < n + 2 || memcmp(origin.at + 1, search->prefix, n) != 0)
		return 0;
	if (!scan_find(all, "/name", &name))
		return -EBADMSG;
	search->found = json_get(search->call->arena, row, "/name");
	return search->found != NULL ? 1 : -ENOMEM;
}

static scale_status search_pool(struct call *call, struct nas *nas,
				const char *path, const char **ret_clone)
{
	const char *pool = arena_strndup(call->arena, path, strcspn(path, "/"));
	struct clone_search search = {.call = call,
				      .prefix = call_printf(call, "%s@", path)};
	struct rpc rpc, *all[] = {&rpc};
	int rc;

	if (pool == NULL || search.prefix == NULL)
		return call_nomem(call);
	rpc = rpc_read("zfs.resource.query",
		       list_params(call, pool, "[\"origin\"]"));
	rpc_submit(call, nas, &rpc);
	(void)rpc_wait(call, nas, all, 1); /* its outcome is looked at */
	if (rpc.status != SCALE_OK)
		return rpc_fail(call, &rpc, "looking for clones of '%s'", path);
	rc = json_each(rpc.result, rpc.result_len, look_at_origin, &search);
	if (rc < 0)
		return call_fail(call, SCALE_INTERNAL,
				 "looking for clones of '%s': the answer of "
				 "the NAS cannot be read",
				 path);
	*ret_clone = search.found;
	return SCALE_OK;
}

scale_status dataset_find_clone(struct call *call, struct nas *nas,
				const char *path, const char **ret_clone)
{
	struct rpc rpc, *all[] = {&rpc};
	const char **names;
	scale_status status;
	size_t n;

	snapshot_list_names_submit(call, nas, path, false, &rpc);
	(void)rpc_wait(call, nas, all, 1); /* finish looks at the outcome */
	status = snapshot_list_names_finish(call, &rpc, &names, &n);
	if (status != SCALE_OK)
		return status;
	*ret_clone = NULL;
	return n > 0 ? search_pool(call, nas, path, ret_clone) : SCALE_OK;
}
