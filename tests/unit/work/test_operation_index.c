/* SPDX-License-Identifier: BSD-2-Clause */
/* The same request joins or gets what is kept; what may be stale is not kept.
 */
#include <setjmp.h>
#include <stdarg.h>

#include "scene.h"

#include <cmocka.h>

static struct scene scene;
static struct script one, two;

static int set_up(void **state)
{
	(void)state;
	script_init(&one);
	script_init(&two);
	scene_open(&scene, NULL, OPERATION_WAIT_NS, OPERATION_KEEP_NS);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	scene_close(&scene);
	script_done(&one);
	script_done(&two);
	return 0;
}

static void the_same_request_joins(void **state)
{
	struct client clients[5];

	(void)state;
	one.holds = true;
	for (size_t i = 0; i < 5; i++)
		client_ask(&scene, &clients[i], &one, NULL);
	assert_true(script_begun(&one));
	/* Neither the first one nor anybody else has to stay. */
	assert_true(client_leave(&scene, &clients[0]));
	script_go(&one);
	for (size_t i = 1; i < 5; i++) {
		assert_true(client_heard(&clients[i]));
		assert_int_equal(clients[i].status, SCALE_OK);
		assert_ptr_equal(clients[i].result, clients[1].result);
		assert_int_equal(clients[i].times_told, 1);
		client_end(&scene, &clients[i], true);
	}
	assert_int_equal(one.runs, 1);
}

static void a_request_that_waits_can_be_joined(void **state)
{
	const struct ask other = {.verb = "DeleteVolume"};
	struct client first, second, third;

	(void)state;
	one.holds = true;
	client_ask(&scene, &first, &one, NULL);
	client_ask(&scene, &second, &two, &other);
	client_ask(&scene, &third, &two, &other);
	assert_true(client_leave(&scene, &second));
	script_go(&one);
	assert_true(client_heard(&third));
	assert_int_equal(third.status, SCALE_OK);
	assert_int_equal(two.runs, 1);
	assert_true(client_heard(&first));
	client_end(&scene, &first, true);
	client_end(&scene, &third, true);
}

/* What tells two requests apart, each difference alone. */
static void a_different_request_runs_by_itself(void **state)
{
	const struct ask asks[] = {
		{.print = 1}, {.verb = "ExpandVolume"}, {.volume = "w"}};

	(void)state;
	for (size_t i = 0; i < sizeof(asks) / sizeof(asks[0]); i++) {
		struct client first, second;
		struct script held;

		script_init(&held);
		held.holds = true;
		client_ask(&scene, &first, &held, NULL);
		client_ask(&scene, &second, &two, &asks[i]);
		script_go(&held);
		assert_true(client_heard(&second));
		assert_int_equal(two.runs, i + 1);
		assert_true(client_heard(&first));
		client_end(&scene, &first, true);
		client_end(&scene, &second, true);
		script_done(&held);
	}
}

static void a_result_nobody_received_answers_the_next(void **state)
{
	struct client client;

	(void)state;
	assert_int_equal(client_run(&scene, &one, NULL, false), SCALE_OK);
	/* Again and again, until somebody receives it. */
	for (int i = 0; i < 3; i++) {
		client_ask(&scene, &client, &one, NULL);
		assert_true(promise_is_kept(&client.told));
		assert_string_equal(client.result, "run 1");
		client_end(&scene, &client, i == 2);
	}
	assert_int_equal(one.runs, 1);
	assert_int_equal(client_run(&scene, &one, NULL, true), SCALE_OK);
	assert_int_equal(one.runs, 2);
}

static void a_result_whose_callers_have_left_answers_the_next(void **state)
{
	struct client client;

	(void)state;
	one.holds = true;
	client_ask(&scene, &client, &one, NULL);
	assert_true(script_begun(&one));
	assert_true(client_leave(&scene, &client));
	script_go(&one);
	/* Joined or answered from what is kept: run once all the same. */
	client_ask(&scene, &client, &one, NULL);
	assert_true(client_heard(&client));
	assert_string_equal(client.result, "run 1");
	client_end(&scene, &client, true);
	assert_int_equal(one.runs, 1);
}

static void it_answers_while_it_is_unknown_who_received(void **state)
{
	struct client first, second;

	(void)state;
	client_ask(&scene, &first, &one, NULL);
	assert_true(client_heard(&first));
	client_ask(&scene, &second, &one, NULL);
	assert_true(client_heard(&second));
	assert_string_equal(second.result, "run 1");
	client_end(&scene, &first, false);
	client_end(&scene, &second, false);
	assert_int_equal(one.runs, 1);
}

static void a_received_result_is_not_kept(void **state)
{
	(void)state;
	assert_int_equal(client_run(&scene, &one, NULL, true), SCALE_OK);
	assert_int_equal(client_run(&scene, &one, NULL, true), SCALE_OK);
	assert_int_equal(one.runs, 2);
}

static void one_who_received_is_enough(void **state)
{
	struct client first, second;

	(void)state;
	one.holds = true;
	client_ask(&scene, &first, &one, NULL);
	client_ask(&scene, &second, &one, NULL);
	script_go(&one);
	assert_true(client_heard(&first));
	assert_true(client_heard(&second));
	client_end(&scene, &first, true);
	client_end(&scene, &second, false);
	assert_int_equal(client_run(&scene, &one, NULL, true), SCALE_OK);
	assert_int_equal(one.runs, 2);
}

static void an_early_answer_that_was_received_is_not_kept(void **state)
{
	struct client client;

	(void)state;
	one.holds = one.answers_early = true;
	client_ask(&scene, &client, &one, NULL);
	assert_true(client_heard(&client));
	client_end(&scene, &client, true);
	script_go(&one);
	/* Reads wait for the volume and drop nothing: now the run is over. */
	assert_int_equal(
		client_run(&scene, &two,
			   &(struct ask){.verb = "GetVolume", .is_read = true},
			   true),
		SCALE_OK);
	assert_int_equal(client_run(&scene, &one, NULL, true), SCALE_OK);
	assert_int_equal(one.runs, 2);
}

static void an_error_is_never_kept(void **state)
{
	(void)state;
	one.fails_with = "no";
	assert_int_equal(client_run(&scene, &one, NULL, false),
			 SCALE_FAILED_PRECONDITION);
	one.fails_with = NULL;
	assert_int_equal(client_run(&scene, &one, NULL, false), SCALE_OK);
	assert_int_equal(one.runs, 2);
}

static void the_result_of_a_read_is_never_kept(void **state)
{
	const struct ask ask = {.is_read = true};

	(void)state;
	assert_int_equal(client_run(&scene, &one, &ask, false), SCALE_OK);
	assert_int_equal(client_run(&scene, &one, &ask, false), SCALE_OK);
	assert_int_equal(one.runs, 2);
}

/* Whether CreateVolume "v" (with "s" shared) is kept across @between. */
static bool survives(const struct ask *between)
{
	const struct ask kept = {.also = "s", .also_shared = true};
	int runs = one.runs;

	assert_int_equal(client_run(&scene, &one, &kept, false), SCALE_OK);
	assert_int_equal(client_run(&scene, &two, between, true), SCALE_OK);
	assert_int_equal(client_run(&scene, &one, &kept, true), SCALE_OK);
	return one.runs == runs + 1;
}

static void whatever_changes_a_name_drops_what_speaks_of_it(void **state)
{
	static const struct {
		struct ask between;
		bool survives;
	} rows[] = {
		{{.verb = "DeleteVolume"}, false},
		{{.print = 1}, false},
		{{.verb = "DeleteSnapshot", .volume = "s"}, false},
		{{.verb = "DeleteSnapshot", .volume = "w", .also = "v"}, false},
		{{.verb = "Restore",
		  .volume = "w",
		  .also = "v",
		  .also_shared = true},
		 false},
		{{.verb = "Restore",
		  .volume = "w",
		  .also = "s",
		  .also_shared = true},
		 true},
		{{.verb = "DeleteVolume", .volume = "w"}, true},
		{{.verb = "GetVolume", .is_read = true}, true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(survives(&rows[i].between), rows[i].survives);
}

static void a_verb_that_waits_drops_the_result_to_come(void **state)
{
	const struct ask other = {.verb = "DeleteVolume"};
	struct client first, second;

	(void)state;
	one.holds = true;
	client_ask(&scene, &first, &one, NULL);
	client_ask(&scene, &second, &two, &other);
	script_go(&one);
	assert_true(client_heard(&first));
	client_end(&scene, &first, false);
	assert_true(client_heard(&second));
	client_end(&scene, &second, true);
	assert_int_equal(client_run(&scene, &one, NULL, true), SCALE_OK);
	assert_int_equal(one.runs, 2);
}

static void a_result_that_is_dropped_stays_valid_until_received(void **state)
{
	const struct ask other = {.verb = "DeleteVolume"};
	struct client client;

	(void)state;
	client_ask(&scene, &client, &one, NULL);
	assert_true(client_heard(&client));
	assert_int_equal(client_run(&scene, &two, &other, true), SCALE_OK);
	assert_string_equal(client.result, "run 1");
	client_end(&scene, &client, false);
	assert_int_equal(client_run(&scene, &one, NULL, true), SCALE_OK);
	assert_int_equal(one.runs, 2);
}

/* Both places of a name that is given twice are in one queue of the index. */
static void a_name_given_twice_is_one_name(void **state)
{
	const struct ask twice = {.also = "v", .also_shared = true};
	const struct ask other = {.verb = "DeleteVolume", .also = "v"};

	(void)state;
	assert_int_equal(client_run(&scene, &one, &twice, false), SCALE_OK);
	assert_int_equal(client_run(&scene, &two, &other, true), SCALE_OK);
	assert_int_equal(client_run(&scene, &one, &twice, false), SCALE_OK);
	assert_int_equal(one.runs, 2);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(the_same_request_joins),
		TEST(a_request_that_waits_can_be_joined),
		TEST(a_different_request_runs_by_itself),
		TEST(a_result_nobody_received_answers_the_next),
		TEST(a_result_whose_callers_have_left_answers_the_next),
		TEST(it_answers_while_it_is_unknown_who_received),
		TEST(a_received_result_is_not_kept),
		TEST(one_who_received_is_enough),
		TEST(an_early_answer_that_was_received_is_not_kept),
		TEST(an_error_is_never_kept),
		TEST(the_result_of_a_read_is_never_kept),
		TEST(whatever_changes_a_name_drops_what_speaks_of_it),
		TEST(a_verb_that_waits_drops_the_result_to_come),
		TEST(a_result_that_is_dropped_stays_valid_until_received),
		TEST(a_name_given_twice_is_one_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
