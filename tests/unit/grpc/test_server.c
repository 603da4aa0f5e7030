/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls through the server: what arrives, what returns, what is noticed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "client.h"
#include "grpc/library_log.h"
#include "service.h"

#define PATIENCE_MS 20000
#define MIB         (1u << 20)

/* Sanitizers slow gRPC down by an order of magnitude. */
#if defined(__SANITIZE_ADDRESS__) || defined(TSAN_ON) ||                       \
	defined(__SANITIZE_THREAD__)
#define SOON_MS 1000
#else
#define SOON_MS 100
#endif

struct world {
	struct service *service;
	struct client *client;
};

static int make_world(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	w->service = service_new();
	w->client = client_new(w->service->path, false);
	*state = w;
	return 0;
}

static int end_world(void **state)
{
	struct world *w = *state;

	client_free(w->client);
	int r = service_stop(w->service, 5000, 20000);
	service_free(w->service);
	free(w);
	return r;
}

static struct client_call *start(struct world *w, const char *method,
				 const void *bytes, size_t len)
{
	struct client_options options = {
		.method = method, .bytes = bytes, .len = len};

	return client_start(w->client, &options);
}

static struct client_call *call(struct world *w, const char *method,
				const void *bytes, size_t len)
{
	struct client_call *c = start(w, method, bytes, len);

	assert_true(client_wait(c, PATIENCE_MS));
	return c;
}

static void a_request_reaches_its_handler_whole(void **state)
{
	/* Up to the largest accepted; the large ones come in pieces. */
	static const size_t lengths[] = {0, 1, 100, 20000, 500000, MIB};

	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		size_t len = lengths[i];
		uint8_t *bytes = malloc(len + 1);
		assert_non_null(bytes);
		for (size_t k = 0; k < len; k++)
			bytes[k] = (uint8_t)(k * 31 + k / 256);
		struct client_call *c = call(*state, "/t.T/Echo", bytes, len);
		assert_int_equal(c->code, 0);
		assert_int_equal(c->reply_len, len);
		assert_non_null(c->reply);
		assert_memory_equal(c->reply, bytes, len);
		client_call_free(c);
		free(bytes);
	}
}

static void a_request_above_1_mib_is_refused(void **state)
{
	struct world *w = *state;
	uint8_t *bytes = calloc(1, MIB + 1);

	assert_non_null(bytes);
	struct client_call *c = call(w, "/t.T/Echo", bytes, MIB + 1);
	assert_int_equal(c->code, 8); /* RESOURCE_EXHAUSTED */
	client_call_free(c);
	free(bytes);
	assert_true(service_wait(w->service, &w->service->n_finished, 1));
}

static void a_compressed_request_is_refused(void **state)
{
	struct world *w = *state;
	struct client *gzip = client_new(w->service->path, true);
	uint8_t bytes[1000] = {0};
	struct client_options options = {
		.method = "/t.T/Echo", .bytes = bytes, .len = sizeof(bytes)};
	struct client_call *c = client_start(gzip, &options);

	assert_true(client_wait(c, PATIENCE_MS));
	assert_int_equal(c->code, 12); /* UNIMPLEMENTED */
	client_call_free(c);
	client_free(gzip);
}

static void an_unknown_method_is_unimplemented_with_its_name(void **state)
{
	static const char *const unknown[] = {
		"/t.T/Ech", "/t.T/Echoo", "/t.T/echo", "/t.T/",
		"/",        "/u.T/Echo",  "/t.T/Zzz",  "/a",
	};
	struct world *w = *state;
	const int n = sizeof(unknown) / sizeof(unknown[0]);

	for (int i = 0; i < n; i++) {
		struct client_call *c = call(w, unknown[i], "", 0);
		char want[100];
		(void)snprintf(want, sizeof(want), "the method '%s' is not ",
			       unknown[i]);
		assert_int_equal(c->code, 12);
		assert_non_null(strstr(c->message, want));
		client_call_free(c);
	}
	assert_true(service_wait(w->service, &w->service->n_unknown, n));
}

static void a_call_without_a_message_is_an_internal_error(void **state)
{
	struct world *w = *state;
	struct client_options options = {.method = "/t.T/Echo",
					 .has_no_message = true};
	struct client_call *c = client_start(w->client, &options);

	assert_true(client_wait(c, PATIENCE_MS));
	assert_int_equal(c->code, 13);
	assert_string_equal(c->message, "the call carries no request message");
	client_call_free(c);
}

static void a_handler_sees_deadline_and_peer(void **state)
{
	struct world *w = *state;
	struct client_options options = {.method = "/t.T/Facts",
					 .deadline_ms = 30000};
	struct client_call *c = client_start(w->client, &options);
	struct service_facts f;

	assert_true(client_wait(c, PATIENCE_MS));
	assert_int_equal(c->code, 0);
	assert_int_equal(c->reply_len, sizeof(f));
	memcpy(&f, c->reply, sizeof(f));
	int64_t left_ms = (f.deadline_ns - f.now_ns) / CLOCK_NS_PER_MS;
	assert_in_range(left_ms, 30000 - 5000, 30000 + 100);
	assert_true(f.has_peer);
	assert_int_equal(f.peer.pid, getpid());
	assert_int_equal(f.peer.uid, geteuid());
	client_call_free(c);
}

static void no_deadline_is_never(void **state)
{
	struct client_call *c = call(*state, "/t.T/Facts", "", 0);
	struct service_facts f;

	assert_int_equal(c->reply_len, sizeof(f));
	memcpy(&f, c->reply, sizeof(f));
	assert_true(f.deadline_ns == INT64_MAX);
	client_call_free(c);
}

static void a_clients_cancel_is_seen_soon(void **state)
{
	struct world *w = *state;
	struct service *s = w->service;
	struct client_call *c = start(w, "/t.T/Hold", "", 0);

	assert_true(service_wait(s, &s->n_held, 1));
	assert_false(grpc_exchange_cancelled(s->held[0].exchange));
	int64_t began_ns = clock_now_ns();
	client_cancel(c);
	assert_true(service_wait(s, &s->n_cancelled, 1));
	assert_true(grpc_exchange_cancelled(s->held[0].exchange));
	assert_in_range((s->held[0].cancelled_ns - began_ns) / CLOCK_NS_PER_MS,
			0, SOON_MS);
	assert_true(client_wait(c, PATIENCE_MS));
	assert_int_equal(c->code, 1);
	client_call_free(c);

	/* The handler replies all the same; nobody receives it. */
	service_reply(&s->held[0]);
	assert_true(service_wait(s, &s->n_done, 1));
	assert_false(s->held[0].is_delivered);
	assert_true(service_wait(s, &s->n_finished, 1));
	assert_false(service_last(s).delivered);
	assert_int_equal(s->n_cancelled, 1);
}

static void a_passed_deadline_cancels(void **state)
{
	struct world *w = *state;
	struct service *s = w->service;
	struct client_options options = {.method = "/t.T/Hold",
					 .deadline_ms = 300};
	struct client_call *c = client_start(w->client, &options);

	assert_true(service_wait(s, &s->n_cancelled, 1));
	service_reply(&s->held[0]);
	assert_true(service_wait(s, &s->n_done, 1));
	assert_false(s->held[0].is_delivered);
	assert_true(client_wait(c, PATIENCE_MS));
	assert_int_equal(c->code, 4);
	client_call_free(c);
}

static void a_vanished_client_cancels(void **state)
{
	struct world *w = *state;
	struct service *s = w->service;
	struct client *other = client_new(s->path, false);
	struct client_options options = {.method = "/t.T/Hold"};
	struct client_call *c = client_start(other, &options);

	assert_true(service_wait(s, &s->n_held, 1));
	client_cancel(c);
	assert_true(client_wait(c, PATIENCE_MS));
	client_call_free(c);
	client_free(other);
	assert_true(service_wait(s, &s->n_cancelled, 1));
	service_reply(&s->held[0]);
	assert_true(service_wait(s, &s->n_done, 1));
	assert_false(s->held[0].is_delivered);
}

static void a_later_reply_from_another_thread_is_delivered(void **state)
{
	struct world *w = *state;
	struct service *s = w->service;
	struct client_call *c = start(w, "/t.T/Hold", "request", 7);

	assert_true(service_wait(s, &s->n_held, 1));
	/* Nothing else waits for it meanwhile. */
	struct client_call *quick = call(w, "/t.T/Echo", "x", 1);
	assert_int_equal(quick->code, 0);
	client_call_free(quick);
	size_t len;
	const uint8_t *bytes = grpc_exchange_request(s->held[0].exchange, &len);
	assert_int_equal(len, 7);
	assert_memory_equal(bytes, "request", 7);
	assert_string_equal(grpc_exchange_path(s->held[0].exchange),
			    "/t.T/Hold");

	service_reply(&s->held[0]);
	assert_true(client_wait(c, PATIENCE_MS));
	assert_int_equal(c->code, 0);
	assert_int_equal(c->reply_len, 1);
	assert_int_equal(c->reply[0], 0);
	assert_true(service_wait(s, &s->n_done, 1));
	assert_true(s->held[0].is_delivered);
	assert_int_equal(s->n_cancelled, 0);
	client_call_free(c);
}

static void sixty_four_calls_run_at_once(void **state)
{
	struct world *w = *state;
	struct service *s = w->service;
	struct client_call *calls[SERVICE_HELD_MAX];
	bool is_answered[SERVICE_HELD_MAX] = {false};

	for (int i = 0; i < SERVICE_HELD_MAX; i++)
		calls[i] = start(w, "/t.T/Hold", "", 0);
	assert_true(service_wait(s, &s->n_held, SERVICE_HELD_MAX));
	/* Last in, first out: the order of replies is the handlers' own. */
	for (int i = SERVICE_HELD_MAX - 1; i >= 0; i--)
		service_reply(&s->held[i]);
	for (int i = 0; i < SERVICE_HELD_MAX; i++) {
		assert_true(client_wait(calls[i], PATIENCE_MS));
		assert_int_equal(calls[i]->code, 0);
		assert_int_equal(calls[i]->reply_len, 1);
		assert_in_range(calls[i]->reply[0], 0, SERVICE_HELD_MAX - 1);
		assert_false(is_answered[calls[i]->reply[0]]);
		is_answered[calls[i]->reply[0]] = true;
		client_call_free(calls[i]);
	}
	assert_true(service_wait(s, &s->n_done, SERVICE_HELD_MAX));
	assert_true(service_wait(s, &s->n_finished, SERVICE_HELD_MAX));
	assert_int_equal(s->n_started, SERVICE_HELD_MAX);
}

static void an_error_has_a_clean_bounded_sentence(void **state)
{
	static const struct {
		const char *request; /* code, message */
		int code;
		const char *message;
	} rows[] = {
		{"\x05"
		 "no volume 'a'",
		 5, "no volume 'a'"},
		{"\x09"
		 "gr\xc3\xbc\xc3\x9f, %, 50 %25",
		 9, "gr\xc3\xbc\xc3\x9f, %, 50 %25"},
		{"\x05"
		 "bad \xff\xc3 utf-8",
		 5, "bad ?? utf-8"},
		{"\x05"
		 "bell \x07",
		 5, "bell ?"},
		{"\x11"
		 "no such code",
		 13, "no such code"},
		{"\xff"
		 "nor this",
		 13, "nor this"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct client_call *c =
			call(*state, "/t.T/Fail", rows[i].request,
			     strlen(rows[i].request));
		assert_int_equal(c->code, rows[i].code);
		assert_string_equal(c->message, rows[i].message);
		assert_null(c->reply);
		client_call_free(c);
	}
}

static void an_error_without_a_reason_gets_a_sentence(void **state)
{
	struct client_call *c = call(*state, "/t.T/Fail", "\x0e", 1);

	assert_int_equal(c->code, 14);
	assert_non_null(strstr(c->message, "left no reason"));
	client_call_free(c);
}

static void a_long_error_is_cut_between_characters(void **state)
{
	char request[3001] = "\x05";

	/* 899 bytes, then two-byte characters: 900 lies inside the first. */
	memset(request + 1, 'a', 899);
	for (size_t i = 900; i < 3000; i += 2)
		memcpy(request + i, "\xc3\xa4", 2);
	struct client_call *c = call(*state, "/t.T/Fail", request, 3000);
	assert_int_equal(strlen(c->message), 899);
	assert_int_equal(strspn(c->message, "a"), 899);
	client_call_free(c);
}

static void a_reply_is_released_once_whatever_becomes_of_it(void **state)
{
	struct world *w = *state;
	struct service *s = w->service;
	static const struct {
		const char *size;
		int code;
	} rows[] = {
		{"8", 0},       {"1000", 0},     {"3145728", 0},
		{"4194304", 0}, {"4194305", 13},
	};
	const int n = sizeof(rows) / sizeof(rows[0]);

	for (int i = 0; i < n; i++) {
		struct client_call *c = call(w, "/t.T/Large", rows[i].size,
					     strlen(rows[i].size));
		assert_int_equal(c->code, rows[i].code);
		if (c->code == 0)
			assert_int_equal(c->reply_len,
					 strtoul(rows[i].size, NULL, 10));
		else
			assert_non_null(strstr(c->message, "4 MiB"));
		client_call_free(c);
		assert_true(service_wait(s, &s->n_released, i + 1));
	}
	assert_int_equal(s->n_released, n);
}

static void hooks_hear_of_each_call_once(void **state)
{
	struct world *w = *state;
	struct service *s = w->service;

	client_call_free(call(w, "/t.T/Echo", "x", 1));
	assert_true(service_wait(s, &s->n_finished, 1));
	struct service_last first = service_last(s);
	assert_int_equal(first.code, 0);
	assert_true(first.delivered);
	assert_in_range(first.duration_ns, 1, PATIENCE_MS * CLOCK_NS_PER_MS);
	client_call_free(call(w, "/t.T/Fail", "\x05x", 2));
	assert_true(service_wait(s, &s->n_finished, 2));
	assert_int_equal(service_last(s).code, 5);
	assert_true(service_last(s).delivered);
	assert_int_equal(s->n_started, 2);
	assert_int_equal(s->n_unknown, 0);
}

static void two_methods_with_one_path_are_refused(void **state)
{
	static const struct grpc_method methods[] = {
		{"/a", NULL, NULL}, {"/b", NULL, NULL}, {"/a", NULL, NULL}};
	struct server *server = NULL;
	(void)state;

	assert_int_equal(server_new(methods, 3, NULL, &server), -EINVAL);
	assert_null(server);
}

#define IN_WORLD(test)                                                         \
	cmocka_unit_test_setup_teardown(test, make_world, end_world)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_WORLD(a_request_reaches_its_handler_whole),
		IN_WORLD(a_request_above_1_mib_is_refused),
		IN_WORLD(a_compressed_request_is_refused),
		IN_WORLD(an_unknown_method_is_unimplemented_with_its_name),
		IN_WORLD(a_call_without_a_message_is_an_internal_error),
		IN_WORLD(a_handler_sees_deadline_and_peer),
		IN_WORLD(no_deadline_is_never),
		IN_WORLD(a_clients_cancel_is_seen_soon),
		IN_WORLD(a_passed_deadline_cancels),
		IN_WORLD(a_vanished_client_cancels),
		IN_WORLD(a_later_reply_from_another_thread_is_delivered),
		IN_WORLD(sixty_four_calls_run_at_once),
		IN_WORLD(an_error_has_a_clean_bounded_sentence),
		IN_WORLD(an_error_without_a_reason_gets_a_sentence),
		IN_WORLD(a_long_error_is_cut_between_characters),
		IN_WORLD(a_reply_is_released_once_whatever_becomes_of_it),
		IN_WORLD(hooks_hear_of_each_call_once),
		cmocka_unit_test(two_methods_with_one_path_are_refused),
	};

	library_log_set(NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
