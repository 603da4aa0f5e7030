/* SPDX-License-Identifier: BSD-2-Clause */
/* A server for tests, on a socket in a directory of its own. */
#include "service.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

#define PATIENCE_MS 10000

static void echo(struct grpc_exchange *x, void *arg)
{
	size_t len;
	const uint8_t *bytes = grpc_exchange_request(x, &len);
	void *copy = malloc(len + 1);

	(void)arg;
	assert(copy != NULL);
	memcpy(copy, bytes, len);
	grpc_exchange_reply(x, 0, NULL, copy, len, free);
}

static void note_cancel(void *arg)
{
	struct service_held *h = arg;
	struct service *s = h->service;

	mutex_lock(&s->lock);
	h->cancelled_ns = clock_now_ns();
	s->n_cancelled++;
	condition_broadcast(&s->changed);
	mutex_unlock(&s->lock);
}

static void note_done(void *arg, bool delivered)
{
	struct service_held *h = arg;
	struct service *s = h->service;

	mutex_lock(&s->lock);
	h->is_done = true;
	h->is_delivered = delivered;
	s->n_done++;
	condition_broadcast(&s->changed);
	mutex_unlock(&s->lock);
}

static void hold(struct grpc_exchange *x, void *arg)
{
	struct service *s = arg;

	mutex_lock(&s->lock);
	assert(s->n_held < SERVICE_HELD_MAX);
	struct service_held *h = &s->held[s->n_held];
	h->service = s;
	h->exchange = x;
	grpc_exchange_on_cancel(x, note_cancel, h);
	grpc_exchange_on_done(x, note_done, h);
	s->n_held++;
	condition_broadcast(&s->changed);
	mutex_unlock(&s->lock);
}

void service_reply(struct service_held *h)
{
	struct service *s = h->service;

	mutex_lock(&s->lock);
	struct grpc_exchange *x = h->exchange;
	h->exchange = NULL;
	mutex_unlock(&s->lock);
	uint8_t number = (uint8_t)(h - s->held);
	grpc_exchange_reply(x, 0, NULL, &number, 1, NULL);
}

static void facts(struct grpc_exchange *x, void *arg)
{
	struct service_facts f;

	(void)arg;
	memset(&f, 0, sizeof(f));
	f.now_ns = clock_now_ns();
	f.deadline_ns = grpc_exchange_deadline_ns(x);
	f.has_peer = grpc_exchange_peer(x, &f.peer);
	grpc_exchange_reply(x, 0, NULL, &f, sizeof(f), NULL);
}

static void fail(struct grpc_exchange *x, void *arg)
{
	size_t len;
	const uint8_t *bytes = grpc_exchange_request(x, &len);
	char *text = strndup((const char *)bytes + 1, len - 1);

	(void)arg;
	grpc_exchange_reply(x, (int8_t)bytes[0], text, NULL, 0, NULL);
	free(text);
}

/* The reply's first bytes point to the service it came from. */
static void release_large(void *bytes)
{
	struct service *s;

	memcpy(&s, bytes, sizeof(s));
	free(bytes);
	mutex_lock(&s->lock);
	s->n_released++;
	condition_broadcast(&s->changed);
	mutex_unlock(&s->lock);
}

static void large(struct grpc_exchange *x, void *arg)
{
	size_t len;
	const uint8_t *bytes = grpc_exchange_request(x, &len);
	char *number = strndup((const char *)bytes, len);
	size_t want = strtoul(number, NULL, 10);
	void *reply = calloc(1, want);

	free(number);
	assert(reply != NULL && want >= sizeof(arg));
	memcpy(reply, &arg, sizeof(arg));
	grpc_exchange_reply(x, 0, NULL, reply, want, release_large);
}

static void note_started(void *arg, const char *path)
{
	struct service *s = arg;

	(void)path;
	mutex_lock(&s->lock);
	s->n_started++;
	condition_broadcast(&s->changed);
	mutex_unlock(&s->lock);
}

static void note_finished(void *arg, const char *path, int code,
			  int64_t duration_ns, bool delivered)
{
	struct service *s = arg;

	mutex_lock(&s->lock);
	s->n_finished++;
	s->n_unknown += path == NULL;
	s->last = (struct service_last){code, delivered, duration_ns};
	condition_broadcast(&s->changed);
	mutex_unlock(&s->lock);
}

static void adopt(void *arg, int fd, const struct socket_peer *peer)
{
	struct service *s = arg;

	server_adopt(s->server, fd, peer);
}

static void start(struct service *s)
{
	struct grpc_method methods[] = {
		{"/t.T/Large", large, s}, {"/t.T/Echo", echo, s},
		{"/t.T/Hold", hold, s},   {"/t.T/Facts", facts, s},
		{"/t.T/Fail", fail, s},
	};
	struct server_hooks hooks = {
		.started = note_started, .finished = note_finished, .arg = s};
	struct socket_events events = {.accepted = adopt, .arg = s};
	char why[SOCKET_WHY_BYTES];

	int r = server_new(methods, sizeof(methods) / sizeof(methods[0]),
			   &hooks, &s->server);
	assert(r == 0);
	r = socket_listen(s->path, 0600, &s->listener, why);
	assert(r == 0);
	r = socket_accept(s->listener, &events);
	assert(r == 0);
	(void)r;
}

struct service *service_new(void)
{
	struct service *s = calloc(1, sizeof(*s));

	assert(s != NULL);
	(void)snprintf(s->dir, sizeof(s->dir), "/tmp/scale-grpc-XXXXXX");
	char *dir = mkdtemp(s->dir);
	assert(dir != NULL);
	(void)snprintf(s->path, sizeof(s->path), "%s/t.sock", dir);
	mutex_init(&s->lock);
	condition_init(&s->changed);
	start(s);
	return s;
}

int service_stop(struct service *s, int64_t grace_ms, int64_t limit_ms)
{
	socket_close(s->listener);
	s->listener = NULL;
	int r = server_stop(s->server, grace_ms * CLOCK_NS_PER_MS,
			    limit_ms * CLOCK_NS_PER_MS);
	if (r == 0)
		s->server = NULL;
	return r;
}

void service_free(struct service *s)
{
	if (s == NULL)
		return;
	(void)rmdir(s->dir); /* a leftover shows in /tmp only */
	condition_done(&s->changed);
	mutex_done(&s->lock);
	free(s);
}

bool service_wait(struct service *s, const int *counter, int at_least)
{
	int64_t until_ns = clock_after_ms(PATIENCE_MS);

	mutex_lock(&s->lock);
	while (*counter < at_least &&
	       condition_wait(&s->changed, &s->lock, until_ns))
		;
	bool is_there = *counter >= at_least;
	mutex_unlock(&s->lock);
	return is_there;
}

struct service_last service_last(struct service *s)
{
	mutex_lock(&s->lock);
	struct service_last last = s->last;
	mutex_unlock(&s->lock);
	return last;
}
