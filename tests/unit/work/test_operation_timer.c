/* SPDX-License-Identifier: BSD-2-Clause */
/* Deadlines, busy volumes and the age of results are noticed by themselves. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include "scene.h"

#include <cmocka.h>

#define LONG_NS  (3600 * CLOCK_NS_PER_S)
#define SHORT_NS (2 * CLOCK_NS_PER_MS)

static struct script one, two;

static int set_up(void **state)
{
	(void)state;
	script_init(&one);
	script_init(&two);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	script_done(&one);
	script_done(&two);
	return 0;
}

static void a_busy_volume_is_named_with_its_verb(void **state)
{
	const struct ask other = {.verb = "DeleteVolume"};
	struct client first, second;
	struct scene scene;

	(void)state;
	scene_open(&scene, NULL, SHORT_NS, LONG_NS);
	one.holds = true;
	client_ask(&scene, &first, &one, NULL);
	client_ask(&scene, &second, &two, &other);
	assert_true(client_heard(&second));
	assert_int_equal(second.status, SCALE_ABORTED);
	assert_string_equal(second.reason,
			    "'v' is busy with CreateVolume, so DeleteVolume "
			    "could not begin; try again");
	assert_int_equal(second.ledger, LEDGER_CLEAN);
	client_end(&scene, &second, true);
	script_go(&one);
	assert_true(client_heard(&first));
	client_end(&scene, &first, true);
	/* The first one was not bothered, the second one never ran. */
	assert_int_equal(first.status, SCALE_OK);
	assert_int_equal(two.runs, 0);
	scene_close(&scene);
}

static void the_queue_for_a_worker_is_not_a_busy_volume(void **state)
{
	const struct ask asks[] = {{.volume = "a"}, {.volume = "b"}};
	const struct ask last = {.verb = "DeleteVolume", .volume = "a"};
	struct client busy[2], queued, locking;
	struct scene scene;

	(void)state;
	scene_open(&scene, NULL, SHORT_NS, LONG_NS);
	one.holds = true;
	for (size_t i = 0; i < 2; i++)
		client_ask(&scene, &busy[i], &one, &asks[i]);
	client_ask(&scene, &queued, &two, NULL);
	/* When this one has given up, the one before would have as well. */
	client_ask(&scene, &locking, &two, &last);
	assert_true(client_heard(&locking));
	assert_int_equal(locking.status, SCALE_ABORTED);
	client_end(&scene, &locking, true);
	assert_false(promise_is_kept(&queued.told));
	script_go(&one);
	assert_true(client_heard(&queued));
	assert_int_equal(queued.status, SCALE_OK);
	client_end(&scene, &queued, true);
	for (size_t i = 0; i < 2; i++) {
		assert_true(client_heard(&busy[i]));
		client_end(&scene, &busy[i], true);
	}
	scene_close(&scene);
}

static void a_deadline_during_the_run_stops_nothing(void **state)
{
	struct ask ask = {.deadline_ns = clock_now_ns() + SHORT_NS};
	struct client client;
	struct scene scene;

	(void)state;
	scene_open(&scene, NULL, LONG_NS, LONG_NS);
	one.holds = true;
	/* With a companion, so that it begins whenever the time is up. */
	struct client companion;

	client_ask(&scene, &companion, &one, NULL);
	assert_true(script_begun(&one));
	client_ask(&scene, &client, &one, &ask);
	assert_true(client_heard(&client));
	assert_int_equal(client.status, SCALE_DEADLINE_EXCEEDED);
	assert_string_equal(client.reason,
			    "CreateVolume of 'v' goes on, but its answer comes "
			    "too late for the caller; try again");
	assert_int_equal(client.ledger, LEDGER_UNANSWERED);
	assert_null(client.result);
	client_end(&scene, &client, true);
	assert_true(client_leave(&scene, &companion));
	script_go(&one);
	/* To have heard that is not to have received the answer. */
	client_ask(&scene, &client, &one, NULL);
	assert_true(client_heard(&client));
	assert_string_equal(client.result, "run 1");
	client_end(&scene, &client, true);
	assert_int_equal(one.runs, 1);
	scene_close(&scene);
}

static void a_deadline_before_the_run_drops_it(void **state)
{
	struct ask ask = {.verb = "DeleteVolume"};
	struct arena *arena = arena_new(1u << 16);
	struct operation_view *views;
	struct client first, second;
	struct scene scene;

	(void)state;
	scene_open(&scene, NULL, LONG_NS, LONG_NS);
	one.holds = true;
	client_ask(&scene, &first, &one, NULL);
	ask.deadline_ns = clock_now_ns() + SHORT_NS;
	client_ask(&scene, &second, &two, &ask);
	assert_true(client_heard(&second));
	assert_int_equal(second.status, SCALE_DEADLINE_EXCEEDED);
	assert_non_null(strstr(second.reason, "waiting for its turn"));
	assert_non_null(strstr(second.reason, "DeleteVolume of 'v'"));
	assert_int_equal(second.ledger, LEDGER_CLEAN);
	client_end(&scene, &second, true);
	assert_int_equal(operations_list(scene.ops, arena, &views), 1);
	script_go(&one);
	assert_true(client_heard(&first));
	client_end(&scene, &first, true);
	assert_int_equal(client_run(&scene, &one, NULL, true), SCALE_OK);
	assert_int_equal(two.runs, 0);
	arena_free(arena);
	scene_close(&scene);
}

static void a_deadline_takes_one_of_many(void **state)
{
	struct ask ask = {.deadline_ns = clock_now_ns() + SHORT_NS};
	struct client hurried, patient;
	struct scene scene;

	(void)state;
	scene_open(&scene, NULL, LONG_NS, LONG_NS);
	one.holds = true;
	client_ask(&scene, &patient, &one, NULL);
	client_ask(&scene, &hurried, &one, &ask);
	assert_true(client_heard(&hurried));
	assert_false(promise_is_kept(&patient.told));
	client_end(&scene, &hurried, true);
	script_go(&one);
	assert_true(client_heard(&patient));
	assert_int_equal(patient.status, SCALE_OK);
	client_end(&scene, &patient, true);
	scene_close(&scene);
}

static void a_later_earlier_deadline_is_kept(void **state)
{
	struct ask late = {.deadline_ns = clock_now_ns() + LONG_NS};
	struct ask soon = {.deadline_ns = clock_now_ns() + SHORT_NS};
	struct client first, second;
	struct scene scene;

	(void)state;
	scene_open(&scene, NULL, LONG_NS, LONG_NS);
	one.holds = true;
	client_ask(&scene, &first, &one, &late);
	client_ask(&scene, &second, &one, &soon);
	assert_true(client_heard(&second));
	client_end(&scene, &second, true);
	assert_true(client_leave(&scene, &first));
	scene_close(&scene);
}

static void a_result_is_not_kept_for_ever(void **state)
{
	int64_t deadline_ns = clock_after_ms(SCENE_PATIENCE_MS);
	struct scene scene;

	(void)state;
	scene_open(&scene, NULL, LONG_NS, SHORT_NS);
	assert_int_equal(client_run(&scene, &one, NULL, false), SCALE_OK);
	/* Using it does not make it younger. */
	while (one.runs == 1 && clock_now_ns() < deadline_ns)
		assert_int_equal(client_run(&scene, &one, NULL, false),
				 SCALE_OK);
	assert_int_equal(one.runs, 2);
	scene_close(&scene);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(a_busy_volume_is_named_with_its_verb),
		TEST(the_queue_for_a_worker_is_not_a_busy_volume),
		TEST(a_deadline_during_the_run_stops_nothing),
		TEST(a_deadline_before_the_run_drops_it),
		TEST(a_deadline_takes_one_of_many),
		TEST(a_later_earlier_deadline_is_kept),
		TEST(a_result_is_not_kept_for_ever),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
