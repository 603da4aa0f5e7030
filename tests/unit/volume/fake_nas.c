/* SPDX-License-Identifier: BSD-2-Clause */
/* A NAS for the volume verbs: a few datasets and snapshots in memory. */
#include "fake_parts.h"

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

void fake_note_write(const char *what, const char *path)
{
	size_t len = strlen(fake_nas.log);
	struct text log;

	text_init(&log, fake_nas.log + len, sizeof(fake_nas.log) - len);
	text_printf(&log, "%s %s\n", what, path);
	fake_nas.writes++;
}

struct fake_fault fake_take_fault(enum fake_op op)
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
scale_status fake_mutate(struct call *call, enum fake_op op,
			 scale_status natural, bool is_certain)
{
	struct fake_fault fault = fake_take_fault(op);

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

bool fake_will_execute(enum fake_op op)
{
	const struct fake_fault *fault = &fake_nas.faults[op];

	return fault->status == SCALE_OK || fault->is_executed;
}

/* In memory of the NAS, so that a call without memory does not stop it. */
void fake_submit(struct rpc *rpc, enum fake_op op, const char *path,
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

	fake_note_write("create", spec->path);
	if (!is_there && fake_will_execute(FAKE_CREATE)) {
		struct fake_dataset *made =
			fake_add_dataset(spec->path, spec->kind, spec->bytes);

		if (!fake_nas.drops_marks)
			map_put_all(&made->user, &spec->user);
		map_put(&made->user, "org.truenas:managedby", spec->managedby);
	}
	if (fault.status != SCALE_OK && fault.outcome == RPC_UNKNOWN)
		note_lost(map_get(&spec->user, RECORD_ID));
	/* A zvol that exists is an error from inside the method. */
	rpc->slot->status = fake_mutate(call, FAKE_CREATE, natural,
					spec->kind != SCALE_BLOCK);
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
		fault = fake_take_fault(FAKE_READ);
		rpcs[i]->slot->status = rpcs[i]->status = fault.status;
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

/* The dataset @path and all below it, with their origins, as
 * zfs.resource.query tells them. */
static void list_below(struct rpc *rpc, const char *path)
{
	size_t len = strlen(path);

	const char *json = "[", *comma = "";

	for (size_t i = 0; i < FAKE_MAX; i++) {
		const struct dataset *data = &fake_nas.datasets[i].data;

		if (!fake_nas.datasets[i].exists ||
		    strncmp(data->path, path, len) != 0 ||
		    (data->path[len] != '/' && data->path[len] != '\0'))
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

/* The parameters of such a listing. */
#define LISTING "[{\"paths\":[\"%127[^\"]\"]"

void rpc_submit(struct call *call, struct nas *nas, struct rpc *rpc)
{
	char path[128] = "";

	(void)call;
	(void)nas;
	if (rpc->params == NULL || sscanf(rpc->params, LISTING, path) != 1) {
		rpc->outcome = RPC_NOT_SENT;
		rpc->status = SCALE_RESOURCE_EXHAUSTED;
		return;
	}
	fake_submit(rpc, FAKE_READ, NULL, NULL);
	list_below(rpc, path);
}

bool rpc_is_absent(const struct rpc *rpc)
{
	(void)rpc;
	return false; /* a listing of what is not there is empty */
}

scale_status rpc_fail(struct call *call, const struct rpc *rpc, const char *fmt,
		      ...)
{
	(void)fmt;
	return call_fail(call, rpc->status, "scripted failure of a listing");
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
	if (sscanf(rpc->params, LISTING, path) == 1) {
		list_below(rpc, path);
		return SCALE_OK;
	}
	if (sscanf(rpc->params, "[\"%127[^\"]\"]", path) != 1)
		return call_fail(call, SCALE_INVALID_ARGUMENT, "bad params");
	fake_note_write("promote", path);
	if (fake_will_execute(FAKE_PROMOTE))
		move_snapshots(fake_dataset(path));
	return fake_mutate(call, FAKE_PROMOTE, SCALE_OK, true);
}

bool rpc_is_certain(const struct rpc *rpc)
{
	return rpc->outcome == RPC_REFUSED;
}

int fake_compare_texts(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}
