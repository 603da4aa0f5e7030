/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads snapshots of the NAS. */
#include "nas/snapshot.h"

#include <errno.h>
#include <string.h>

#include "nas/json.h"
#include "nas/names.h"
#include "nas/parts.h"
#include "nas/snapshot_parse.h"

/* Snapshot calls of a page under way at a time: 25.10 runs five of them. */
#define READ_AT_ONCE 4

static scale_status parse(struct call *call, struct span row, const char *path,
			  struct snapshot *ret)
{
	switch (snapshot_parse(call->arena, row.at, row.len, ret)) {
	case 0:
		return SCALE_OK;
	case -ENOMEM:
		return call_nomem(call);
	default:
		return call_fail(
			call, SCALE_INTERNAL,
			"the NAS describes snapshot '%s' in a way that "
			"is not known here",
			path);
	}
}

/* Exactly one filter on the id: the way that costs one snapshot. */
void snapshot_read_submit(struct call *call, struct nas *nas, const char *path,
			  struct rpc *rpc)
{
	const char *quoted = json_quote(call->arena, path);

	*rpc = rpc_read(
		"pool.snapshot.query",
		quoted != NULL
			? call_printf(call, "[[[\"id\",\"=\",%s]]]", quoted)
			: NULL);
	rpc_submit(call, nas, rpc);
}

scale_status snapshot_read_finish(struct call *call, const struct rpc *rpc,
				  const char *path, struct snapshot *ret)
{
	struct span row;

	if (rpc->status != SCALE_OK && !rpc_is_absent(rpc))
		return rpc_fail(call, rpc, "reading snapshot '%s'", path);
	if (rpc_is_absent(rpc) ||
	    !scan_find((struct span){rpc->result, rpc->result_len}, "/0", &row))
		return call_fail(call, SCALE_NOT_FOUND,
				 "snapshot '%s' does not exist on the NAS",
				 path);
	return parse(call, row, path, ret);
}

scale_status snapshot_read(struct call *call, struct nas *nas, const char *path,
			   struct snapshot *ret)
{
	struct rpc rpc, *all[] = {&rpc};

	snapshot_read_submit(call, nas, path, &rpc);
	(void)rpc_wait(call, nas, all, 1); /* finish looks at the outcome */
	return snapshot_read_finish(call, &rpc, path, ret);
}

void snapshot_list_names_submit(struct call *call, struct nas *nas,
				const char *dataset, bool whole_pool,
				struct rpc *rpc)
{
	const char *name = whole_pool ? arena_strndup(call->arena, dataset,
						      strcspn(dataset, "/"))
				      : dataset;
	const char *quoted =
		name != NULL ? json_quote(call->arena, name) : NULL;

	*rpc = rpc_read("pool.snapshot.query",
			quoted != NULL
				? call_printf(call,
					      "[[[\"%s\",\"=\",%s]],"
					      "{\"select\":[\"name\"]}]",
					      whole_pool ? "pool" : "dataset",
					      quoted)
				: NULL);
	rpc_submit(call, nas, rpc);
}

scale_status snapshot_list_names_finish(struct call *call,
					const struct rpc *rpc,
					const char ***ret_paths, size_t *ret_n)
{
	static const char *none[] = {NULL};

	if (rpc_is_absent(rpc)) {
		*ret_paths = none;
		*ret_n = 0;
		return SCALE_OK;
	}
	if (rpc->status != SCALE_OK)
		return rpc_fail(call, rpc, "listing snapshots");
	return names_read(call, rpc, NULL, ret_paths, ret_n);
}

void snapshot_read_dataset_submit(struct call *call, struct nas *nas,
				  const char *dataset, struct rpc *rpc)
{
	snapshot_list_names_submit(call, nas, dataset, false, rpc);
}

/* A few of them together; one that vanished meanwhile is left out. */
static scale_status read_some(struct call *call, struct nas *nas,
			      const char *const *paths, size_t n,
			      struct snapshot *snapshots, size_t *n_read)
{
	struct rpc rpcs[READ_AT_ONCE], *all[READ_AT_ONCE] = {NULL};
	scale_status first = SCALE_OK;

	for (size_t i = 0; i < n; i++) {
		all[i] = &rpcs[i];
		snapshot_read_submit(call, nas, paths[i], &rpcs[i]);
	}
	(void)rpc_wait(call, nas, all, n); /* finish looks at the outcomes */
	for (size_t i = 0; i < n && first == SCALE_OK; i++) {
		scale_status status = snapshot_read_finish(
			call, &rpcs[i], paths[i], &snapshots[*n_read]);

		if (status == SCALE_OK)
			(*n_read)++;
		else if (status != SCALE_NOT_FOUND)
			first = status;
	}
	return first;
}

scale_status snapshot_read_dataset_finish(struct call *call, struct nas *nas,
					  const struct rpc *rpc,
					  struct snapshot **ret_snapshots,
					  size_t *ret_n)
{
	struct snapshot *snapshots;
	const char **paths;
	size_t n, n_read = 0;
	scale_status status = snapshot_list_names_finish(call, rpc, &paths, &n);

	if (status != SCALE_OK)
		return status;
	snapshots = arena_array(call->arena, n, sizeof(snapshots[0]));
	if (snapshots == NULL)
		return call_nomem(call);
	for (size_t i = 0; i < n; i += READ_AT_ONCE) {
		size_t some = n - i < READ_AT_ONCE ? n - i : READ_AT_ONCE;

		status = read_some(call, nas, paths + i, some, snapshots,
				   &n_read);
		if (status != SCALE_OK)
			return status;
	}
	*ret_snapshots = snapshots;
	*ret_n = n_read;
	return SCALE_OK;
}
