/* SPDX-License-Identifier: BSD-2-Clause */
/* A NAS for the volume verbs: a few datasets and snapshots in memory. */
#include "fake_nas.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "volume/record.h"

struct fake_nas fake_nas;

void fake_nas_reset(bool predecessor)
{
	fake_nas_done();
	fake_nas.arena = arena_new(8u << 20);
	fake_nas.drain = drain_new(3600 * CLOCK_NS_PER_S, predecessor);
	fake_add_dataset("tank/k8s", SCALE_FILESYSTEM, 0);
	if (predecessor)
		drain_note_login(fake_nas.drain, clock_now_ns());
}

void fake_nas_done(void)
{
	arena_free(fake_nas.arena);
	drain_free(fake_nas.drain);
	fake_nas = (struct fake_nas){0};
}

struct drain *nas_drain(struct nas *nas)
{
	(void)nas;
	return fake_nas.drain;
}

struct fake_dataset *fake_dataset(const char *path)
{
	for (size_t i = 0; i < FAKE_MAX; i++)
		if (fake_nas.datasets[i].exists &&
		    strcmp(fake_nas.datasets[i].data.path, path) == 0)
			return &fake_nas.datasets[i];
	return NULL;
}

struct fake_snapshot *fake_snapshot(const char *path)
{
	for (size_t i = 0; i < FAKE_MAX; i++)
		if (fake_nas.snapshots[i].exists &&
		    strcmp(fake_nas.snapshots[i].data.path, path) == 0)
			return &fake_nas.snapshots[i];
	return NULL;
}

struct fake_dataset *fake_add_dataset(const char *path, uint32_t kind,
				      uint64_t bytes)
{
	struct fake_dataset *dataset = fake_nas.datasets;

	while (dataset->exists)
		dataset++;
	*dataset = (struct fake_dataset){
		.exists = true,
		.data = {.path = arena_strdup(fake_nas.arena, path),
			 .kind = kind,
			 .volblocksize_bytes = kind == SCALE_BLOCK ? 16384 : 0,
			 .available_bytes = UINT64_C(1) << 40,
			 .origin = "",
			 .mountpoint = ""}};
	if (kind == SCALE_BLOCK)
		dataset->data.volsize_bytes = bytes;
	else
		dataset->data.refquota_bytes = bytes;
	map_init(&dataset->user, fake_nas.arena);
	return dataset;
}

struct fake_snapshot *fake_add_snapshot(const char *path)
{
	struct fake_snapshot *snapshot = fake_nas.snapshots;
	const char *at = strchr(path, '@');

	while (snapshot->exists)
		snapshot++;
	*snapshot = (struct fake_snapshot){
		.exists = true,
		.data = {.path = arena_strdup(fake_nas.arena, path),
			 .dataset = arena_strndup(fake_nas.arena, path,
						  (size_t)(at - path)),
			 .name = arena_strdup(fake_nas.arena, at + 1),
			 .created_s = 1700000000,
			 .createtxg = ++fake_nas.txg}};
	map_init(&snapshot->user, fake_nas.arena);
	return snapshot;
}

void fake_set(struct map_builder *user, const char *key, const char *value)
{
	map_put(user, key, value);
}

const char *fake_get(struct map_builder *user, const char *key)
{
	struct scale_map map = map_view(user);

	return map_get(&map, key);
}

size_t fake_count_datasets(void)
{
	size_t n = 0;

	for (size_t i = 0; i < FAKE_MAX; i++)
		n += fake_nas.datasets[i].exists;
	return n - 1;
}

size_t fake_count_snapshots(void)
{
	size_t n = 0;

	for (size_t i = 0; i < FAKE_MAX; i++)
		n += fake_nas.snapshots[i].exists;
	return n;
}

/* ---- calls: executed when they are waited for ---- */

static void note_write(const char *what, const char *path)
{
	size_t len = strlen(fake_nas.log);
	struct text log;

	text_init(&log, fake_nas.log + len, sizeof(fake_nas.log) - len);
	text_printf(&log, "%s %s\n", what, path);
	fake_nas.writes++;
}

static struct fake_fault take_fault(enum fake_op op)
{
	struct fake_fault fault = fake_nas.faults[op];

	fake_nas.faults[op] = (struct fake_fault){0};
	return fault;
}

/* The ledger as nas/rpc.c keeps it. */
static void note_ledger(struct call *call, enum rpc_outcome outcome,
			bool is_certain)
{
	ledger_note_sent(&call->ledger);
	if (outcome == RPC_RESULT)
		ledger_note_done(&call->ledger);
	else if (outcome == RPC_REFUSED && is_certain)
		ledger_note_refused(&call->ledger);
}

/* A mutation: executes, answers as scripted, or says what was found. */
static scale_status mutate(struct call *call, enum fake_op op,
			   scale_status natural, bool is_certain)
{
	struct fake_fault fault = take_fault(op);

	if (fault.status != SCALE_OK) {
		note_ledger(call, fault.outcome, fault.is_certain);
		return call_fail(call, fault.status, "scripted failure of %d",
				 op);
	}
	note_ledger(call, natural == SCALE_OK ? RPC_RESULT : RPC_REFUSED,
		    is_certain);
	if (natural != SCALE_OK)
		return call_fail(call, natural, "the NAS refused %d", op);
	return SCALE_OK;
}

static bool will_execute(enum fake_op op)
{
	const struct fake_fault *fault = &fake_nas.faults[op];

	return fault->status == SCALE_OK || fault->is_executed;
}

/* What is asked for, kept where the window keeps its slot. */
struct rpc_slot {
	enum fake_op op;
	const char *path;
	const struct dataset_spec *spec;
	bool is_pool;
	scale_status status;
};

/* In memory of the NAS, so that a call without memory does not stop it. */
static void submit(struct rpc *rpc, enum fake_op op, const char *path,
		   const struct dataset_spec *spec)
{
	*rpc = (struct rpc){.outcome = RPC_PENDING};
	rpc->slot = arena_alloc(fake_nas.arena, sizeof(*rpc->slot));
	*rpc->slot = (struct rpc_slot){.op = op, .path = path, .spec = spec};
}

/* As nas/window.c does with what a lost connection left behind. */
static void note_lost(const char *volume)
{
	struct drain_ticket *ticket =
		drain_begin(fake_nas.drain, volume, DRAIN_CREATE);

	drain_lose(fake_nas.drain, ticket);
	drain_note_login(fake_nas.drain, clock_now_ns());
}

static void execute_create(struct call *call, struct rpc *rpc)
{
	const struct dataset_spec *spec = rpc->slot->spec;
	bool is_there = fake_dataset(spec->path) != NULL;
	struct fake_fault fault = fake_nas.faults[FAKE_CREATE];
	scale_status natural = is_there ? SCALE_ALREADY_EXISTS : SCALE_OK;

	note_write("create", spec->path);
	if (!is_there && will_execute(FAKE_CREATE)) {
		struct fake_dataset *made =
			fake_add_dataset(spec->path, spec->kind, spec->bytes);

		if (!fake_nas.drops_marks)
			map_put_all(&made->user, &spec->user);
		map_put(&made->user, "org.truenas:managedby", spec->managedby);
	}
	if (fault.status != SCALE_OK && fault.outcome == RPC_UNKNOWN)
		note_lost(map_get(&spec->user, RECORD_ID));
	/* A zvol that exists is an error from inside the method. */
	rpc->slot->status =
		mutate(call, FAKE_CREATE, natural, spec->kind != SCALE_BLOCK);
	rpc->outcome = rpc->slot->status == SCALE_OK ? RPC_RESULT
		       : fault.status != SCALE_OK    ? fault.outcome
						     : RPC_REFUSED;
}

scale_status rpc_wait(struct call *call, struct nas *nas,
		      struct rpc *const *rpcs, size_t n)
{
	(void)nas;
	for (size_t i = 0; i < n; i++) {
		struct fake_fault fault;

		if (rpcs[i]->outcome != RPC_PENDING)
			continue;
		fake_nas.calls++;
		if (rpcs[i]->slot->op == FAKE_CREATE) {
			execute_create(call, rpcs[i]);
			continue;
		}
		fault = take_fault(FAKE_READ);
		rpcs[i]->slot->status = fault.status;
		rpcs[i]->outcome =
			fault.status == SCALE_OK ? RPC_RESULT : fault.outcome;
	}
	return SCALE_OK;
}

struct rpc rpc_read(const char *method, const char *params)
{
	return (struct rpc){
		.method = method, .params = params, .flags = RPC_READ};
}

struct rpc rpc_write(const char *method, const char *params)
{
	return (struct rpc){.method = method, .params = params};
}

/* Every dataset with its origin, as zfs.resource.query tells it. */
static void list_origins(struct rpc *rpc)
{
	const char *json = "[", *comma = "";

	for (size_t i = 0; i < FAKE_MAX; i++) {
		const struct dataset *data = &fake_nas.datasets[i].data;

		if (!fake_nas.datasets[i].exists)
			continue;
		json = arena_printf(fake_nas.arena,
				    "%s%s{\"name\":\"%s\",\"properties\":{"
				    "\"origin\":{\"raw\":\"%s\"}}}",
				    json, comma, data->path, data->origin);
		comma = ",";
	}
	rpc->result = arena_printf(fake_nas.arena, "%s]", json);
	rpc->result_len = strlen(rpc->result);
}

/* The origin and all older snapshots move to the clone, with their names. */
static void move_snapshots(struct fake_dataset *clone)
{
	const char *origin = clone->data.origin;
	struct fake_snapshot *newest = fake_snapshot(origin);
	const char *source = newest->data.dataset;

	for (size_t i = 0; i < FAKE_MAX; i++) {
		struct snapshot *data = &fake_nas.snapshots[i].data;

		if (!fake_nas.snapshots[i].exists ||
		    strcmp(data->dataset, source) != 0 ||
		    data->createtxg > newest->data.createtxg)
			continue;
		data->dataset = clone->data.path;
		data->path = arena_printf(fake_nas.arena, "%s@%s",
					  data->dataset, data->name);
	}
	fake_dataset(source)->data.origin = newest->data.path;
	clone->data.origin = "";
}

scale_status rpc_run(struct call *call, struct nas *nas, struct rpc *rpc)
{
	char path[128] = "";

	(void)nas;
	fake_nas.calls++;
	if (strcmp(rpc->method, "zfs.resource.query") == 0) {
		list_origins(rpc);
		return SCALE_OK;
	}
	if (sscanf(rpc->params, "[\"%127[^\"]\"]", path) != 1)
		return call_fail(call, SCALE_INVALID_ARGUMENT, "bad params");
	note_write("promote", path);
	if (will_execute(FAKE_PROMOTE))
		move_snapshots(fake_dataset(path));
	return mutate(call, FAKE_PROMOTE, SCALE_OK, true);
}

bool rpc_is_certain(const struct rpc *rpc)
{
	return rpc->outcome == RPC_REFUSED;
}

/* ---- datasets ---- */

void dataset_read_submit(struct call *call, struct nas *nas, const char *path,
			 struct rpc *rpc)
{
	(void)call;
	(void)nas;
	submit(rpc, FAKE_READ, path, NULL);
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
	submit(rpc, FAKE_CREATE, spec->path, spec);
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
	note_write("change", path);
	if (dataset != NULL && will_execute(FAKE_CHANGE))
		execute_change(dataset, change);
	return mutate(call, FAKE_CHANGE,
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
	note_write("delete", path);
	if (dataset != NULL && !is_kept && will_execute(FAKE_DELETE)) {
		dataset->exists = false;
		reap(dataset->data.origin);
	}
	return mutate(call, FAKE_DELETE,
		      is_kept ? SCALE_FAILED_PRECONDITION : SCALE_OK, true);
}

static int compare_texts(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
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
	qsort(paths, n, sizeof(*paths), compare_texts);
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

/* ---- snapshots ---- */

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
	submit(rpc, FAKE_READ, path, NULL);
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
	submit(rpc, FAKE_READ, dataset, NULL);
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
	qsort(paths, n, sizeof(*paths), compare_texts);
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
	note_write("snapshot", path);
	if (!is_there && will_execute(FAKE_SNAPSHOT_CREATE))
		map_put_all(&fake_add_snapshot(path)->user, user);
	status = mutate(call, FAKE_SNAPSHOT_CREATE,
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
	note_write(defer ? "defer" : "destroy", path);
	if (found != NULL)
		copy_snapshot(found, &copy);
	is_refused = copy.has_clones && !defer;
	if (found != NULL && !is_refused &&
	    will_execute(FAKE_SNAPSHOT_DELETE)) {
		found->exists = copy.has_clones;
		found->data.is_deferred = copy.has_clones;
	}
	return mutate(call, FAKE_SNAPSHOT_DELETE,
		      is_refused ? SCALE_FAILED_PRECONDITION : SCALE_OK, true);
}

scale_status snapshot_rename(struct call *call, struct nas *nas,
			     const char *path, const char *new_name)
{
	struct fake_snapshot *found = fake_snapshot(path);

	(void)nas;
	fake_nas.calls++;
	note_write("rename", path);
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
	note_write("clone", spec->path);
	if (natural == SCALE_OK && will_execute(FAKE_CLONE)) {
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
	return mutate(call, FAKE_CLONE, natural, false);
}
