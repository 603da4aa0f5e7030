/* SPDX-License-Identifier: BSD-2-Clause */
/* The NAS services: what is let through, what is held back, what is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/clock.h"
#include "harness.h"
#include "scripted_nas.h"
#include "work/drain.h"

#define VOLUME "scale-toy:tank/k8s/pvc-1"

struct world {
	struct harness harness;
	struct nas nas;
	scale_status settle_status;
	unsigned int settles;
	bool settle_creates; /* the dataset turns out to be this process's */
};

static scale_status settle(struct call *call, void *arg, const char **ret_path)
{
	struct world *world = arg;

	world->settles++;
	if (world->settle_status != SCALE_OK)
		return call_fail(call, world->settle_status,
				 "dataset 'tank/k8s/pvc-1' is not ours");
	if (world->settle_creates)
		drain_note_created(world->nas.drain, VOLUME);
	*ret_path = "/mnt/tank/k8s/pvc-1";
	return SCALE_OK;
}

static void begin(struct world *world, bool predecessor)
{
	*world = (struct world){.nas = {.session = 1}};
	world->nas.drain = drain_new(20 * CLOCK_NS_PER_S, predecessor);
	if (predecessor)
		drain_note_login(world->nas.drain, clock_now_ns());
	harness_init(&world->harness,
		     (struct host_config){.nas = &world->nas,
					  .nas_services = host_nas_services()});
	world->harness.inv.settle = settle;
	world->harness.inv.settle_arg = world;
}

static void end(struct world *world)
{
	harness_done(&world->harness);
	drain_free(world->nas.drain);
}

static scale_status run(struct world *world, harness_fn *act, void *arg)
{
	return harness_run(&world->harness, act, arg);
}

/* One call, and what came of it. */
struct one {
	const char *method, *params;
	uint32_t flags;
	struct scale_rpc rpc;
};

static scale_status call_once(struct scale_call *call, void *arg)
{
	struct one *one = arg;

	return scale_rpc_run(call, &one->rpc, one->method,
			     one->params == NULL ? "[]" : one->params,
			     one->flags);
}

static void a_result_comes_through(void **state)
{
	const struct scripted_answer answers[] = {
		{"toy.query", RPC_RESULT, SCALE_OK, 0, "[{\"id\":7}]"}};
	struct one one = {
		"toy.query", NULL, SCALE_RPC_READ | SCALE_RPC_JOB, {0}};
	struct world world;

	(void)state;
	begin(&world, false);
	world.nas.answers = answers;
	world.nas.n_answers = 1;
	assert_int_equal(run(&world, call_once, &one), SCALE_OK);
	assert_string_equal(one.rpc.result, "[{\"id\":7}]");
	assert_null(one.rpc.reason);
	assert_int_equal(world.nas.flags[0], RPC_READ | RPC_JOB);
	assert_string_equal(world.nas.volumes[0], VOLUME);
	end(&world);
}

static void flags_become_the_nas_rooms_own(void **state)
{
	struct one one = {
		"toy.delete", NULL, SCALE_RPC_DELETE | SCALE_RPC_SECRET, {0}};
	struct world world;

	(void)state;
	begin(&world, false);
	assert_int_equal(run(&world, call_once, &one), SCALE_OK);
	assert_int_equal(world.nas.flags[0], RPC_DELETE | RPC_SECRET);
	one = (struct one){"toy.create", NULL, SCALE_RPC_CREATE, {0}};
	assert_int_equal(run(&world, call_once, &one), SCALE_OK);
	assert_int_equal(world.nas.flags[1], 0);
	end(&world);
}

static void a_refusal_says_what_the_nas_said(void **state)
{
	const struct scripted_answer answers[] = {
		{"toy.create", RPC_REFUSED, SCALE_ALREADY_EXISTS, 17, "taken"}};
	struct one one = {"toy.create", NULL, SCALE_RPC_CREATE, {0}};
	struct world world;

	(void)state;
	begin(&world, false);
	world.nas.answers = answers;
	world.nas.n_answers = 1;
	assert_int_equal(run(&world, call_once, &one), SCALE_ALREADY_EXISTS);
	assert_int_equal(one.rpc.error, 17);
	assert_string_equal(one.rpc.reason, "taken");
	assert_null(one.rpc.result);
	assert_string_equal(world.harness.call.reason,
			    "the NAS answered 'toy.create' with: taken");
	end(&world);
}

static void an_undeclared_method_is_not_sent(void **state)
{
	struct one one = {"pool.dataset.delete", NULL, SCALE_RPC_DELETE, {0}};
	struct world world;

	(void)state;
	begin(&world, false);
	assert_int_equal(run(&world, call_once, &one), SCALE_INTERNAL);
	assert_non_null(
		strstr(world.harness.call.reason, "'pool.dataset.delete'"));
	assert_non_null(strstr(world.harness.call.reason, "backend 'toy'"));
	assert_int_equal(world.nas.n_sent, 0);
	end(&world);
}

static void a_call_is_of_one_kind_and_shows_no_secret(void **state)
{
	static const struct scale_kv secrets[] = {
		{"password", "hunter2hunter"}};
	struct one both = {
		"toy.x", NULL, SCALE_RPC_READ | SCALE_RPC_DELETE, {0}};
	struct one bare = {"toy.x", "[\"hunter2hunter\"]", 0, {0}};
	struct world world;

	(void)state;
	begin(&world, false);
	world.harness.inv.secrets = (struct scale_map){secrets, 1};
	assert_int_equal(run(&world, call_once, &both), SCALE_INTERNAL);
	assert_int_equal(run(&world, call_once, &bare), SCALE_INTERNAL);
	assert_int_equal(world.nas.n_sent, 0);
	bare.flags = SCALE_RPC_SECRET;
	assert_int_equal(run(&world, call_once, &bare), SCALE_OK);
	end(&world);
}

static void lose(struct world *world, enum drain_kind kind)
{
	drain_lose(world->nas.drain,
		   drain_begin(world->nas.drain, VOLUME, kind));
	drain_note_login(world->nas.drain, clock_now_ns());
}

static void a_delete_waits_for_what_may_still_happen(void **state)
{
	static const enum drain_kind kinds[] = {DRAIN_CREATE, DRAIN_DELETE};
	struct world world;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct one one = {"toy.delete", NULL, SCALE_RPC_DELETE, {0}};

		begin(&world, false);
		lose(&world, kinds[i]);
		assert_int_equal(run(&world, call_once, &one),
				 SCALE_UNAVAILABLE);
		assert_int_equal(one.rpc.status, SCALE_UNAVAILABLE);
		assert_non_null(strstr(one.rpc.reason, "'toy.delete'"));
		assert_non_null(strstr(one.rpc.reason, VOLUME));
		assert_non_null(strstr(one.rpc.reason, "tried again in "));
		assert_int_equal(world.nas.n_sent, 0);
		assert_int_equal(ledger_state(&world.harness.call.ledger),
				 LEDGER_CLEAN);
		end(&world);
	}
}

static void without_a_login_nobody_knows_when(void **state)
{
	struct one one = {"toy.delete", NULL, SCALE_RPC_DELETE, {0}};
	struct world world;

	(void)state;
	begin(&world, false);
	drain_lose(world.nas.drain,
		   drain_begin(world.nas.drain, VOLUME, DRAIN_DELETE));
	assert_int_equal(run(&world, call_once, &one), SCALE_UNAVAILABLE);
	assert_non_null(strstr(one.rpc.reason, "has let us in again"));
	end(&world);
}

static void a_predecessor_may_have_sent_a_delete(void **state)
{
	struct one one = {"toy.delete", NULL, SCALE_RPC_DELETE, {0}};
	struct world world;

	(void)state;
	begin(&world, true);
	assert_int_equal(run(&world, call_once, &one), SCALE_UNAVAILABLE);
	assert_int_equal(world.nas.n_sent, 0);
	/* but it has no hand in what this process made */
	drain_note_created(world.nas.drain, VOLUME);
	assert_int_equal(run(&world, call_once, &one), SCALE_OK);
	assert_int_equal(world.nas.n_sent, 1);
	end(&world);
}

static void a_create_asks_whose_the_dataset_is(void **state)
{
	struct one one = {"toy.create", NULL, SCALE_RPC_CREATE, {0}};
	struct world world;

	(void)state;
	begin(&world, true);
	/* a stranger's or a predecessor's: not now */
	assert_int_equal(run(&world, call_once, &one), SCALE_UNAVAILABLE);
	assert_int_equal(world.settles, 1);
	assert_int_equal(world.nas.n_sent, 0);
	/* the host's own look fails: so does this */
	world.settle_status = SCALE_NOT_FOUND;
	assert_int_equal(run(&world, call_once, &one), SCALE_NOT_FOUND);
	assert_string_equal(world.harness.call.reason,
			    "dataset 'tank/k8s/pvc-1' is not ours");
	assert_int_equal(world.nas.n_sent, 0);
	/* it turns out that this process makes it: go */
	world.settle_status = SCALE_OK;
	world.settle_creates = true;
	assert_int_equal(run(&world, call_once, &one), SCALE_OK);
	assert_int_equal(world.nas.n_sent, 1);
	end(&world);
}

static void a_create_does_not_wait_without_need(void **state)
{
	struct one one = {"toy.create", NULL, SCALE_RPC_CREATE, {0}};
	struct world world;

	(void)state;
	begin(&world, false);
	lose(&world, DRAIN_CREATE);
	assert_int_equal(run(&world, call_once, &one), SCALE_OK);
	assert_int_equal(world.settles, 0);
	assert_int_equal(world.nas.n_sent, 1);
	end(&world);
}

static void an_update_waits_for_deletes_only(void **state)
{
	struct one one = {"toy.update", NULL, 0, {0}};
	struct world world;

	(void)state;
	begin(&world, true);
	lose(&world, DRAIN_CREATE);
	assert_int_equal(run(&world, call_once, &one), SCALE_OK);
	lose(&world, DRAIN_DELETE);
	assert_int_equal(run(&world, call_once, &one), SCALE_UNAVAILABLE);
	assert_int_equal(world.nas.n_sent, 1);
	/* reads always go */
	one = (struct one){"toy.query", NULL, SCALE_RPC_READ, {0}};
	assert_int_equal(run(&world, call_once, &one), SCALE_OK);
	end(&world);
}

/* Two deletes of one operation, sent together. */
static scale_status delete_two(struct scale_call *call, void *arg)
{
	struct scale_rpc a = {.struct_size = sizeof(a),
			      .flags = SCALE_RPC_DELETE,
			      .method = "toy.delete",
			      .params = "[1]"};
	struct scale_rpc b = a;
	struct scale_rpc *both[] = {&a, &b};
	scale_status st;

	assert_int_equal(call->host->rpc_submit(call, &a), SCALE_OK);
	assert_int_equal(call->host->rpc_submit(call, &b), SCALE_OK);
	st = call->host->rpc_wait(call, both, 2);
	assert_int_equal(st, SCALE_OK);
	((scale_status *)arg)[0] = a.status;
	((scale_status *)arg)[1] = b.status;
	/* and one more behind them */
	return scale_rpc_run(call, &a, "toy.delete", "[3]", SCALE_RPC_DELETE);
}

static void deletes_of_one_operation_go_together(void **state)
{
	scale_status both[2] = {SCALE_INTERNAL, SCALE_INTERNAL};
	struct world world;

	(void)state;
	begin(&world, false);
	assert_int_equal(run(&world, delete_two, both), SCALE_OK);
	assert_int_equal(both[0], SCALE_OK);
	assert_int_equal(both[1], SCALE_OK);
	assert_int_equal(world.nas.n_sent, 3);
	assert_int_equal(world.nas.n_waits, 2);
	end(&world);
}

static void after_a_loss_of_its_own_nothing_more_is_deleted(void **state)
{
	const struct scripted_answer answers[] = {
		{"toy.delete", RPC_UNKNOWN, SCALE_UNKNOWN, 0, "lost"}};
	scale_status both[2] = {SCALE_OK, SCALE_OK};
	struct world world;

	(void)state;
	begin(&world, false);
	world.nas.answers = answers;
	world.nas.n_answers = 1;
	assert_int_equal(run(&world, delete_two, both), SCALE_UNAVAILABLE);
	assert_int_equal(both[0], SCALE_UNKNOWN);
	assert_int_equal(world.nas.n_sent, 2);
	assert_int_equal(ledger_state(&world.harness.call.ledger),
			 LEDGER_UNANSWERED);
	end(&world);
}

static scale_status leave_behind(struct scale_call *call, void *arg)
{
	struct scale_rpc *rpc = arg;

	return call->host->rpc_submit(call, rpc);
}

static void what_is_left_behind_is_waited_for(void **state)
{
	struct scale_rpc rpc = {.struct_size = sizeof(rpc),
				.method = "toy.update",
				.params = "[]"};
	struct world world;

	(void)state;
	begin(&world, false);
	assert_int_equal(run(&world, leave_behind, &rpc), SCALE_OK);
	assert_int_equal(world.nas.n_waits, 1);
	assert_int_equal(ledger_state(&world.harness.call.ledger),
			 LEDGER_DIRTY);
	assert_non_null(strstr(harness_log(&world.harness),
			       "left 1 calls to the NAS behind"));
	end(&world);
}

/* What an ordinary create does, and how it looks when memory runs out. */
static scale_status do_much(struct scale_call *call, void *arg)
{
	const char *path = NULL, *quoted;
	struct scale_rpc rpc;
	scale_status st;

	(void)arg;
	quoted = call->host->json_quote(call, "tank");
	call->host->report(call, SCALE_WARNING, "Odd", "it is odd");
	st = scale_rpc_run(call, &rpc, "toy.create",
			   scale_text(call, "[%s]", quoted), SCALE_RPC_CREATE);
	if (st == SCALE_OK)
		st = call->host->gate(call, "portal", 1);
	if (st == SCALE_OK)
		st = call->host->export_path(call, &path);
	if (st == SCALE_OK)
		st = call->host->put(call, SCALE_PUT_VOLUME, "path", path);
	return st;
}

static void memory_may_run_out_anywhere(void **state)
{
	scale_status st = SCALE_INTERNAL;
	unsigned long nth = 0;

	(void)state;
	while (st != SCALE_OK && ++nth < 1000) {
		struct world world;
		struct scale_map map;

		begin(&world, false);
		arena_set_failure(world.harness.call.arena, nth);
		st = run(&world, do_much, NULL);
		map = map_view(&world.harness.inv.put[SCALE_PUT_VOLUME]);
		if (st == SCALE_OK)
			assert_non_null(map_get(&map, "path"));
		else
			assert_int_equal(map.n, 0);
		/* what was sent has been waited for */
		assert_int_not_equal(ledger_state(&world.harness.call.ledger),
				     LEDGER_UNANSWERED);
		end(&world);
	}
	assert_in_range(nth, 5, 999);
}

static scale_status wait_for_nothing(struct scale_call *call, void *arg)
{
	struct scale_rpc rpc = {.struct_size = sizeof(rpc)};
	struct scale_rpc *list[] = {&rpc};

	(void)arg;
	return call->host->rpc_wait(call, list, 1);
}

static void waiting_for_what_was_not_sent_is_a_bug(void **state)
{
	struct world world;

	(void)state;
	begin(&world, false);
	assert_int_equal(run(&world, wait_for_nothing, NULL), SCALE_INTERNAL);
	assert_non_null(strstr(world.harness.call.reason, "not under way"));
	end(&world);
}

static scale_status use_json(struct scale_call *call, void *arg)
{
	const char *path = NULL;

	(void)arg;
	assert_int_equal(call->host->nas_version(call), 251005);
	assert_int_equal(call->host->has_method(call, "toy.query"), 1);
	assert_int_equal(call->host->has_method(call, "toy.other"), 0);
	assert_string_equal(
		call->host->json_get(call, "[{\"a\":\"b\\n\"}]", "/0/a"),
		"b\n");
	assert_null(call->host->json_get(call, "[]", "/0"));
	assert_null(call->host->json_get(call, NULL, "/0"));
	assert_int_equal(call->host->json_count(call, "[1,2,3]", ""), 3);
	assert_string_equal(call->host->json_quote(call, "a\"b"), "\"a\\\"b\"");
	assert_int_equal(call->host->export_path(call, &path), SCALE_OK);
	assert_string_equal(path, "/mnt/tank/k8s/pvc-1");
	return SCALE_OK;
}

static void json_and_the_path_are_there_for_the_controller(void **state)
{
	struct world world;

	(void)state;
	begin(&world, false);
	assert_int_equal(run(&world, use_json, NULL), SCALE_OK);
	end(&world);
}

static scale_status use_node(struct scale_call *call, void *arg)
{
	const char *argv[] = {"cat", NULL};
	struct scale_exec exec = {.struct_size = sizeof(exec), .argv = argv};
	const char *text = NULL;

	(void)arg;
	assert_int_equal(call->host->exec(call, &exec), SCALE_UNIMPLEMENTED);
	assert_int_equal(call->host->host_write(call, "/etc/toy/a", 0600, "a"),
			 SCALE_UNIMPLEMENTED);
	return call->host->host_read(call, "/etc/toy/a", &text);
}

static void the_controller_runs_no_programs(void **state)
{
	struct world world;

	(void)state;
	begin(&world, false);
	assert_int_equal(run(&world, use_node, NULL), SCALE_UNIMPLEMENTED);
	end(&world);
}

static scale_status learn(struct scale_call *call, void *arg)
{
	struct nas *nas = arg;

	call->host->remember(call, "portal", "1", 60000);
	assert_string_equal(call->host->recall(call, "portal"), "1");
	nas->session++;
	assert_null(call->host->recall(call, "portal"));
	/* read in the old session, so not good for the new one */
	call->host->remember(call, "portal", "1", 60000);
	return SCALE_OK;
}

static scale_status know(struct scale_call *call, void *arg)
{
	*(const char **)arg = call->host->recall(call, "portal");
	return SCALE_OK;
}

static void a_fact_belongs_to_the_session_it_was_read_in(void **state)
{
	const char *fact = "";
	struct world world;

	(void)state;
	begin(&world, false);
	assert_int_equal(run(&world, learn, &world.nas), SCALE_OK);
	assert_int_equal(run(&world, know, &fact), SCALE_OK);
	assert_null(fact);
	end(&world);
}

static void what_is_of_no_volume_changes_nothing(void **state)
{
	struct one one = {"toy.update", NULL, 0, {0}};
	struct world world;

	(void)state;
	begin(&world, false);
	world.harness.volume.id = NULL;
	assert_int_equal(run(&world, call_once, &one), SCALE_INTERNAL);
	assert_int_equal(world.nas.n_sent, 0);
	end(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test(f)
		TEST(a_result_comes_through),
		TEST(flags_become_the_nas_rooms_own),
		TEST(a_refusal_says_what_the_nas_said),
		TEST(an_undeclared_method_is_not_sent),
		TEST(a_call_is_of_one_kind_and_shows_no_secret),
		TEST(a_delete_waits_for_what_may_still_happen),
		TEST(without_a_login_nobody_knows_when),
		TEST(a_predecessor_may_have_sent_a_delete),
		TEST(a_create_asks_whose_the_dataset_is),
		TEST(a_create_does_not_wait_without_need),
		TEST(an_update_waits_for_deletes_only),
		TEST(deletes_of_one_operation_go_together),
		TEST(after_a_loss_of_its_own_nothing_more_is_deleted),
		TEST(what_is_left_behind_is_waited_for),
		TEST(memory_may_run_out_anywhere),
		TEST(waiting_for_what_was_not_sent_is_a_bug),
		TEST(json_and_the_path_are_there_for_the_controller),
		TEST(the_controller_runs_no_programs),
		TEST(a_fact_belongs_to_the_session_it_was_read_in),
		TEST(what_is_of_no_volume_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
