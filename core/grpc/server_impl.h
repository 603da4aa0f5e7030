/* SPDX-License-Identifier: BSD-2-Clause */
/* What server.c and exchange.c know of each other; for these two only. */
#ifndef SCALE_CSI_GRPC_SERVER_IMPL_H
#define SCALE_CSI_GRPC_SERVER_IMPL_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/mutex.h"
#include "grpc/exchange.h"
#include "grpc/server.h"

/* gRPC's, under the names its C headers give them. */
struct grpc_completion_queue;
struct grpc_server;
struct grpc_server_credentials;

struct server {
	struct grpc_server *core;              /* constant after init */
	struct grpc_completion_queue *queue;   /* constant after init */
	struct grpc_server_credentials *creds; /* constant after init */
	struct grpc_method *methods;           /* constant after init; sorted */
	size_t n_methods;                      /* constant after init */
	struct server_hooks hooks;             /* constant after init */
	pthread_t thread;                      /* constant after init */

	bool is_request_posted; /* queue thread */
	bool is_core_down;      /* queue thread: gRPC takes no more requests */

	struct mutex lock;        /* order 10; guards what is marked (lock) */
	struct condition changed; /* (lock) a counter or flag below changed */
	unsigned int active;      /* (lock) calls that began and did not end */
	unsigned int running;     /* (lock) those of them that were served */
	bool is_stopping;         /* (lock) calls are refused from now on */
	bool is_down;             /* (lock) gRPC says it has shut down */
	bool is_closing;          /* (lock) the queue takes no more batches */
	struct socket_peer
		*peers; /* (lock) by descriptor number; pid -1: none */
	size_t n_peers; /* (lock) */
};

/* server_find_method - by a path that is not NUL-terminated; NULL: unknown. */
const struct grpc_method *server_find_method(const struct server *server,
					     const char *path, size_t len);

/* What becomes of a call that has just come. */
enum call_fate {
	CALL_SERVED,
	CALL_REFUSED, /* the server stops: answer UNAVAILABLE */
	CALL_DROPPED, /* the queue closes: no batch may be started for it */
};

/* server_call_began - count a call in, unless it is to be dropped. */
enum call_fate server_call_began(struct server *server);

/* server_call_ended - count it out; the exchange is freed by then. */
void server_call_ended(struct server *server, enum call_fate fate);

/* server_find_peer - who is behind descriptor number @fd; false: unknown. */
bool server_find_peer(struct server *server, int fd, struct socket_peer *ret);

/*
 * exchange_await - post a request for the next call.  Queue thread, or before
 * it runs.  False when memory is out: try again later.
 */
bool exchange_await(struct server *server);

/*
 * exchange_handle - take an event of an exchange from the queue.
 * @tag: the event's tag, one that exchange.c gave to gRPC.
 * @ok:  the event's success.
 */
void exchange_handle(void *tag, bool ok);

#endif
