/* SPDX-License-Identifier: BSD-2-Clause */
/* Pages over HTTP, asked for with a plain socket. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cmocka.h>

#include "net/http.h"

#define BIG_BYTES 300000

static int render_health(void *arg, char **ret_body, const char **ret_type)
{
	(void)arg;
	*ret_body = strdup("ok\n");
	*ret_type = "text/plain";
	return 200;
}

static int render_ready(void *arg, char **ret_body, const char **ret_type)
{
	*ret_body = strdup(arg);
	*ret_type = "text/plain; charset=utf-8";
	return 503;
}

static int render_big(void *arg, char **ret_body, const char **ret_type)
{
	char *body = malloc(BIG_BYTES + 1);

	(void)arg;
	memset(body, 'm', BIG_BYTES);
	body[BIG_BYTES] = '\0';
	*ret_body = body;
	*ret_type = "text/plain; version=0.0.4";
	return 200;
}

static int render_nothing(void *arg, char **ret_body, const char **ret_type)
{
	(void)arg;
	(void)ret_body;
	(void)ret_type;
	return 200;
}

static char why[] = "the NAS is down\n";

static const struct http_page pages[] = {
	{"/healthz", render_health, NULL},
	{"/readyz", render_ready, why},
	{"/metrics", render_big, NULL},
	{"/nothing", render_nothing, NULL},
	{NULL, NULL, NULL},
};

static int start(void **state)
{
	struct http *http;
	char error[256];

	if (http_start("127.0.0.1:0", pages, &http, error, sizeof(error)) != 0)
		return -1;
	*state = http;
	return 0;
}

static int stop(void **state)
{
	http_stop(*state);
	return 0;
}

static int dial(const struct http *http)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)http_port(http)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	struct timeval limit = {.tv_sec = 10};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)),
		0);
	assert_int_equal(
		connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

/* Everything until the server closes, or has nothing more to say. */
static char *ask(const struct http *http, const char *request)
{
	size_t room = BIG_BYTES + 4096, len = 0;
	char *answer = calloc(1, room);
	int fd = dial(http);

	assert_int_equal(send(fd, request, strlen(request), MSG_NOSIGNAL),
			 strlen(request));
	for (;;) {
		ssize_t n = read(fd, answer + len, room - 1 - len);

		if (n <= 0)
			break;
		len += (size_t)n;
	}
	(void)close(fd);
	return answer;
}

#define GET(path)                                                              \
	"GET " path " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"

static void assert_answer(const struct http *http, const char *request,
			  const char *line, const char *body)
{
	char *answer = ask(http, request);

	assert_memory_equal(answer, line, strlen(line));
	if (body != NULL) {
		const char *blank = strstr(answer, "\r\n\r\n");

		assert_non_null(blank);
		assert_string_equal(blank + 4, body);
	}
	free(answer);
}

static void pages_are_served(void **state)
{
	assert_answer(*state, GET("/healthz"), "HTTP/1.1 200", "ok\n");
	assert_answer(*state, GET("/healthz?verbose=1"), "HTTP/1.1 200",
		      "ok\n");
	assert_answer(*state, GET("/readyz"), "HTTP/1.1 503", why);
}

static void long_page_arrives_whole(void **state)
{
	char *answer = ask(*state, GET("/metrics"));
	const char *blank = strstr(answer, "\r\n\r\n");

	assert_non_null(blank);
	assert_int_equal(strspn(blank + 4, "m"), BIG_BYTES);
	assert_non_null(strcasestr(answer, "content-length: 300000"));
	assert_non_null(strcasestr(answer, "text/plain; version=0.0.4"));
	free(answer);
}

static void anything_else_is_refused(void **state)
{
	assert_answer(*state, GET("/"), "HTTP/1.1 404", NULL);
	assert_answer(*state, GET("/healthz/x"), "HTTP/1.1 404", NULL);
	assert_answer(*state, GET("/../healthz"), "HTTP/1.1", NULL);
	assert_answer(*state, GET("/nothing"), "HTTP/1.1 500", NULL);
	assert_answer(*state,
		      "POST /healthz HTTP/1.1\r\nHost: x\r\n"
		      "Content-Length: 2\r\nConnection: close\r\n\r\nhi",
		      "HTTP/1.1 405", NULL);
	assert_answer(*state,
		      "GET /healthz HTTP/1.1\r\nHost: x\r\n"
		      "Content-Length: 2\r\nConnection: close\r\n\r\nhi",
		      "HTTP/1.1 413", NULL);
}

static void long_line_is_refused(void **state)
{
	char request[9000];
	char *answer;

	memset(request, 'a', sizeof(request) - 1);
	request[sizeof(request) - 1] = '\0';
	memcpy(request, "GET /", 5);
	memcpy(request + sizeof(request) - 1 - 30,
	       " HTTP/1.1\r\nHost: x\r\n\r\n        ", 30);
	answer = ask(*state, request);
	assert_null(strstr(answer, " 200 "));
	free(answer);
	assert_answer(*state, GET("/healthz"), "HTTP/1.1 200", "ok\n");
}

static void connection_serves_several_requests(void **state)
{
	static const char request[] =
		"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
	int fd = dial(*state);

	for (int i = 0; i < 3; i++) {
		char answer[1024] = "";
		size_t len = 0;

		assert_int_equal(
			send(fd, request, strlen(request), MSG_NOSIGNAL),
			strlen(request));
		while (strstr(answer, "ok\n") == NULL) {
			ssize_t n = read(fd, answer + len,
					 sizeof(answer) - 1 - len);

			assert_true(n > 0);
			len += (size_t)n;
		}
	}
	(void)close(fd);
}

static void bad_addresses_are_a_sentence(void **state)
{
	static const char *const rows[] = {
		"",       "127.0.0.1", "127.0.0.1:x", "127.0.0.1:65536",
		"::1:80", "[::1:80"};
	struct http *http;
	char error[256];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(
			http_start(rows[i], pages, &http, error, sizeof(error)),
			-EINVAL);
		assert_non_null(strstr(error, "127.0.0.1:9808"));
	}
}

static void taken_port_is_a_sentence(void **state)
{
	struct http *second;
	char listen[64], error[256];

	(void)snprintf(listen, sizeof(listen), "127.0.0.1:%d",
		       http_port(*state));
	assert_true(http_start(listen, pages, &second, error, sizeof(error)) <
		    0);
	assert_non_null(strstr(error, listen));
}

static void six_is_served_too(void **state)
{
	struct http *http;
	char error[256];

	(void)state;
	assert_int_equal(
		http_start("[::1]:0", pages, &http, error, sizeof(error)), 0);
	assert_true(http_port(http) > 0);
	http_stop(http);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pages_are_served),
		cmocka_unit_test(long_page_arrives_whole),
		cmocka_unit_test(anything_else_is_refused),
		cmocka_unit_test(long_line_is_refused),
		cmocka_unit_test(connection_serves_several_requests),
		cmocka_unit_test(bad_addresses_are_a_sentence),
		cmocka_unit_test(taken_port_is_a_sentence),
		cmocka_unit_test(six_is_served_too),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
