/* SPDX-License-Identifier: BSD-2-Clause */
/* Every call ends in exactly one outcome, and the window holds. */
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
#include "nas/parts.h"
#include "peer.h"

struct fixture {
	struct peer peer;
	struct asking asking;
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

static struct rpc put(struct fixture *fixture, const char *method,
		      const char *params, unsigned int flags)
{
	return ask(&fixture->asking, &fixture->peer, method, params, flags);
}

static enum ledger_state ledger(struct fixture *fixture)
{
	return ledger_state(&fixture->asking.call.ledger);
}

static struct drain_state drain(struct fixture *fixture)
{
	return drain_look(fixture->peer.drain, "scale-nfs:tank/v",
			  clock_now_ns());
}

static void answer_is_a_result(void **state)
{
	struct fixture *fixture = *state;
	struct rpc rpc =
		put(fixture, "t.echo", "[{\"a\": [1, \"\\u00e9\"]}]", 0);

	assert_int_equal(rpc.outcome, RPC_RESULT);
	assert_int_equal(rpc.status, SCALE_OK);
	assert_string_equal(json_get(fixture->asking.arena, rpc.result, "/a/1"),
			    "\xc3\xa9");
	assert_int_equal(ledger(fixture), LEDGER_DIRTY);
	assert_false(drain(fixture).creates);
}

static void read_leaves_the_ledger_clean(void **state)
{
	struct fixture *fixture = *state;
	struct rpc rpc = put(fixture, "t.echo", "[1]", RPC_READ);

	assert_int_equal(rpc.outcome, RPC_RESULT);
	assert_int_equal(fixture->asking.call.ledger.sent, 0);
}

static void certain_refusal_leaves_the_ledger_clean(void **state)
{
	struct fixture *fixture = *state;
	struct rpc rpc = put(
		fixture, "t.error",
		"[{\"code\":-32602,\"message\":\"Invalid params\",\"data\":{"
		"\"error\":22,\"reason\":\"x\",\"extra\":[[\"data.size\","
		"\"too small\",22]]}}]",
		0);

	assert_int_equal(rpc.outcome, RPC_REFUSED);
	assert_int_equal(rpc.status, SCALE_INVALID_ARGUMENT);
	assert_string_equal(rpc.attribute, "data.size");
	assert_string_equal(rpc.reason, "size: too small");
	assert_true(rpc_is_certain(&rpc));
	assert_int_equal(ledger(fixture), LEDGER_CLEAN);
}

static void error_from_inside_leaves_it_unanswered(void **state)
{
	struct fixture *fixture = *state;
	struct rpc rpc = put(
		fixture, "t.error",
		"[{\"code\":-32001,\"message\":\"Method call error\",\"data\":{"
		"\"error\":14,\"reason\":\"[EFAULT] out of space\"}}]",
		0);

	assert_int_equal(rpc.outcome, RPC_REFUSED);
	assert_int_equal(rpc.status, SCALE_RESOURCE_EXHAUSTED);
	assert_int_equal(rpc.error, ENOSPC);
	assert_false(rpc_is_certain(&rpc));
	assert_int_equal(ledger(fixture), LEDGER_UNANSWERED);
}

static void read_is_sent_again_after_a_loss(void **state)
{
	struct fixture *fixture = *state;
	struct rpc rpc =
		put(fixture, "t.drop", "[\"r\", \"before\"]", RPC_READ);

	assert_int_equal(rpc.outcome, RPC_RESULT);
	assert_string_equal(rpc.result, "\"again\"");
}

static void mutation_dropped_before_is_unknown(void **state)
{
	struct fixture *fixture = *state;
	struct rpc rpc = put(fixture, "t.drop", "[\"m\", \"before\"]", 0);

	assert_int_equal(rpc.outcome, RPC_UNKNOWN);
	assert_int_equal(rpc.status, SCALE_UNKNOWN);
	assert_int_equal(ledger(fixture), LEDGER_UNANSWERED);
	assert_true(drain(fixture).creates);
	assert_int_equal(ask_number(&fixture->peer, "t.count", "[\"m\"]", ""),
			 0);
}

static void mutation_dropped_after_is_unknown_and_not_repeated(void **state)
{
	struct fixture *fixture = *state;
	struct rpc rpc =
		put(fixture, "t.drop", "[\"m\", \"after\"]", RPC_DELETE);

	assert_int_equal(rpc.outcome, RPC_UNKNOWN);
	assert_true(drain(fixture).deletes);
	assert_false(drain(fixture).creates);
	assert_int_equal(ask_number(&fixture->peer, "t.count", "[\"m\"]", ""),
			 1);
}

static void volume_settles_after_the_next_login(void **state)
{
	struct fixture *fixture = *state;
	int64_t deadline_ns = clock_after_ms(10000);
	struct rpc rpc = put(fixture, "t.late", "[100, \"late\"]", 0);

	assert_int_equal(rpc.outcome, RPC_UNKNOWN);
	while (drain(fixture).creates)
		assert_true(clock_now_ns() < deadline_ns);
	/* the settle time is longer than the call was late */
	assert_int_equal(
		ask_number(&fixture->peer, "t.count", "[\"late\"]", ""), 1);
}

static void hanging_read_ends_at_the_deadline(void **state)
{
	struct fixture *fixture = *state;
	struct asking asking;
	struct rpc rpc;

	peer_await(&fixture->peer, true);
	asking_init(&asking, 200);
	rpc = ask(&asking, &fixture->peer, "t.hang", "[]", RPC_READ);
	assert_int_equal(rpc.outcome, RPC_DEADLINE);
	assert_int_equal(rpc.status, SCALE_DEADLINE_EXCEEDED);
	assert_int_equal(asking.call.status, SCALE_DEADLINE_EXCEEDED);
	asking_done(&asking);
}

static void late_answer_ends_the_drain_of_who_gave_up(void **state)
{
	struct fixture *fixture = *state;
	int64_t deadline_ns = clock_after_ms(10000);
	struct nas_status status;
	struct asking asking;
	struct rpc rpc;

	peer_await(&fixture->peer, true);
	asking_init(&asking, 200);
	rpc = ask(&asking, &fixture->peer, "t.sleep", "[600]", 0);
	assert_int_equal(rpc.outcome, RPC_UNKNOWN);
	assert_int_equal(ledger_state(&asking.call.ledger), LEDGER_UNANSWERED);
	assert_true(drain(fixture).creates);
	nas_get_status(fixture->peer.nas, &status);
	assert_int_equal(status.in_flight, 1);
	while (drain(fixture).creates)
		assert_true(clock_now_ns() < deadline_ns);
	nas_get_status(fixture->peer.nas, &status);
	assert_int_equal(status.in_flight, 0);
	assert_int_equal(status.losses, 0);
	asking_done(&asking);
}

static void *cancel_soon(void *arg)
{
	const struct timespec pause = {.tv_nsec = 100000000};

	(void)nanosleep(&pause, NULL);
	cancel_set(arg);
	return NULL;
}

static void cancel_ends_the_wait(void **state)
{
	struct fixture *fixture = *state;
	struct rpc rpcs[2] = {rpc_read("t.hang", "[]"),
			      rpc_write("t.hang", "[]")};
	struct rpc *all[] = {&rpcs[0], &rpcs[1]};
	pthread_t thread;
	scale_status status;

	peer_await(&fixture->peer, true);
	assert_int_equal(pthread_create(&thread, NULL, cancel_soon,
					fixture->asking.cancel),
			 0);
	rpc_submit(&fixture->asking.call, fixture->peer.nas, &rpcs[0]);
	rpc_submit(&fixture->asking.call, fixture->peer.nas, &rpcs[1]);
	status = rpc_wait(&fixture->asking.call, fixture->peer.nas, all, 2);
	assert_int_equal(status, SCALE_CANCELLED);
	assert_int_equal(rpcs[0].outcome, RPC_CANCELLED);
	assert_int_equal(rpcs[1].outcome, RPC_UNKNOWN);
	assert_int_equal(pthread_join(thread, NULL), 0);
}

static void oversized_request_is_refused_here(void **state)
{
	struct fixture *fixture = *state;
	size_t len = 70000;
	char *params = malloc(len + 1);
	struct rpc rpc;

	memset(params, ' ', len);
	params[0] = '[';
	params[len - 1] = ']';
	params[len] = '\0';
	rpc = put(fixture, "t.echo", params, 0);
	assert_int_equal(rpc.outcome, RPC_NOT_SENT);
	assert_int_equal(rpc.status, SCALE_INVALID_ARGUMENT);
	assert_non_null(strstr(rpc.reason, "'t.echo'"));
	assert_int_equal(ledger(fixture), LEDGER_CLEAN);
	free(params);
}

static void broken_parameters_are_refused_here(void **state)
{
	static const char *const broken[] = {
		"", "{}", "[1,]", "[1] [2]", "[\"\x01\"]", "nonsense"};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		struct rpc rpc = put(fixture, "t.echo", broken[i], 0);

		assert_int_equal(rpc.outcome, RPC_NOT_SENT);
		assert_int_equal(rpc.status, SCALE_INTERNAL);
	}
}

static void fragments_are_put_together(void **state)
{
	static const char *const sizes[] = {
		"[0, 1]",        "[3, 1]",           "[125, 7]",
		"[70000, 1000]", "[5000000, 65536]", "[9000000, 9999999]"};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct rpc rpc = put(fixture, "t.big", sizes[i], RPC_READ);

		assert_int_equal(rpc.outcome, RPC_RESULT);
		assert_int_equal(rpc.result_len,
				 strtoul(sizes[i] + 1, NULL, 10) + 2);
		assert_int_equal(rpc.result[rpc.result_len - 1], '"');
	}
}

static void answer_beyond_the_callers_memory_is_a_sentence(void **state)
{
	struct fixture *fixture = *state;
	struct rpc rpc =
		put(fixture, "t.big", "[20000000, 20000100]", RPC_READ);

	assert_int_equal(rpc.outcome, RPC_REFUSED);
	assert_int_equal(rpc.status, SCALE_RESOURCE_EXHAUSTED);
	rpc = put(fixture, "t.echo", "[1]", RPC_READ);
	assert_int_equal(rpc.outcome, RPC_RESULT);
}

static void garbage_costs_the_connection(void **state)
{
	static const char *const kinds[] = {"[\"text\"]", "[\"binary\"]",
					    "[\"list\"]", "[\"null_id\"]",
					    "[\"broken\"]"};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct rpc rpc = put(fixture, "t.garbage", kinds[i], 0);

		assert_int_equal(rpc.outcome, RPC_UNKNOWN);
	}
	assert_int_equal(
		ask_number(&fixture->peer, "t.stats", "[]", "/connections"), 6);
}

/* Many callers at once; the peer counts how many calls it ever had. */
struct crowd {
	struct peer *peer;
	int n_right;
	pthread_mutex_t lock;
};

static void *ask_thrice(void *arg)
{
	struct crowd *crowd = arg;
	struct asking asking;
	int n_right = 0;

	asking_init(&asking, 30000);
	for (int i = 0; i < 3; i++) {
		struct rpc rpc = ask(&asking, crowd->peer, "t.sleep",
				     "[5, \"crowd\"]", 0);

		n_right += rpc.outcome == RPC_RESULT;
	}
	asking_done(&asking);
	(void)pthread_mutex_lock(&crowd->lock);
	crowd->n_right += n_right;
	(void)pthread_mutex_unlock(&crowd->lock);
	return NULL;
}

static void hundred_callers_never_have_more_than_ten_calls(void **state)
{
	struct fixture *fixture = *state;
	struct crowd crowd = {.peer = &fixture->peer,
			      .lock = PTHREAD_MUTEX_INITIALIZER};
	pthread_t threads[100];

	for (size_t i = 0; i < 100; i++)
		assert_int_equal(
			pthread_create(&threads[i], NULL, ask_thrice, &crowd),
			0);
	for (size_t i = 0; i < 100; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_int_equal(crowd.n_right, 300);
	assert_int_equal(
		ask_number(&fixture->peer, "t.count", "[\"crowd\"]", ""), 300);
	assert_int_equal(
		ask_number(&fixture->peer, "t.stats", "[]", "/outstanding"),
		10);
}

static void ten_unanswered_calls_cost_the_connection(void **state)
{
	struct fixture *fixture = *state;
	struct rpc rpcs[WINDOW_MAX], *all[WINDOW_MAX];
	struct nas_status status;
	struct asking asking;

	peer_await(&fixture->peer, true);
	fixture->peer.nas->window.stuck_ns = 0; /* as if minutes had passed */
	asking_init(&asking, 200);
	for (size_t i = 0; i < WINDOW_MAX; i++) {
		all[i] = &rpcs[i];
		rpcs[i] = rpc_read("t.hang", "[]");
		rpc_submit(&asking.call, fixture->peer.nas, &rpcs[i]);
	}
	assert_int_equal(
		rpc_wait(&asking.call, fixture->peer.nas, all, WINDOW_MAX),
		SCALE_DEADLINE_EXCEEDED);
	asking_done(&asking);
	asking_init(&asking, 200);
	rpcs[0] = ask(&asking, &fixture->peer, "t.echo", "[]", RPC_READ);
	assert_int_equal(rpcs[0].outcome, RPC_DEADLINE);
	asking_done(&asking);
	rpcs[0] = put(fixture, "t.echo", "[]", RPC_READ);
	assert_int_equal(rpcs[0].outcome, RPC_RESULT);
	nas_get_status(fixture->peer.nas, &status);
	assert_int_equal(status.losses, 1);
}

/* Writes to one service, none of which is answered. */
static void submit_writes(struct fixture *fixture, struct asking *asking,
			  size_t n, struct rpc *rpcs, struct rpc **all)
{
	peer_await(&fixture->peer, true);
	asking_init(asking, 200);
	for (size_t i = 0; i < n; i++) {
		all[i] = &rpcs[i];
		rpcs[i] = rpc_write("iscsi.hang", "[]");
		rpc_submit(&asking->call, fixture->peer.nas, &rpcs[i]);
	}
}

static void writes_to_one_service_leave_room_for_the_rest(void **state)
{
	struct fixture *fixture = *state;
	struct rpc rpcs[WINDOW_MAX], *all[WINDOW_MAX];
	struct asking asking;

	submit_writes(fixture, &asking, WINDOW_MAX, rpcs, all);
	assert_int_equal(
		ask_number(&fixture->peer, "t.stats", "[]", "/outstanding"),
		WINDOW_SERVICE_MAX + 1); /* this question is one, too */
	assert_int_equal(
		rpc_wait(&asking.call, fixture->peer.nas, all, WINDOW_MAX),
		SCALE_DEADLINE_EXCEEDED);
	for (size_t i = 0; i < WINDOW_MAX; i++)
		assert_int_equal(rpcs[i].outcome, i < WINDOW_SERVICE_MAX
							  ? RPC_UNKNOWN
							  : RPC_DEADLINE);
	asking_done(&asking);
}

static void a_service_that_answers_nothing_costs_the_connection(void **state)
{
	struct fixture *fixture = *state;
	struct rpc rpcs[WINDOW_SERVICE_MAX], *all[WINDOW_SERVICE_MAX];
	struct nas_status status;
	struct asking asking;

	peer_await(&fixture->peer, true);
	fixture->peer.nas->window.stuck_ns = 0; /* as if minutes had passed */
	submit_writes(fixture, &asking, WINDOW_SERVICE_MAX, rpcs, all);
	assert_int_equal(rpc_wait(&asking.call, fixture->peer.nas, all,
				  WINDOW_SERVICE_MAX),
			 SCALE_DEADLINE_EXCEEDED);
	asking_done(&asking);
	asking_init(&asking, 200);
	rpcs[0] = ask(&asking, &fixture->peer, "iscsi.hang", "[]", 0);
	assert_int_equal(rpcs[0].outcome, RPC_DEADLINE);
	asking_done(&asking);
	rpcs[0] = put(fixture, "t.echo", "[]", RPC_READ);
	assert_int_equal(rpcs[0].outcome, RPC_RESULT);
	nas_get_status(fixture->peer.nas, &status);
	assert_int_equal(status.losses, 1);
}

static void *close_soon(void *arg)
{
	const struct timespec pause = {.tv_nsec = 100000000};
	struct peer *peer = arg;

	(void)nanosleep(&pause, NULL);
	nas_close(peer->nas);
	return NULL;
}

static void close_ends_every_call(void **state)
{
	struct fixture *fixture = *state;
	struct rpc rpcs[12], *all[12];
	pthread_t thread;

	peer_await(&fixture->peer, true);
	for (size_t i = 0; i < 12; i++) {
		all[i] = &rpcs[i];
		rpcs[i] = i == 0 ? rpc_write("t.hang", "[]")
				 : rpc_read("t.hang", "[]");
		rpc_submit(&fixture->asking.call, fixture->peer.nas, &rpcs[i]);
	}
	assert_int_equal(
		pthread_create(&thread, NULL, close_soon, &fixture->peer), 0);
	(void)rpc_wait(&fixture->asking.call, fixture->peer.nas, all, 12);
	assert_int_equal(rpcs[0].outcome, RPC_UNKNOWN);
	for (size_t i = 1; i < 12; i++)
		assert_int_equal(rpcs[i].outcome, RPC_CANCELLED);
	assert_int_equal(pthread_join(thread, NULL), 0);
	fixture->peer.nas = NULL;
}

int main(void)
{
#define ROW(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		ROW(answer_is_a_result),
		ROW(read_leaves_the_ledger_clean),
		ROW(certain_refusal_leaves_the_ledger_clean),
		ROW(error_from_inside_leaves_it_unanswered),
		ROW(read_is_sent_again_after_a_loss),
		ROW(mutation_dropped_before_is_unknown),
		ROW(mutation_dropped_after_is_unknown_and_not_repeated),
		ROW(volume_settles_after_the_next_login),
		ROW(hanging_read_ends_at_the_deadline),
		ROW(late_answer_ends_the_drain_of_who_gave_up),
		ROW(cancel_ends_the_wait),
		ROW(oversized_request_is_refused_here),
		ROW(broken_parameters_are_refused_here),
		ROW(fragments_are_put_together),
		ROW(answer_beyond_the_callers_memory_is_a_sentence),
		ROW(garbage_costs_the_connection),
		ROW(hundred_callers_never_have_more_than_ten_calls),
		ROW(ten_unanswered_calls_cost_the_connection),
		ROW(writes_to_one_service_leave_room_for_the_rest),
		ROW(a_service_that_answers_nothing_costs_the_connection),
		ROW(close_ends_every_call),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
