/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls answered with a job end when the job does. */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "nas/json.h"
#include "peer.h"

struct fixture {
	struct peer peer;
	struct asking asking;
	enum rpc_outcome outcome;
};

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	peer_start(&fixture->peer, NULL);
	peer_open(&fixture->peer);
	asking_init(&fixture->asking, 10000);
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	asking_done(&fixture->asking);
	peer_stop(&fixture->peer);
	free(fixture);
	return 0;
}

static struct rpc run(struct fixture *fixture, const char *params)
{
	return ask(&fixture->asking, &fixture->peer, "t.job", params, RPC_JOB);
}

static bool is_draining(struct fixture *fixture)
{
	return drain_look(fixture->peer.drain, "scale-nfs:tank/v",
			  clock_now_ns())
		.creates;
}

static void job_gives_its_own_result(void **state)
{
	struct fixture *fixture = *state;
	struct rpc rpc = run(fixture, "[200, \"well\"]");

	assert_int_equal(rpc.outcome, RPC_RESULT);
	assert_string_equal(
		json_get(fixture->asking.arena, rpc.result, "/done"), "true");
	assert_int_equal(ledger_state(&fixture->asking.call.ledger),
			 LEDGER_DIRTY);
	assert_false(is_draining(fixture));
}

static void failed_job_is_a_refusal_that_proves_nothing(void **state)
{
	struct fixture *fixture = *state;
	struct rpc rpc = run(fixture, "[1, \"failed\"]");

	assert_int_equal(rpc.outcome, RPC_REFUSED);
	assert_int_equal(rpc.status, SCALE_RESOURCE_EXHAUSTED);
	assert_string_equal(
		rpc.reason,
		"out of space; free space on the NAS or ask for less");
	assert_int_equal(ledger_state(&fixture->asking.call.ledger),
			 LEDGER_UNANSWERED);
}

static void lost_job_is_unknown(void **state)
{
	struct fixture *fixture = *state;
	struct rpc rpc = run(fixture, "[50, \"lost\"]");

	assert_int_equal(rpc.outcome, RPC_UNKNOWN);
	assert_int_equal(ledger_state(&fixture->asking.call.ledger),
			 LEDGER_UNANSWERED);
}

static void job_of_somebody_else_is_told_by_its_arguments(void **state)
{
	struct fixture *fixture = *state;
	struct rpc rpc = run(fixture, "[50, \"merged\"]");

	assert_int_equal(rpc.outcome, RPC_REFUSED);
	assert_int_equal(rpc.status, SCALE_ABORTED);
	assert_true(rpc_is_certain(&rpc));
	assert_int_equal(ledger_state(&fixture->asking.call.ledger),
			 LEDGER_CLEAN);
}

static void event_wakes_sooner_than_the_next_look(void **state)
{
	struct fixture *fixture = *state;
	struct rpc rpc = run(fixture, "[1700, \"well\"]");

	assert_int_equal(rpc.outcome, RPC_RESULT);
	/* looks at 0, 0.1, 0.3, 0.7, 1.5 s, and at the event; next: 3.1 s */
	assert_in_range(ask_number(&fixture->peer, "t.stats", "[]", "/looks"),
			2, 7);
	assert_true(clock_now_ns() - fixture->asking.call.started_ns <
		    2900 * CLOCK_NS_PER_MS);
	(void)run(fixture, "[1, \"well\"]");
	assert_int_equal(
		ask_number(&fixture->peer, "t.stats", "[]", "/subscriptions"),
		1);
}

static void *run_long_job(void *arg)
{
	struct fixture *fixture = arg;
	struct rpc rpc = run(fixture, "[1500, \"well\"]");

	/* compared by the test's own thread */
	fixture->outcome = rpc.outcome;
	return NULL;
}

static void job_outlives_its_connection(void **state)
{
	struct fixture *fixture = *state;
	int64_t deadline_ns = clock_after_ms(10000);
	struct asking asking;
	pthread_t thread;

	peer_await(&fixture->peer, true);
	assert_int_equal(pthread_create(&thread, NULL, run_long_job, fixture),
			 0);
	while (ask_number(&fixture->peer, "t.stats", "[]", "/looks") == 0)
		assert_true(clock_now_ns() < deadline_ns);
	asking_init(&asking, 10000);
	assert_int_equal(ask(&asking, &fixture->peer, "t.drop",
			     "[\"d\", \"before\"]", RPC_READ)
				 .outcome,
			 RPC_RESULT);
	asking_done(&asking);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(fixture->outcome, RPC_RESULT);
}

static void event_ends_the_drain_of_who_gave_up(void **state)
{
	struct fixture *fixture = *state;
	int64_t deadline_ns = clock_after_ms(10000);
	struct asking asking;
	struct rpc rpc;

	peer_await(&fixture->peer, true);
	asking_init(&asking, 300);
	rpc = ask(&asking, &fixture->peer, "t.job", "[1000, \"well\"]",
		  RPC_JOB);
	assert_int_equal(rpc.outcome, RPC_UNKNOWN);
	assert_true(is_draining(fixture));
	while (is_draining(fixture))
		assert_true(clock_now_ns() < deadline_ns);
	asking_done(&asking);
}

int main(void)
{
#define ROW(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		ROW(job_gives_its_own_result),
		ROW(failed_job_is_a_refusal_that_proves_nothing),
		ROW(lost_job_is_unknown),
		ROW(job_of_somebody_else_is_told_by_its_arguments),
		ROW(event_wakes_sooner_than_the_next_look),
		ROW(job_outlives_its_connection),
		ROW(event_ends_the_drain_of_who_gave_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
