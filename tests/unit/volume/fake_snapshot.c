/* SPDX-License-Identifier: BSD-2-Clause */
/* The snapshots of the NAS in memory: nas/snapshot.h. */
#include "fake_parts.h"

#include <stdlib.h>
#include <string.h>

static struct scale_map snapshot_user(struct fake_snapshot *snapshot)
{
	struct fake_dataset *dataset = fake_dataset(snapshot->data.dataset);
	struct scale_map own = map_view(&snapshot->user), theirs = {0};
	struct map_builder all;

	/* The dataset's properties shine through. */
	map_init(&all, fake_nas.arena);
	if (dataset != NULL)
		theirs = map_view(&dataset->user);
	map_put_all(&all, &theirs);
	map_put_all(&all, &own);
	return map_view(&all);
}

static void copy_snapshot(struct fake_snapshot *found, struct snapshot *ret)
{
	struct fake_dataset *dataset = fake_dataset(found->data.dataset);

	*ret = found->data;
	if (dataset != NULL && dataset->data.kind == SCALE_BLOCK)
		ret->volsize_bytes = dataset->data.volsize_bytes;
	for (size_t i = 0; i < FAKE_MAX; i++)
		if (fake_nas.datasets[i].exists &&
		    strcmp(fake_nas.datasets[i].data.origin, ret->path) == 0)
			ret->has_clones = true;
	ret->user = snapshot_user(found);
}

void snapshot_read_submit(struct call *call, struct nas *nas, const char *path,
			  struct rpc *rpc)
{
	(void)call;
	(void)nas;
	fake_submit(rpc, FAKE_READ, path, NULL);
}

scale_status snapshot_read_finish(struct call *call, const struct rpc *rpc,
				  const char *path, struct snapshot *ret)
{
	struct fake_snapshot *found = fake_snapshot(path);

	if (rpc->slot->status != SCALE_OK)
		return call_fail(call, rpc->slot->status,
				 "scripted failure of a read");
	if (found == NULL)
		return call_fail(call, SCALE_NOT_FOUND, "no snapshot '%s'",
				 path);
	copy_snapshot(found, ret);
	return SCALE_OK;
}

scale_status snapshot_read(struct call *call, struct nas *nas, const char *path,
			   struct snapshot *ret)
{
	struct rpc rpc, *rpcs[] = {&rpc};

	snapshot_read_submit(call, nas, path, &rpc);
	(void)rpc_wait(call, nas, rpcs, 1);
	return snapshot_read_finish(call, &rpc, path, ret);
}

void snapshot_list_names_submit(struct call *call, struct nas *nas,
				const char *dataset, bool whole_pool,
				struct rpc *rpc)
{
	(void)call;
	(void)nas;
	fake_submit(rpc, FAKE_READ, dataset, NULL);
	rpc->slot->is_pool = whole_pool;
}

scale_status snapshot_list_names_finish(struct call *call,
					const struct rpc *rpc,
					const char ***ret_paths, size_t *ret_n)
{
	const char **paths =
		arena_array(fake_nas.arena, FAKE_MAX, sizeof(*paths));
	const struct rpc_slot *slot = rpc->slot;
	size_t n = 0;

	if (slot->status != SCALE_OK)
		return call_fail(call, slot->status,
				 "scripted failure of a read");
	for (size_t i = 0; i < FAKE_MAX; i++) {
		const struct snapshot *data = &fake_nas.snapshots[i].data;
		size_t pool = strcspn(slot->path, "/");

		if (fake_nas.snapshots[i].exists &&
		    (slot->is_pool
			     ? strncmp(data->path, slot->path, pool + 1) == 0
			     : strcmp(data->dataset, slot->path) == 0))
			paths[n++] = data->path;
	}
	qsort(paths, n, sizeof(*paths), fake_compare_texts);
	*ret_paths = paths;
	*ret_n = n;
	return SCALE_OK;
}

void snapshot_read_dataset_submit(struct call *call, struct nas *nas,
				  const char *dataset, struct rpc *rpc)
{
	snapshot_list_names_submit(call, nas, dataset, false, rpc);
}

scale_status snapshot_read_dataset_finish(struct call *call, struct nas *nas,
					  const struct rpc *rpc,
					  struct snapshot **ret_snapshots,
					  size_t *ret_n)
{
	const char **paths;
	scale_status status =
		snapshot_list_names_finish(call, rpc, &paths, ret_n);

	(void)nas;
	if (status != SCALE_OK)
		return status;
	*ret_snapshots =
		arena_array(fake_nas.arena, *ret_n, sizeof(**ret_snapshots));
	for (size_t i = 0; i < *ret_n; i++)
		copy_snapshot(fake_snapshot(paths[i]), &(*ret_snapshots)[i]);
	return SCALE_OK;
}

scale_status snapshot_create(struct call *call, struct nas *nas,
			     const char *dataset, const char *name,
			     const struct scale_map *user, struct snapshot *ret)
{
	const char *path = arena_printf(fake_nas.arena, "%s@%s", dataset, name);
	bool is_there = fake_snapshot(path) != NULL;
	scale_status status;

	(void)nas;
	fake_nas.calls++;
	fake_note_write("snapshot", path);
	if (!is_there && fake_will_execute(FAKE_SNAPSHOT_CREATE))
		map_put_all(&fake_add_snapshot(path)->user, user);
	status = fake_mutate(call, FAKE_SNAPSHOT_CREATE,
			     is_there ? SCALE_ALREADY_EXISTS : SCALE_OK, true);
	if (status == SCALE_OK)
		copy_snapshot(fake_snapshot(path), ret);
	return status;
}

scale_status snapshot_delete(struct call *call, struct nas *nas,
			     const char *path, bool defer)
{
	struct fake_snapshot *found = fake_snapshot(path);
	struct snapshot copy = {0};
	bool is_refused;

	(void)nas;
	fake_nas.calls++;
	fake_note_write(defer ? "defer" : "destroy", path);
	if (found != NULL)
		copy_snapshot(found, &copy);
	is_refused = copy.has_clones && !defer;
	if (found != NULL && !is_refused &&
	    fake_will_execute(FAKE_SNAPSHOT_DELETE)) {
		found->exists = copy.has_clones;
		found->data.is_deferred = copy.has_clones;
	}
	return fake_mutate(call, FAKE_SNAPSHOT_DELETE,
			   is_refused ? SCALE_FAILED_PRECONDITION : SCALE_OK,
			   true);
}

scale_status snapshot_rename(struct call *call, struct nas *nas,
			     const char *path, const char *new_name)
{
	struct fake_snapshot *found = fake_snapshot(path);

	(void)nas;
	fake_nas.calls++;
	fake_note_write("rename", path);
	ledger_note_sent(&call->ledger);
	ledger_note_done(&call->ledger);
	found->data.path = arena_printf(fake_nas.arena, "%s@%s",
					found->data.dataset, new_name);
	found->data.name = arena_strdup(fake_nas.arena, new_name);
	return SCALE_OK;
}

scale_status snapshot_clone(struct call *call, struct nas *nas,
			    const char *snapshot,
			    const struct dataset_spec *spec)
{
	struct fake_snapshot *found = fake_snapshot(snapshot);
	bool is_there = fake_dataset(spec->path) != NULL;
	scale_status natural = found == NULL ? SCALE_NOT_FOUND
			       : is_there    ? SCALE_ALREADY_EXISTS
					     : SCALE_OK;

	(void)nas;
	fake_nas.calls++;
	fake_note_write("clone", spec->path);
	if (natural == SCALE_OK && fake_will_execute(FAKE_CLONE)) {
		struct snapshot from;
		struct fake_dataset *made;

		copy_snapshot(found, &from);
		made = fake_add_dataset(spec->path, spec->kind,
					spec->kind == SCALE_BLOCK
						? from.volsize_bytes
						: spec->bytes);
		made->data.origin = found->data.path;
		map_put_all(&made->user, &spec->user);
	}
	/* The NAS tells none of it for certain (truenas-api.md 3.5). */
	return fake_mutate(call, FAKE_CLONE, natural, false);
}
