/* SPDX-License-Identifier: BSD-2-Clause */
/* Makes, renames, clones and removes snapshots. */
#include <errno.h>
#include <string.h>

#include "nas/dataset_spec.h"
#include "nas/json.h"
#include "nas/parts.h"
#include "nas/snapshot.h"
#include "nas/snapshot_parse.h"

static void run(struct call *call, struct nas *nas, struct rpc *rpc)
{
	struct rpc *all[] = {rpc};

	rpc_submit(call, nas, rpc);
	(void)rpc_wait(call, nas, all, 1); /* its outcome is looked at */
}

static const char *create_params(struct arena *arena, const char *dataset,
				 const char *name, const struct scale_map *user)
{
	struct json_builder json;

	json_init(&json, arena);
	json_begin_array(&json);
	json_begin_object(&json);
	json_key(&json, "dataset");
	json_put_text(&json, dataset);
	json_key(&json, "name");
	json_put_text(&json, name);
	json_key(&json, "properties");
	json_begin_object(&json);
	for (size_t i = 0; user != NULL && i < user->n; i++) {
		json_key(&json, user->kv[i].key);
		json_put_text(&json, user->kv[i].value);
	}
	json_end_object(&json);
	json_end_object(&json);
	json_end_array(&json);
	return json_text(&json);
}

scale_status snapshot_create(struct call *call, struct nas *nas,
			     const char *dataset, const char *name,
			     const struct scale_map *user, struct snapshot *ret)
{
	struct rpc rpc =
		rpc_write("pool.snapshot.create",
			  create_params(call->arena, dataset, name, user));

	run(call, nas, &rpc);
	if (rpc_is_absent(&rpc))
		return call_fail(call, SCALE_NOT_FOUND,
				 "making snapshot '%s@%s': dataset '%s' does "
				 "not exist on the NAS",
				 dataset, name, dataset);
	if (rpc.status != SCALE_OK)
		return rpc_fail(call, &rpc, "making snapshot '%s@%s'", dataset,
				name);
	switch (snapshot_parse(call->arena, rpc.result, rpc.result_len, ret)) {
	case 0:
		return SCALE_OK;
	case -ENOMEM:
		return call_nomem(call);
	default:
		return call_fail(
			call, SCALE_INTERNAL,
			"the NAS describes the new snapshot '%s@%s' in "
			"a way that is not known here",
			dataset, name);
	}
}

/*
 * Gone, or marked to go: what a delete wants.  FAILED_PRECONDITION: neither.
 */
static scale_status look(struct call *call, struct nas *nas, const char *path,
			 bool defer)
{
	struct snapshot snapshot;
	scale_status status = snapshot_read(call, nas, path, &snapshot);

	if (status == SCALE_NOT_FOUND)
		return SCALE_OK;
	if (status != SCALE_OK)
		return status;
	return defer && snapshot.is_deferred ? SCALE_OK
					     : SCALE_FAILED_PRECONDITION;
}

/* An answer or none that leaves open what happened. */
static scale_status settle(struct call *call, struct nas *nas, const char *path,
			   bool defer, const struct rpc *rpc)
{
	scale_status status = look(call, nas, path, defer);

	if (status == SCALE_OK) {
		ledger_note_resolved(&call->ledger, 1);
		return SCALE_OK;
	}
	if (status == SCALE_FAILED_PRECONDITION && rpc->outcome == RPC_REFUSED)
		ledger_note_resolved(&call->ledger, 0);
	return rpc_fail(call, rpc, "removing snapshot '%s'", path);
}

scale_status snapshot_delete(struct call *call, struct nas *nas,
			     const char *path, bool defer)
{
	const char *quoted = json_quote(call->arena, path);
	struct rpc rpc = rpc_write(
		"pool.snapshot.delete",
		quoted != NULL ? call_printf(call, "[%s,{\"defer\":%s}]",
					     quoted, defer ? "true" : "false")
			       : NULL);

	/* run late, it would remove a new snapshot of this name */
	rpc.flags |= RPC_DELETE;
	run(call, nas, &rpc);
	if (rpc.outcome == RPC_RESULT)
		return SCALE_OK;
	if (rpc.outcome == RPC_UNKNOWN ||
	    (rpc.outcome == RPC_REFUSED && !rpc_is_certain(&rpc)))
		return settle(call, nas, path, defer, &rpc);
	if (rpc_is_absent(&rpc))
		return SCALE_OK;
	(void)rpc_fail(call, &rpc, "removing snapshot '%s'", path);
	if (rpc.outcome == RPC_REFUSED &&
	    (rpc.error == ENOTEMPTY || rpc.error == EBUSY))
		call->status = SCALE_FAILED_PRECONDITION;
	return call->status;
}

scale_status snapshot_rename(struct call *call, struct nas *nas,
			     const char *path, const char *new_name)
{
	const char *from = json_quote(call->arena, path);
	const char *at = strchr(path, '@');
	const char *full =
		at != NULL ? call_printf(call, "%.*s@%s", (int)(at - path),
					 path, new_name)
			   : NULL;
	const char *to = full != NULL ? json_quote(call->arena, full) : NULL;
	struct rpc rpc = rpc_write(
		"pool.snapshot.rename",
		from != NULL && to != NULL
			? call_printf(call,
				      "[%s,{\"new_name\":%s,\"force\":true}]",
				      from, to)
			: NULL);

	run(call, nas, &rpc);
	return rpc_fail(call, &rpc, "renaming snapshot '%s' to '%s'", path,
			new_name);
}

static const char *clone_params(struct arena *arena, const char *snapshot,
				const struct dataset_spec *spec, bool with_user)
{
	const char *properties = dataset_spec_clone(arena, spec, with_user);
	struct json_builder json;

	if (properties == NULL)
		return NULL;
	json_init(&json, arena);
	json_begin_array(&json);
	json_begin_object(&json);
	json_key(&json, "snapshot");
	json_put_text(&json, snapshot);
	json_key(&json, "dataset_dst");
	json_put_text(&json, spec->path);
	json_key(&json, "dataset_properties");
	json_put_raw(&json, properties);
	json_end_object(&json);
	json_end_array(&json);
	return json_text(&json);
}

/* Marks of a clone that its release does not let be born with them. */
static scale_status mark(struct call *call, struct nas *nas,
			 const struct dataset_spec *spec)
{
	struct dataset_change change = {.set = spec->user};

	return dataset_change(call, nas, spec->path, &change);
}

scale_status snapshot_clone(struct call *call, struct nas *nas,
			    const char *snapshot,
			    const struct dataset_spec *spec)
{
	const struct release *release = nas_release(nas);
	bool takes_user = release == NULL || release->clones_take_user;
	struct rpc rpc = rpc_write(
		"pool.snapshot.clone",
		clone_params(call->arena, snapshot, spec, takes_user));

	run(call, nas, &rpc);
	if (rpc.status != SCALE_OK)
		return rpc_fail(call, &rpc, "cloning snapshot '%s' to '%s'",
				snapshot, spec->path);
	return takes_user || spec->user.n == 0 ? SCALE_OK
					       : mark(call, nas, spec);
}
