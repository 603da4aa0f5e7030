/* SPDX-License-Identifier: BSD-2-Clause */
/* Starts fake_nas.py and asks it. */
#include "peer.h"

#include <fcntl.h>
#include <setjmp.h>
#include <spawn.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "nas/json.h"

#define ARGUMENTS_MAX 16

static int spawn_python(struct peer *peer, const char *const *arguments,
			int output[2], int input[2])
{
	static const char python[] = "/usr/bin/python3";
	const char *argv[ARGUMENTS_MAX] = {python, FAKE_NAS};
	posix_spawn_file_actions_t actions;
	size_t n = 2;
	int rc;

	for (; arguments != NULL && *arguments != NULL; arguments++) {
		assert_true(n + 1 < ARGUMENTS_MAX);
		argv[n++] = *arguments;
	}
	(void)posix_spawn_file_actions_init(&actions);
	(void)posix_spawn_file_actions_adddup2(&actions, input[0], 0);
	(void)posix_spawn_file_actions_adddup2(&actions, output[1], 1);
	rc = posix_spawn(&peer->pid, python, &actions, NULL,
			 (char *const *)(uintptr_t)argv, environ);
	(void)posix_spawn_file_actions_destroy(&actions);
	return rc;
}

void peer_start(struct peer *peer, const char *const *arguments)
{
	char line[32] = "";
	int output[2], input[2];
	size_t n = 0;
	ssize_t got;

	*peer = (struct peer){.input = -1};
	(void)snprintf(peer->dir, sizeof(peer->dir), "/tmp/nas-test-XXXXXX");
	assert_non_null(mkdtemp(peer->dir));
	(void)snprintf(peer->key_file, sizeof(peer->key_file), "%s/key",
		       peer->dir);
	peer_set_key(peer, "good\n");
	assert_int_equal(pipe2(output, O_CLOEXEC), 0);
	assert_int_equal(pipe2(input, O_CLOEXEC), 0);
	assert_int_equal(spawn_python(peer, arguments, output, input), 0);
	(void)close(output[1]);
	(void)close(input[0]);
	peer->input = input[1];
	while (n < sizeof(line) - 1 && strchr(line, '\n') == NULL) {
		got = read(output[0], line + n, sizeof(line) - 1 - n);
		assert_true(got > 0);
		n += (size_t)got;
	}
	(void)close(output[0]);
	peer->port = (int)strtol(line, NULL, 10);
	assert_true(peer->port > 0);
	peer->drain = drain_new(CLOCK_NS_PER_S / 5, false);
	assert_non_null(peer->drain);
}

void peer_stop(struct peer *peer)
{
	int status;

	nas_close(peer->nas);
	drain_free(peer->drain);
	(void)close(peer->input);
	assert_int_equal(waitpid(peer->pid, &status, 0), peer->pid);
	(void)unlink(peer->key_file);
	(void)rmdir(peer->dir);
}

void peer_set_key(struct peer *peer, const char *key)
{
	FILE *file = fopen(peer->key_file, "w");

	assert_non_null(file);
	(void)fputs(key, file);
	assert_int_equal(fclose(file), 0);
}

struct nas_config peer_config(struct peer *peer, char *ret_url, size_t size)
{
	(void)snprintf(ret_url, size, "ws://127.0.0.1:%d/api/current",
		       peer->port);
	return (struct nas_config){
		.url = ret_url,
		.username = "csi",
		.api_key_file = peer->key_file,
		.allow_plain_loopback = true,
		.connect_wait_ns = 3 * CLOCK_NS_PER_S,
		.ping_ns = 20 * CLOCK_NS_PER_S,
		.drain = peer->drain,
	};
}

void peer_open(struct peer *peer)
{
	char url[80], error[512];
	struct nas_config config = peer_config(peer, url, sizeof(url));

	assert_int_equal(nas_open(&config, &peer->nas, error, sizeof(error)),
			 0);
}

/* One millisecond, for want of an event to wait for. */
static void pause_briefly(void)
{
	const struct timespec pause = {.tv_nsec = 1000000};

	(void)nanosleep(&pause, NULL);
}

void peer_await(struct peer *peer, bool is_connected)
{
	int64_t deadline_ns = clock_after_ms(10000);
	struct nas_status status;

	for (;;) {
		nas_get_status(peer->nas, &status);
		if (status.is_connected == is_connected)
			return;
		assert_true(clock_now_ns() < deadline_ns);
		pause_briefly();
	}
}

void peer_await_why(struct peer *peer, const char *words)
{
	int64_t deadline_ns = clock_after_ms(10000);
	struct nas_status status;

	for (;;) {
		nas_get_status(peer->nas, &status);
		if (strstr(status.why_not, words) != NULL)
			return;
		if (clock_now_ns() > deadline_ns)
			fail_msg("expected '%s', last was '%s'", words,
				 status.why_not);
		pause_briefly();
	}
}

void asking_init(struct asking *asking, int64_t deadline_ms)
{
	asking->arena = arena_new(CALL_ARENA_BYTES);
	asking->cancel = cancel_new();
	assert_non_null(asking->arena);
	assert_non_null(asking->cancel);
	call_init(&asking->call, asking->arena, NULL, asking->cancel,
		  clock_after_ms(deadline_ms));
	asking->call.volume = "scale-nfs:tank/v";
}

void asking_done(struct asking *asking)
{
	cancel_free(asking->cancel);
	arena_free(asking->arena);
}

struct rpc ask(struct asking *asking, struct peer *peer, const char *method,
	       const char *params, unsigned int flags)
{
	struct rpc rpc = {.method = method, .params = params, .flags = flags};
	struct rpc *all[] = {&rpc};

	rpc_submit(&asking->call, peer->nas, &rpc);
	(void)rpc_wait(&asking->call, peer->nas, all, 1); /* outcome tells */
	return rpc;
}

long long ask_number(struct peer *peer, const char *method, const char *params,
		     const char *pointer)
{
	struct asking asking;
	struct rpc rpc;
	int64_t number = -1;

	asking_init(&asking, 10000);
	rpc = ask(&asking, peer, method, params, RPC_READ);
	assert_int_equal(rpc.outcome, RPC_RESULT);
	assert_true(json_get_int(rpc.result, pointer, &number));
	asking_done(&asking);
	return number;
}
