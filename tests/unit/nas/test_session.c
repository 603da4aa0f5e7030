/* SPDX-License-Identifier: BSD-2-Clause */
/* Logging in, why not, and coming back. */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "peer.h"

static int set_up(void **state)
{
	*state = calloc(1, sizeof(struct peer));
	return *state != NULL ? 0 : -1;
}

static int tear_down(void **state)
{
	peer_stop(*state);
	free(*state);
	return 0;
}

static void status_tells_the_release(void **state)
{
	struct peer *peer = *state;
	struct nas_status status;

	peer_start(peer, NULL);
	peer_open(peer);
	peer_await(peer, true);
	nas_get_status(peer->nas, &status);
	assert_string_equal(status.version, "25.10.5");
	assert_int_equal(status.number, 251005);
	assert_string_equal(status.why_not, "");
	assert_true(nas_has_method(peer->nas, "nvmet.subsys.create"));
	assert_false(nas_has_method(peer->nas, "zfs.resource.destroy"));
	assert_int_equal(nas_session_id(peer->nas), 1);
}

static void old_release_is_refused_with_a_sentence(void **state)
{
	static const char *const arguments[] = {"--version", "TrueNAS-24.10.2",
						NULL};
	struct peer *peer = *state;
	struct nas_status status;

	peer_start(peer, arguments);
	peer_open(peer);
	peer_await_why(peer, "'TrueNAS-24.10.2'");
	nas_get_status(peer->nas, &status);
	assert_false(status.is_connected);
}

static void wrong_key_is_told_and_costs_one_login(void **state)
{
	static const struct {
		const char *key, *words;
	} rows[] = {
		{"AUTH_ERR", "does not accept the API key"},
		{"EXPIRED", "has expired or was revoked"},
		{"DENIED", "no access to its API"},
		{"OTP_REQUIRED", "one-time password"},
		{"REDIRECT", "standby controller"},
		{"NEW_WORD", "not known here"},
	};
	struct peer *peer = *state;

	peer_start(peer, NULL);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		peer_set_key(peer, rows[i].key);
		peer_open(peer);
		peer_await_why(peer, rows[i].words);
		peer_await_why(peer, "user 'csi'");
		peer_await_why(peer, "in 30 s");
		nas_close(peer->nas);
		peer->nas = NULL;
	}
	peer_set_key(peer, "good\r\nsecond line");
	peer_open(peer);
	assert_int_equal(ask_number(peer, "t.stats", "[]", "/logins"), 7);
}

static void caller_hears_why_there_is_no_nas(void **state)
{
	struct peer *peer = *state;
	struct asking asking;
	struct rpc rpc;

	peer_start(peer, NULL);
	peer_set_key(peer, "AUTH_ERR");
	peer_open(peer);
	asking_init(&asking, 20000);
	rpc = ask(&asking, peer, "t.echo", "[]", 0);
	assert_int_equal(rpc.outcome, RPC_NOT_SENT);
	assert_int_equal(rpc.status, SCALE_UNAVAILABLE);
	assert_non_null(strstr(rpc.reason, "does not accept the API key"));
	assert_int_equal(ledger_state(&asking.call.ledger), LEDGER_CLEAN);
	asking_done(&asking);
}

static void deadline_before_a_connection_names_the_cause(void **state)
{
	struct peer *peer = *state;
	struct asking asking;
	struct rpc rpc;

	peer_start(peer, NULL);
	peer_set_key(peer, "AUTH_ERR");
	peer_open(peer);
	peer_await_why(peer, "API key");
	asking_init(&asking, 100);
	rpc = ask(&asking, peer, "t.echo", "[]", 0);
	assert_int_equal(rpc.outcome, RPC_DEADLINE);
	assert_non_null(strstr(rpc.reason, "does not accept the API key"));
	asking_done(&asking);
}

static void missing_key_file_is_told_and_looked_for(void **state)
{
	struct peer *peer = *state;

	peer_start(peer, NULL);
	peer_set_key(peer, "");
	peer_open(peer);
	peer_await_why(peer, "its first line is empty");
	peer_set_key(peer, "good");
	peer_await(peer, true);
}

static void nothing_listening_is_told(void **state)
{
	struct peer *peer = *state;

	peer_start(peer, NULL);
	peer->port = 1;
	peer_open(peer);
	peer_await_why(peer, "nothing accepts connections at '127.0.0.1:1'");
}

static void plain_connections_are_for_this_host(void **state)
{
	static const struct {
		const char *url;
		bool is_allowed;
	} rows[] = {
		{"ws://127.0.0.1:1/", false},
		{"ws://192.0.2.1:1/", true},
		{"ws://[2001:db8::1]/", true},
	};
	struct peer *peer = *state;
	char url[80], error[512];
	struct nas_config config;

	peer_start(peer, NULL);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		config = peer_config(peer, url, sizeof(url));
		config.url = rows[i].url;
		config.allow_plain_loopback = rows[i].is_allowed;
		error[0] = '\0';
		assert_int_equal(
			nas_open(&config, &peer->nas, error, sizeof(error)),
			-EPERM);
		assert_non_null(strstr(error, "wss://"));
	}
	config.url = "ws://no-such-name.invalid/";
	config.allow_plain_loopback = true;
	assert_int_equal(nas_open(&config, &peer->nas, error, sizeof(error)),
			 0);
	peer_await_why(peer, "the NAS at 'no-such-name.invalid' cannot be");
}

static void name_of_this_host_is_resolved(void **state)
{
	struct peer *peer = *state;
	char url[80], error[512];
	struct nas_config config;

	peer_start(peer, NULL);
	config = peer_config(peer, url, sizeof(url));
	(void)snprintf(url, sizeof(url), "ws://localhost:%d/api/current",
		       peer->port);
	assert_int_equal(nas_open(&config, &peer->nas, error, sizeof(error)),
			 0);
	peer_await(peer, true);
}

static void odd_upgrades_are_told(void **state)
{
	static const char *const rows[][2] = {
		{"502", "HTTP status 502"},
		{"302", "HTTP status 302"},
		{"404", "HTTP status 404"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *arguments[] = {"--upgrade", rows[i][0], NULL};
		struct peer *peer = *state;

		if (i > 0)
			peer_stop(peer);
		peer_start(peer, arguments);
		peer_open(peer);
		peer_await_why(peer, rows[i][1]);
	}
}

static void refusal_by_address_is_told(void **state)
{
	static const char *const arguments[] = {"--greeting", "1008", NULL};
	struct peer *peer = *state;

	peer_start(peer, arguments);
	peer_open(peer);
	peer_await_why(peer, "code 1008, 'You are not allowed'");
}

struct crowd {
	struct peer *peer;
	bool is_read;
	enum rpc_outcome outcome;
	enum ledger_state ledger;
};

static void *echo(void *arg)
{
	struct crowd *one = arg;
	struct asking asking;

	asking_init(&asking, 20000);
	one->outcome = ask(&asking, one->peer, "t.sleep", "[20, \"once\"]",
			   one->is_read ? RPC_READ : 0)
			       .outcome;
	one->ledger = ledger_state(&asking.call.ledger);
	asking_done(&asking);
	return NULL;
}

static void expiry_is_renewed_once_for_all(void **state)
{
	struct peer *peer = *state;
	struct crowd crowd[20];
	pthread_t threads[20];
	struct nas_status status;

	peer_start(peer, NULL);
	peer_open(peer);
	assert_int_equal(ask_number(peer, "t.stats", "[]", "/logins"), 1);
	{
		struct asking asking;

		asking_init(&asking, 10000);
		assert_int_equal(
			ask(&asking, peer, "t.expire", "[]", RPC_READ).outcome,
			RPC_RESULT);
		asking_done(&asking);
	}
	for (size_t i = 0; i < 20; i++) {
		crowd[i] = (struct crowd){.peer = peer, .is_read = i % 2 == 0};
		assert_int_equal(
			pthread_create(&threads[i], NULL, echo, &crowd[i]), 0);
	}
	for (size_t i = 0; i < 20; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		assert_int_equal(crowd[i].outcome, RPC_RESULT);
		assert_int_equal(crowd[i].ledger, crowd[i].is_read
							  ? LEDGER_CLEAN
							  : LEDGER_DIRTY);
	}
	assert_int_equal(ask_number(peer, "t.count", "[\"once\"]", ""), 20);
	assert_int_equal(ask_number(peer, "t.stats", "[]", "/logins"), 2);
	nas_get_status(peer->nas, &status);
	assert_int_equal(status.losses, 0);
	assert_int_equal(nas_session_id(peer->nas), 2);
}

static void work_goes_on_within_five_seconds_of_the_nas(void **state)
{
	struct peer *peer = *state;
	struct asking asking;
	int64_t begun_ns;
	struct rpc rpc;

	peer_start(peer, NULL);
	peer_open(peer);
	asking_init(&asking, 20000);
	begun_ns = clock_now_ns();
	/* goes down for 2 s; being a read, it is asked again, and again goes
	 * down: so ask with a mutation, which is not repeated */
	rpc = ask(&asking, peer, "t.down", "[2000]", 0);
	assert_int_equal(rpc.outcome, RPC_UNKNOWN);
	peer_await(peer, false);
	peer_await(peer, true);
	assert_true(clock_now_ns() - begun_ns < 7 * CLOCK_NS_PER_S);
	asking_done(&asking);
}

static void queued_call_outlives_a_short_outage(void **state)
{
	struct peer *peer = *state;
	struct asking asking;
	struct rpc rpc;

	peer_start(peer, NULL);
	peer_open(peer);
	asking_init(&asking, 20000);
	(void)ask(&asking, peer, "t.down", "[1000]", 0);
	rpc = ask(&asking, peer, "t.echo", "[7]", 0);
	assert_int_equal(rpc.outcome, RPC_RESULT);
	asking_done(&asking);
}

static void silence_is_broken_by_pings(void **state)
{
	struct peer *peer = *state;
	char url[80], error[512];
	struct nas_config config;
	struct asking asking;

	peer_start(peer, NULL);
	config = peer_config(peer, url, sizeof(url));
	config.ping_ns = CLOCK_NS_PER_S;
	assert_int_equal(nas_open(&config, &peer->nas, error, sizeof(error)),
			 0);
	asking_init(&asking, 10000);
	assert_int_equal(
		ask(&asking, peer, "t.sleep", "[3500]", RPC_READ).outcome,
		RPC_RESULT);
	assert_in_range(ask_number(peer, "t.stats", "[]", "/pings"), 1, 4);
	assert_int_equal(ask_number(peer, "t.stats", "[]", "/connections"), 1);
	asking_done(&asking);
}

static void logins_keep_within_their_budget(void **state)
{
	struct peer *peer = *state;
	struct asking asking;
	int n = 0;

	peer_start(peer, NULL);
	peer_open(peer);
	for (; n < 40; n++) {
		struct rpc rpc;

		asking_init(&asking, 2500);
		rpc = ask(&asking, peer, "t.garbage", "[\"text\"]", 0);
		asking_done(&asking);
		if (rpc.outcome != RPC_UNKNOWN ||
		    strstr(rpc.reason, "lost") == NULL)
			break;
	}
	/* each loss takes a login; the 16th has to wait for its minute */
	assert_int_equal(n, 15);
}

int main(void)
{
#define ROW(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		ROW(status_tells_the_release),
		ROW(old_release_is_refused_with_a_sentence),
		ROW(wrong_key_is_told_and_costs_one_login),
		ROW(caller_hears_why_there_is_no_nas),
		ROW(deadline_before_a_connection_names_the_cause),
		ROW(missing_key_file_is_told_and_looked_for),
		ROW(nothing_listening_is_told),
		ROW(plain_connections_are_for_this_host),
		ROW(name_of_this_host_is_resolved),
		ROW(odd_upgrades_are_told),
		ROW(refusal_by_address_is_told),
		ROW(expiry_is_renewed_once_for_all),
		ROW(work_goes_on_within_five_seconds_of_the_nas),
		ROW(queued_call_outlives_a_short_outage),
		ROW(silence_is_broken_by_pings),
		ROW(logins_keep_within_their_budget),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
