/* SPDX-License-Identifier: BSD-2-Clause */
/* An operation runs once, belongs to its volume, and survives its callers. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

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

static void the_caller_hears_the_result(void **state)
{
	struct client client;

	(void)state;
	client_ask(&scene, &client, &one, NULL);
	assert_true(client_heard(&client));
	assert_int_equal(client.status, SCALE_OK);
	assert_string_equal(client.reason, "");
	assert_string_equal(client.result, "run 1");
	assert_int_equal(client.ledger, LEDGER_CLEAN);
	assert_int_equal(client.times_told, 1);
	client_end(&scene, &client, true);
}

static void a_failure_comes_with_reason_and_ledger(void **state)
{
	struct client client;

	(void)state;
	one.fails_with = "the pool is full";
	one.sent = 2;
	one.done = 1;
	client_ask(&scene, &client, &one, NULL);
	assert_true(client_heard(&client));
	assert_int_equal(client.status, SCALE_FAILED_PRECONDITION);
	assert_string_equal(client.reason, "the pool is full");
	assert_int_equal(client.ledger, LEDGER_UNANSWERED);
	assert_null(client.result);
	client_end(&scene, &client, true);
}

static void the_budget_begins_with_the_run(void **state)
{
	const struct ask ask = {.budget_ns = 5 * CLOCK_NS_PER_S};

	(void)state;
	assert_int_equal(client_run(&scene, &one, &ask, true), SCALE_OK);
	assert_in_range(one.budget_seen_ns, 1, 5 * CLOCK_NS_PER_S);
}

static void a_budget_that_is_used_up_ends_the_run(void **state)
{
	const struct ask ask = {.budget_ns = CLOCK_NS_PER_MS};

	(void)state;
	one.holds = true;
	assert_int_equal(client_run(&scene, &one, &ask, true),
			 SCALE_DEADLINE_EXCEEDED);
}

static void volumes_do_not_wait_for_each_other(void **state)
{
	const struct ask other = {.volume = "w"};
	struct client first, second;

	(void)state;
	one.holds = two.holds = true;
	client_ask(&scene, &first, &one, NULL);
	client_ask(&scene, &second, &two, &other);
	assert_true(script_begun(&one));
	assert_true(script_begun(&two));
	script_go(&one);
	script_go(&two);
	assert_true(client_heard(&first));
	assert_true(client_heard(&second));
	client_end(&scene, &first, true);
	client_end(&scene, &second, true);
}

static void requests_without_volume_run_side_by_side(void **state)
{
	const struct ask ask = {.has_no_volume = true};
	struct client first, second;

	(void)state;
	one.holds = two.holds = true;
	client_ask(&scene, &first, &one, &ask);
	client_ask(&scene, &second, &two, &ask);
	assert_true(script_begun(&one));
	assert_true(script_begun(&two));
	script_go(&one);
	script_go(&two);
	assert_true(client_heard(&first));
	assert_true(client_heard(&second));
	client_end(&scene, &first, false);
	client_end(&scene, &second, false);
	/* And nothing of theirs is kept. */
	assert_int_equal(client_run(&scene, &one, &ask, true), SCALE_OK);
	assert_int_equal(one.runs, 2);
}

static void another_verb_runs_after_the_first_has_ended(void **state)
{
	const struct ask other = {.verb = "DeleteVolume"};
	struct client first, second;

	(void)state;
	one.holds = true;
	client_ask(&scene, &first, &one, NULL);
	assert_true(script_begun(&one));
	client_ask(&scene, &second, &two, &other);
	assert_int_equal(two.runs, 0);
	script_go(&one);
	assert_true(client_heard(&second));
	assert_int_equal(two.runs, 1);
	assert_true(client_heard(&first));
	client_end(&scene, &first, true);
	client_end(&scene, &second, true);
}

static void who_leaves_early_is_never_run(void **state)
{
	const struct ask other = {.verb = "DeleteVolume"};
	struct client first, second;

	(void)state;
	one.holds = true;
	client_ask(&scene, &first, &one, NULL);
	assert_true(script_begun(&one));
	client_ask(&scene, &second, &two, &other);
	assert_true(client_leave(&scene, &second));
	script_go(&one);
	assert_true(client_heard(&first));
	client_end(&scene, &first, true);
	/* One more goes through the same volume, behind what was dropped. */
	assert_int_equal(client_run(&scene, &one, NULL, true), SCALE_OK);
	assert_int_equal(two.runs, 0);
	assert_int_equal(second.times_told, 0);
}

static void who_leaves_the_queue_for_a_worker_is_never_run(void **state)
{
	const struct ask asks[] = {{.volume = "a"}, {.volume = "b"}};
	struct client busy[2], client;

	(void)state;
	one.holds = true;
	for (size_t i = 0; i < 2; i++)
		client_ask(&scene, &busy[i], &one, &asks[i]);
	client_ask(&scene, &client, &two, NULL);
	assert_true(client_leave(&scene, &client));
	script_go(&one);
	for (size_t i = 0; i < 2; i++) {
		assert_true(client_heard(&busy[i]));
		client_end(&scene, &busy[i], true);
	}
	assert_int_equal(client_run(&scene, &one, NULL, true), SCALE_OK);
	assert_int_equal(two.runs, 0);
}

static void who_leaves_during_the_run_stops_nothing(void **state)
{
	const struct ask other = {.verb = "DeleteVolume"};
	struct client client;

	(void)state;
	one.holds = true;
	client_ask(&scene, &client, &one, NULL);
	assert_true(script_begun(&one));
	assert_true(client_leave(&scene, &client));
	script_go(&one);
	/* The volume is free again only when the run has ended. */
	assert_int_equal(client_run(&scene, &two, &other, true), SCALE_OK);
	assert_int_equal(one.runs, 1);
	assert_int_equal(client.times_told, 0);
}

static void who_was_told_cannot_leave(void **state)
{
	struct client client;

	(void)state;
	client_ask(&scene, &client, &one, NULL);
	assert_true(client_heard(&client));
	assert_false(client_leave(&scene, &client));
	client_end(&scene, &client, true);
	assert_int_equal(client.times_told, 1);
}

static void an_early_answer_does_not_free_the_volume(void **state)
{
	const struct ask other = {.verb = "DeleteVolume"};
	struct client first, again, second;

	(void)state;
	one.holds = one.answers_early = true;
	client_ask(&scene, &first, &one, NULL);
	assert_true(client_heard(&first));
	assert_int_equal(first.status, SCALE_OK);
	assert_string_equal(first.result, "run 1");
	client_end(&scene, &first, true);

	client_ask(&scene, &second, &two, &other);
	/* The same request is answered although the run goes on. */
	client_ask(&scene, &again, &one, NULL);
	assert_true(promise_is_kept(&again.told));
	assert_string_equal(again.result, "run 1");
	client_end(&scene, &again, true);
	assert_int_equal(two.runs, 0);
	script_go(&one);
	assert_true(client_heard(&second));
	client_end(&scene, &second, true);
	assert_int_equal(one.runs, 1);
}

static void a_failure_behind_the_answer_is_only_logged(void **state)
{
	char line[1024] = "";
	struct scene logged;
	struct log *log;
	int fds[2];

	(void)state;
	assert_int_equal(pipe2(fds, O_NONBLOCK), 0);
	log = log_new(fds[1], LOG_LOGFMT, SCALE_WARNING);
	scene_open(&logged, log, OPERATION_WAIT_NS, OPERATION_KEEP_NS);
	one.answers_early = true;
	one.fails_with = "the hint was not written";
	assert_int_equal(client_run(&logged, &one, NULL, true), SCALE_OK);
	scene_close(&logged);
	assert_true(read(fds[0], line, sizeof(line) - 1) > 0);
	assert_non_null(strstr(line, "rpc=CreateVolume"));
	assert_non_null(strstr(line, "volume=v"));
	assert_non_null(strstr(line, "the hint was not written"));
	log_free(log);
	(void)close(fds[0]);
	(void)close(fds[1]);
}

static void a_shutdown_cancels_what_runs_and_refuses_the_rest(void **state)
{
	const struct ask other = {.verb = "DeleteVolume"};
	const struct ask asks[] = {{.volume = "a"}, {.volume = "b"}};
	struct client runs[2], locking, queued, late;

	(void)state;
	one.holds = true;
	for (size_t i = 0; i < 2; i++)
		client_ask(&scene, &runs[i], &one, &asks[i]);
	client_ask(&scene, &queued, &two, NULL);
	client_ask(&scene, &locking, &two, &other);
	assert_true(script_begun(&one));
	operations_cancel(scene.ops);
	client_ask(&scene, &late, &two, &(struct ask){.volume = "w"});

	struct client *refused[] = {&queued, &locking, &late};

	for (size_t i = 0; i < 3; i++) {
		assert_true(client_heard(refused[i]));
		assert_int_equal(refused[i]->status, SCALE_UNAVAILABLE);
		assert_non_null(strstr(refused[i]->reason, "shutting down"));
		client_end(&scene, refused[i], true);
	}
	for (size_t i = 0; i < 2; i++) {
		assert_true(client_heard(&runs[i]));
		/* The second may not have begun when it was cancelled. */
		assert_true(runs[i].status == SCALE_CANCELLED ||
			    runs[i].status == SCALE_UNAVAILABLE);
		client_end(&scene, &runs[i], true);
	}
	assert_int_equal(two.runs, 0);
}

static void without_memory_the_caller_hears_it_at_once(void **state)
{
	unsigned long nth = 0;
	scale_status st;

	(void)state;
	do {
		const struct ask ask = {.fail_nth = ++nth};
		struct client client;

		client_ask(&scene, &client, &one, &ask);
		assert_true(client_heard(&client));
		st = client.status;
		if (st != SCALE_OK) {
			assert_int_equal(st, SCALE_UNAVAILABLE);
			assert_non_null(strstr(client.reason, "memory"));
			assert_int_equal(one.runs, 0);
		}
		client_end(&scene, &client, true);
	} while (st != SCALE_OK);
	/* The operation, its two texts; the run's own copes with none. */
	assert_int_equal(nth, 4);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(the_caller_hears_the_result),
		TEST(a_failure_comes_with_reason_and_ledger),
		TEST(the_budget_begins_with_the_run),
		TEST(a_budget_that_is_used_up_ends_the_run),
		TEST(volumes_do_not_wait_for_each_other),
		TEST(requests_without_volume_run_side_by_side),
		TEST(another_verb_runs_after_the_first_has_ended),
		TEST(who_leaves_early_is_never_run),
		TEST(who_leaves_the_queue_for_a_worker_is_never_run),
		TEST(who_leaves_during_the_run_stops_nothing),
		TEST(who_was_told_cannot_leave),
		TEST(an_early_answer_does_not_free_the_volume),
		TEST(a_failure_behind_the_answer_is_only_logged),
		TEST(a_shutdown_cancels_what_runs_and_refuses_the_rest),
		TEST(without_memory_the_caller_hears_it_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
