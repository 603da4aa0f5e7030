/* SPDX-License-Identifier: BSD-2-Clause */
/* The end of a server: what it waits for, what it cuts off, how long. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "client.h"
#include "grpc/library_log.h"
#include "service.h"

#define PATIENCE_MS 20000

static struct client_call *start_hold(struct client *client)
{
	struct client_options options = {.method = "/t.T/Hold"};

	return client_start(client, &options);
}

static int connect_raw(const char *path)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_not_equal(fd, -1);
	memcpy(addr.sun_path, path, strlen(path) + 1);
	assert_int_equal(connect(fd, (struct sockaddr *)&addr, sizeof(addr)),
			 0);
	return fd;
}

/* server_stop() on a thread of its own, while the test goes on. */
struct stopping {
	struct service *service; /* constant after init */
	int64_t grace_ms;        /* constant after init */
	int64_t limit_ms;        /* constant after init */
	pthread_t thread;        /* the test's thread */
	int result;              /* the stopping thread's until it is joined */
	int64_t took_ms;         /* likewise */
};

static void *run_stop(void *arg)
{
	struct stopping *s = arg;
	int64_t began_ns = clock_now_ns();

	s->result = service_stop(s->service, s->grace_ms, s->limit_ms);
	s->took_ms = (clock_now_ns() - began_ns) / CLOCK_NS_PER_MS;
	return NULL;
}

static void begin_stop(struct stopping *s)
{
	assert_int_equal(pthread_create(&s->thread, NULL, run_stop, s), 0);
}

static void join_stop(struct stopping *s)
{
	assert_int_equal(pthread_join(s->thread, NULL), 0);
}

static void an_unused_server_stops_at_once(void **state)
{
	struct service *service = service_new();
	struct stopping s = {service, 10000, 20000, .result = -1};
	(void)state;

	begin_stop(&s);
	join_stop(&s);
	assert_int_equal(s.result, 0);
	assert_in_range(s.took_ms, 0, 900);
	service_free(service);
}

static void idle_clients_do_not_hold_the_server(void **state)
{
	struct service *service = service_new();
	struct client *client = client_new(service->path, false);
	struct client_options options = {.method = "/t.T/Echo"};
	struct client_call *c = client_start(client, &options);
	struct stopping s = {service, 10000, 20000, .result = -1};
	(void)state;

	assert_true(client_wait(c, PATIENCE_MS));
	assert_int_equal(c->code, 0);
	client_call_free(c);
	begin_stop(&s);
	join_stop(&s);
	assert_int_equal(s.result, 0);
	assert_in_range(s.took_ms, 0, 5000);
	client_free(client);
	service_free(service);
}

static void a_silent_connection_does_not_hold_the_server(void **state)
{
	struct service *service = service_new();
	int silent = connect_raw(service->path);
	struct client *client = client_new(service->path, false);
	struct client_options options = {.method = "/t.T/Echo"};
	struct client_call *c = client_start(client, &options);
	struct stopping s = {service, 10000, 20000, .result = -1};
	(void)state;

	/* Once this later connection works, the silent one is accepted. */
	assert_true(client_wait(c, PATIENCE_MS));
	client_call_free(c);
	client_free(client);
	begin_stop(&s);
	join_stop(&s);
	assert_int_equal(s.result, 0);
	assert_in_range(s.took_ms, 0, 5000);

	/* Cut off, after the greeting that gRPC sends. */
	char bytes[4096];
	ssize_t n;
	do
		n = read(silent, bytes, sizeof(bytes));
	while (n > 0);
	assert_true(n == 0 || errno == ECONNRESET);
	(void)close(silent);
	service_free(service);
}

static void a_talker_of_nonsense_harms_nobody(void **state)
{
	static const char nonsense[] = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
	struct service *service = service_new();
	int raw = connect_raw(service->path);
	struct client *client = client_new(service->path, false);
	struct client_options options = {.method = "/t.T/Echo"};
	(void)state;

	assert_int_equal(write(raw, nonsense, sizeof(nonsense) - 1),
			 sizeof(nonsense) - 1);
	struct client_call *c = client_start(client, &options);
	assert_true(client_wait(c, PATIENCE_MS));
	assert_int_equal(c->code, 0);
	client_call_free(c);
	client_free(client);
	assert_int_equal(service_stop(service, 1000, PATIENCE_MS), 0);
	(void)close(raw);
	service_free(service);
}

static void a_running_call_ends_within_the_grace(void **state)
{
	struct service *service = service_new();
	struct client *client = client_new(service->path, false);
	struct client_call *running = start_hold(client);
	struct stopping s = {service, 15000, 20000, .result = -1};
	(void)state;

	assert_true(service_wait(service, &service->n_held, 1));
	begin_stop(&s);
	/* Meanwhile a new call is refused, at once and with a reason. */
	struct client_options options = {.method = "/t.T/Echo"};
	int code = 0;
	while (code == 0) {
		struct client_call *c = client_start(client, &options);
		assert_true(client_wait(c, PATIENCE_MS));
		code = c->code;
		if (code != 0)
			assert_non_null(strstr(c->message, "is stopping"));
		client_call_free(c);
	}
	assert_int_equal(code, 14);

	service_reply(&service->held[0]);
	assert_true(client_wait(running, PATIENCE_MS));
	assert_int_equal(running->code, 0);
	assert_true(service_wait(service, &service->n_done, 1));
	assert_true(service->held[0].is_delivered);
	assert_int_equal(service->n_cancelled, 0);
	join_stop(&s);
	assert_int_equal(s.result, 0);
	client_call_free(running);
	client_free(client);
	service_free(service);
}

static void a_call_that_outlasts_the_grace_is_cancelled(void **state)
{
	struct service *service = service_new();
	struct client *client = client_new(service->path, false);
	struct client_call *running = start_hold(client);
	struct stopping s = {service, 100, 20000, .result = -1};
	(void)state;

	assert_true(service_wait(service, &service->n_held, 1));
	begin_stop(&s);
	assert_true(service_wait(service, &service->n_cancelled, 1));
	assert_true(client_wait(running, PATIENCE_MS));
	assert_int_not_equal(running->code, 0);
	/* gRPC has shut down by now; a reply must not abort the process. */
	service_reply(&service->held[0]);
	join_stop(&s);
	assert_int_equal(s.result, 0);
	assert_int_equal(service->n_done, 1);
	assert_false(service->held[0].is_delivered);
	client_call_free(running);
	client_free(client);
	service_free(service);
}

static void a_stuck_call_is_given_up_and_may_reply_later(void **state)
{
	struct service *service = service_new();
	struct client *client = client_new(service->path, false);
	struct client_call *running = start_hold(client);
	struct stopping s = {service, 50, 300, .result = -1};
	(void)state;

	assert_true(service_wait(service, &service->n_held, 1));
	begin_stop(&s);
	join_stop(&s);
	assert_int_equal(s.result, -ETIMEDOUT);
	assert_in_range(s.took_ms, 299, 5000);

	service_reply(&service->held[0]);
	assert_true(service_wait(service, &service->n_done, 1));
	assert_int_equal(service_stop(service, 100, PATIENCE_MS), 0);
	assert_true(client_wait(running, PATIENCE_MS));
	client_call_free(running);
	client_free(client);
	service_free(service);
}

/* Calls as fast as they go, until the server is gone. */
struct caller {
	struct service *service; /* constant after init */
	pthread_t thread;        /* the test's thread */
	int n_good;              /* the caller's until it is joined */
	int last_code;           /* likewise */
};

static void *call_until_refused(void *arg)
{
	struct caller *c = arg;
	struct client *client = client_new(c->service->path, false);
	struct client_options options = {.method = "/t.T/Echo",
					 .bytes = "x",
					 .len = 1,
					 .deadline_ms = PATIENCE_MS};

	while (c->last_code == 0) {
		struct client_call *one = client_start(client, &options);
		if (!client_wait(one, 2 * PATIENCE_MS))
			abort(); /* asserts belong to the test's thread */
		c->last_code = one->code;
		c->n_good += one->code == 0;
		client_call_free(one);
	}
	client_free(client);
	return NULL;
}

static void stopping_under_load_neither_hangs_nor_aborts(void **state)
{
	enum { CALLERS = 8, ROUNDS = 5 };
	(void)state;

	for (int round = 0; round < ROUNDS; round++) {
		struct service *service = service_new();
		struct caller callers[CALLERS] = {0};
		for (int i = 0; i < CALLERS; i++) {
			callers[i].service = service;
			assert_int_equal(
				pthread_create(&callers[i].thread, NULL,
					       call_until_refused, &callers[i]),
				0);
		}
		assert_true(service_wait(service, &service->n_finished, 200));
		assert_int_equal(service_stop(service, 5000, PATIENCE_MS), 0);
		for (int i = 0; i < CALLERS; i++) {
			assert_int_equal(pthread_join(callers[i].thread, NULL),
					 0);
			/* CANCELLED or UNAVAILABLE: to be tried again. */
			assert_true(callers[i].last_code == 1 ||
				    callers[i].last_code == 14);
		}
		service_free(service);
	}
}

static void stopping_nothing_is_allowed(void **state)
{
	(void)state;
	assert_int_equal(server_stop(NULL, 0, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_unused_server_stops_at_once),
		cmocka_unit_test(idle_clients_do_not_hold_the_server),
		cmocka_unit_test(a_silent_connection_does_not_hold_the_server),
		cmocka_unit_test(a_talker_of_nonsense_harms_nobody),
		cmocka_unit_test(a_running_call_ends_within_the_grace),
		cmocka_unit_test(a_call_that_outlasts_the_grace_is_cancelled),
		cmocka_unit_test(a_stuck_call_is_given_up_and_may_reply_later),
		cmocka_unit_test(stopping_under_load_neither_hangs_nor_aborts),
		cmocka_unit_test(stopping_nothing_is_allowed),
	};

	library_log_set(NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
