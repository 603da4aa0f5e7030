/* SPDX-License-Identifier: BSD-2-Clause */
/* The datasets of the NAS in memory: nas/dataset.h. */
#include "fake_parts.h"

#include <stdlib.h>
#include <string.h>

void dataset_read_submit(struct call *call, struct nas *nas, const char *path,
			 struct rpc *rpc)
{
	(void)call;
	(void)nas;
	fake_submit(rpc, FAKE_READ, path, NULL);
}

scale_status dataset_read_finish(struct call *call, const struct rpc *rpc,
				 const char *path, struct dataset *ret)
{
	struct fake_dataset *found = fake_dataset(path);

	if (rpc->slot->status != SCALE_OK)
		return call_fail(call, rpc->slot->status,
				 "scripted failure of a read");
	if (found == NULL)
		return call_fail(call, SCALE_NOT_FOUND,
				 "dataset '%s' does not exist", path);
	*ret = found->data;
	ret->user = map_view(&found->user);
	return SCALE_OK;
}

scale_status dataset_read(struct call *call, struct nas *nas, const char *path,
			  struct dataset *ret)
{
	struct rpc rpc, *rpcs[] = {&rpc};

	dataset_read_submit(call, nas, path, &rpc);
	(void)rpc_wait(call, nas, rpcs, 1);
	return dataset_read_finish(call, &rpc, path, ret);
}

void dataset_create_submit(struct call *call, struct nas *nas,
			   const struct dataset_spec *spec, struct rpc *rpc)
{
	(void)call;
	(void)nas;
	fake_submit(rpc, FAKE_CREATE, spec->path, spec);
}

scale_status dataset_create_finish(struct call *call, const struct rpc *rpc,
				   const struct dataset_spec *spec,
				   struct dataset *ret, bool *ret_marked)
{
	struct fake_dataset *found = fake_dataset(spec->path);

	(void)call;
	if (rpc->slot->status != SCALE_OK)
		return rpc->slot->status;
	*ret = found->data;
	ret->user = map_view(&found->user);
	*ret_marked = !fake_nas.drops_marks;
	return SCALE_OK;
}

static void execute_change(struct fake_dataset *dataset,
			   const struct dataset_change *change)
{
	struct scale_map all = map_view(&dataset->user);

	if (change->volsize_bytes != 0)
		dataset->data.volsize_bytes = change->volsize_bytes;
	if (change->refquota_bytes != 0)
		dataset->data.refquota_bytes = change->refquota_bytes;
	map_init(&dataset->user, fake_nas.arena);
	for (size_t i = 0; i < all.n; i++) {
		bool is_kept = true;

		for (const char *const *key = change->unset;
		     key != NULL && *key != NULL; key++)
			is_kept = is_kept && strcmp(*key, all.kv[i].key) != 0;
		if (is_kept)
			map_put(&dataset->user, all.kv[i].key, all.kv[i].value);
	}
	map_put_all(&dataset->user, &change->set);
}

scale_status dataset_change(struct call *call, struct nas *nas,
			    const char *path,
			    const struct dataset_change *change)
{
	struct fake_dataset *dataset = fake_dataset(path);

	(void)nas;
	fake_nas.calls++;
	fake_note_write("change", path);
	if (dataset != NULL && fake_will_execute(FAKE_CHANGE))
		execute_change(dataset, change);
	return fake_mutate(call, FAKE_CHANGE,
			   dataset != NULL ? SCALE_OK : SCALE_NOT_FOUND, true);
}

static bool has_snapshots(const char *path)
{
	for (size_t i = 0; i < FAKE_MAX; i++)
		if (fake_nas.snapshots[i].exists &&
		    strcmp(fake_nas.snapshots[i].data.dataset, path) == 0)
			return true;
	return false;
}

/* A deferred snapshot goes with the last of its clones. */
static void reap(const char *path)
{
	struct fake_snapshot *snapshot = fake_snapshot(path);

	if (snapshot == NULL || !snapshot->data.is_deferred)
		return;
	for (size_t i = 0; i < FAKE_MAX; i++)
		if (fake_nas.datasets[i].exists &&
		    strcmp(fake_nas.datasets[i].data.origin, path) == 0)
			return;
	snapshot->exists = false;
}

scale_status dataset_delete(struct call *call, struct nas *nas,
			    const char *path)
{
	struct fake_dataset *dataset = fake_dataset(path);
	bool is_kept = has_snapshots(path);

	(void)nas;
	fake_nas.calls++;
	fake_note_write("delete", path);
	if (dataset != NULL && !is_kept && fake_will_execute(FAKE_DELETE)) {
		dataset->exists = false;
		reap(dataset->data.origin);
	}
	return fake_mutate(call, FAKE_DELETE,
			   is_kept ? SCALE_FAILED_PRECONDITION : SCALE_OK,
			   true);
}

scale_status dataset_list_names(struct call *call, struct nas *nas,
				const char *parent, const char ***ret_paths,
				size_t *ret_n)
{
	const char **paths =
		arena_array(fake_nas.arena, FAKE_MAX, sizeof(*paths));
	size_t n = 0, len = strlen(parent);

	(void)nas;
	fake_nas.calls++;
	if (fake_dataset(parent) == NULL)
		return call_fail(call, SCALE_NOT_FOUND, "no '%s'", parent);
	for (size_t i = 0; i < FAKE_MAX; i++)
		if (fake_nas.datasets[i].exists &&
		    strncmp(fake_nas.datasets[i].data.path, parent, len) == 0 &&
		    fake_nas.datasets[i].data.path[len] == '/')
			paths[n++] = fake_nas.datasets[i].data.path;
	qsort(paths, n, sizeof(*paths), fake_compare_texts);
	*ret_paths = paths;
	*ret_n = n;
	return SCALE_OK;
}

/* In no order, and with memory that does not outlive the call of @fn. */
scale_status
dataset_read_many(struct call *call, struct nas *nas, const char *const *paths,
		  size_t n, int (*fn)(const struct dataset *dataset, void *arg),
		  void *arg)
{
	struct arena *callers = call->arena;

	(void)nas;
	fake_nas.calls++;
	for (size_t i = n; i > 0; i--) {
		struct fake_dataset *found = fake_dataset(paths[i - 1]);
		struct arena *page = arena_new(1u << 20);
		struct dataset copy;
		int rc;

		if (found == NULL) {
			arena_free(page);
			continue;
		}
		copy = found->data;
		copy.path = arena_strdup(page, copy.path);
		copy.user = map_view(&found->user);
		call->arena = page;
		rc = fn(&copy, arg);
		call->arena = callers;
		arena_free(page);
		if (rc != 0)
			break;
	}
	return SCALE_OK;
}
