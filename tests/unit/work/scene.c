/* SPDX-License-Identifier: BSD-2-Clause */
/* The stage for tests of operations. */
#include "scene.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static bool wait_kept(struct promise *promise)
{
	struct call call = {.deadline_ns = clock_after_ms(SCENE_PATIENCE_MS)};

	return promise_wait(promise, &call) == SCALE_OK;
}

void scene_open(struct scene *scene, struct log *log, int64_t wait_ns,
		int64_t keep_ns)
{
	static const struct admit_limits limits = {.reserved = {1, 1, 2, 1}};
	struct operations_config config = {
		.log = log, .wait_ns = wait_ns, .keep_ns = keep_ns};
	int rc = admit_new(&limits, &scene->admit);

	assert(rc == 0);
	config.admit = scene->admit;
	rc = operations_new(&config, &scene->ops);
	assert(rc == 0);
	(void)rc;
}

void scene_close(struct scene *scene)
{
	operations_cancel(scene->ops);
	admit_free(scene->admit);
	operations_free(scene->ops);
}

void script_init(struct script *script)
{
	*script = (struct script){0};
	promise_init(&script->begun);
	promise_init(&script->go);
}

void script_done(struct script *script)
{
	promise_done(&script->begun);
	promise_done(&script->go);
}

bool script_begun(struct script *script)
{
	return wait_kept(&script->begun);
}

void script_go(struct script *script)
{
	promise_keep(&script->go);
}

static scale_status run_script(struct call *call, void *arg, void **ret_result)
{
	struct script *script = arg;
	int run = atomic_fetch_add(&script->runs, 1) + 1;
	char *result = call_printf(call, "run %d", run);

	script->budget_seen_ns = call->deadline_ns - clock_now_ns();
	for (int i = 0; i < script->sent; i++)
		ledger_note_sent(&call->ledger);
	for (int i = 0; i < script->done; i++)
		ledger_note_done(&call->ledger);
	if (script->answers_early)
		operation_answer(call, result);
	if (run == 1)
		promise_keep(&script->begun);
	if (script->holds && promise_wait(&script->go, call) != SCALE_OK)
		return call_check(call);
	if (script->fails_with != NULL)
		return call_fail(call, SCALE_FAILED_PRECONDITION, "%s",
				 script->fails_with);
	*ret_result = result;
	return SCALE_OK;
}

static void note_answer(struct operation_waiter *waiter, scale_status status,
			const char *reason, const struct ledger *ledger,
			void *result)
{
	struct client *client = (struct client *)(void *)waiter;

	atomic_fetch_add(&client->times_told, 1);
	client->status = status;
	client->ledger = ledger_state(ledger);
	client->result = result;
	(void)snprintf(client->reason, sizeof(client->reason), "%s", reason);
	promise_keep(&client->told);
}

static char *copy(struct arena *arena, const char *text)
{
	return text != NULL ? arena_strdup(arena, text) : NULL;
}

void client_ask(struct scene *scene, struct client *client,
		struct script *script, const struct ask *ask)
{
	static const struct ask plain = {0};
	struct arena *arena = arena_new(1u << 20);
	struct operation_request request = {
		.class = ADMIT_CHANGE, .run = run_script, .arg = script};

	assert(arena != NULL);
	ask = ask != NULL ? ask : &plain;
	memset(client, 0, sizeof(*client));
	promise_init(&client->told);
	client->waiter.done = note_answer;
	client->waiter.deadline_ns =
		ask->deadline_ns != 0 ? ask->deadline_ns : CLOCK_NEVER;
	request.verb = ask->verb != NULL ? ask->verb : "CreateVolume";
	if (!ask->has_no_volume)
		request.volume =
			copy(arena, ask->volume != NULL ? ask->volume : "v");
	request.also = copy(arena, ask->also);
	request.also_shared = ask->also_shared;
	request.is_mutation = !ask->is_read;
	if (ask->is_other_class)
		request.class = ask->class;
	request.budget_ns =
		ask->budget_ns != 0 ? ask->budget_ns : 60 * CLOCK_NS_PER_S;
	memset(request.fingerprint, ask->print, sizeof(request.fingerprint));
	request.arena = arena;
	arena_set_failure(arena, ask->fail_nth);
	operation_submit(scene->ops, &request, &client->waiter);
}

bool client_heard(struct client *client)
{
	return wait_kept(&client->told);
}

bool client_leave(struct scene *scene, struct client *client)
{
	bool has_left = operation_leave(scene->ops, &client->waiter);

	if (has_left)
		promise_done(&client->told);
	return has_left;
}

void client_end(struct scene *scene, struct client *client, bool received)
{
	operation_receive(scene->ops, &client->waiter, received);
	promise_done(&client->told);
}

scale_status client_run(struct scene *scene, struct script *script,
			const struct ask *ask, bool received)
{
	struct client client;
	scale_status st = SCALE_UNKNOWN;

	client_ask(scene, &client, script, ask);
	if (client_heard(&client)) {
		st = client.status;
		client_end(scene, &client, received);
	}
	return st;
}
