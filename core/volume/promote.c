/* SPDX-License-Identifier: BSD-2-Clause */
/* Freeing a volume from the clones of its deleted snapshots. */
#include "volume/promote.h"

#include <errno.h>
#include <string.h>

#include "nas/json.h"
#include "volume/doubt.h"
#include "volume/owner.h"
#include "volume/subject.h"

/* Looks for the dataset whose origin is one certain snapshot. */
struct search {
	struct arena *arena;
	const char *snapshot;
	const char *found;
};

static int look_at_row(const char *row, size_t len, void *arg)
{
	struct search *search = arg;
	const char *origin;

	(void)len;
	origin = json_get(search->arena, row, "/properties/origin/raw");
	if (origin == NULL || strcmp(origin, search->snapshot) != 0)
		return 0;
	search->found = json_get(search->arena, row, "/name");
	return search->found != NULL ? 1 : -ENOMEM;
}

static scale_status find_clone(struct call *call, const struct volumes *volumes,
			       const struct snapshot *newest,
			       const char **ret_clone)
{
	const char *zpool = arena_strndup(call->arena, newest->dataset,
					  strcspn(newest->dataset, "/"));
	const char *quoted =
		zpool != NULL ? json_quote(call->arena, zpool) : NULL;
	struct search search = {.arena = call->arena, .snapshot = newest->path};
	struct rpc rpc;
	scale_status status;

	if (quoted == NULL)
		return call_nomem(call);
	rpc = rpc_read("zfs.resource.query",
		       call_printf(call,
				   "[{\"paths\":[%s],\"properties\":[\"origin\""
				   "],\"get_children\":true}]",
				   quoted));
	status = rpc_run(call, volumes->nas, &rpc);
	if (status != SCALE_OK)
		return status;
	if (json_each(rpc.result, rpc.result_len, look_at_row, &search) < 0)
		return call_fail(call, SCALE_INTERNAL,
				 "looking for the clones of '%s': the answer "
				 "of the NAS cannot be read",
				 newest->path);
	if (search.found == NULL)
		return call_fail(call, SCALE_ABORTED,
				 "the clones of snapshot '%s' were gone when "
				 "they were looked for: it will be tried again",
				 newest->path);
	*ret_clone = search.found;
	return SCALE_OK;
}

static scale_status
check_owner(struct call *call, const struct volumes *volumes, const char *clone)
{
	struct dataset dataset = {0};
	struct volume_record record;
	scale_status status = dataset_read(call, volumes->nas, clone, &dataset);

	if (status == SCALE_OK)
		status = record_read(call, &dataset.user, &record);
	if (status != SCALE_OK)
		return status;
	if (owner_of(&dataset, &record, volumes->instance, NULL) == OWNER_OURS)
		return SCALE_OK;
	return call_fail(call, SCALE_FAILED_PRECONDITION,
			 "dataset '%s' is a clone of it that this driver did "
			 "not make: remove or promote that on the NAS",
			 clone);
}

/* Snapshots move with their names: the clone must have none of them. */
static scale_status check_names(struct call *call,
				const struct volumes *volumes,
				const char *clone,
				const struct snapshot *snapshots, size_t n)
{
	struct rpc rpc = {0}, *rpcs[] = {&rpc};
	const char **paths;
	size_t n_paths;
	scale_status status;

	snapshot_list_names_submit(call, volumes->nas, clone, false, &rpc);
	(void)rpc_wait(call, volumes->nas, rpcs, 1);
	status = snapshot_list_names_finish(call, &rpc, &paths, &n_paths);
	if (status != SCALE_OK)
		return status;
	for (size_t i = 0; i < n_paths; i++)
		for (size_t k = 0; k < n; k++)
			if (strcmp(strchr(paths[i], '@') + 1,
				   snapshots[k].name) == 0)
				return call_fail(
					call, SCALE_FAILED_PRECONDITION,
					"dataset '%s' is a clone of it and "
					"has a snapshot '%s' too, which keeps "
					"it from taking over: delete that "
					"volume or snapshot first",
					clone, snapshots[k].name);
	return SCALE_OK;
}

static scale_status mark_helpers(struct call *call,
				 const struct volumes *volumes,
				 const struct snapshot *snapshots, size_t n)
{
	scale_status status = SCALE_OK;

	for (size_t i = 0; i < n && status == SCALE_OK; i++)
		if (!snapshots[i].is_deferred)
			status = snapshot_delete(call, volumes->nas,
						 snapshots[i].path, true);
	return status;
}

/* A refusal that proves nothing: whose is the newest snapshot now? */
static scale_status read_back(struct call *call, const struct volumes *volumes,
			      const struct snapshot *newest,
			      scale_status refusal)
{
	const char *reason = call->reason;
	struct snapshot snapshot = {0};
	scale_status status =
		snapshot_read(call, volumes->nas, newest->path, &snapshot);

	if (status == SCALE_NOT_FOUND) {
		ledger_note_resolved(&call->ledger, 1);
		return SCALE_OK;
	}
	if (status != SCALE_OK)
		return status;
	ledger_note_resolved(&call->ledger, 0);
	return call_fail(call, refusal, "%s", reason);
}

static scale_status promote(struct call *call, const struct volumes *volumes,
			    const char *clone, const struct snapshot *newest)
{
	const char *quoted = json_quote(call->arena, clone);
	struct doubt doubt = doubt_begin(call);
	struct rpc rpc;
	scale_status status;

	if (quoted == NULL)
		return call_nomem(call);
	rpc = rpc_write("pool.dataset.promote",
			call_printf(call, "[%s]", quoted));
	status = rpc_run(call, volumes->nas, &rpc);
	if (status != SCALE_OK && !retry_heals(status) &&
	    doubt_is_open(call, &doubt))
		status = read_back(call, volumes, newest, status);
	if (status != SCALE_OK)
		return call_prefix(call,
				   "handing its snapshots over to the clone "
				   "'%s'",
				   clone);
	call_log(
		call, SCALE_NOTICE,
		"promoted '%s', which takes the deleted snapshots of '%s' over",
		clone, newest->dataset);
	return SCALE_OK;
}

scale_status promote_clone(struct call *call, const struct volumes *volumes,
			   const char *dataset,
			   const struct snapshot *snapshots, size_t n)
{
	const struct snapshot *newest = NULL;
	const char *clone = NULL;
	scale_status status;

	for (size_t i = 0; i < n; i++)
		if (snapshots[i].has_clones &&
		    (newest == NULL ||
		     snapshots[i].createtxg > newest->createtxg))
			newest = &snapshots[i];
	if (newest == NULL)
		return call_fail(call, SCALE_ABORTED,
				 "the deleted snapshots of '%s' are about to "
				 "go: it will be tried again",
				 dataset);
	status = find_clone(call, volumes, newest, &clone);
	if (status == SCALE_OK)
		status = check_owner(call, volumes, clone);
	if (status == SCALE_OK)
		status = check_names(call, volumes, clone, snapshots, n);
	if (status == SCALE_OK)
		status = mark_helpers(call, volumes, snapshots, n);
	if (status == SCALE_OK)
		status = promote(call, volumes, clone, newest);
	if (status == SCALE_NOT_FOUND) /* deleted since it was found */
		return call_fail(call, SCALE_ABORTED,
				 "%s: it will be tried again", call->reason);
	return status;
}
