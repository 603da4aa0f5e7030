/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A server for tests, on a socket in a directory of its own:
 *
 *   /t.T/Echo   answers inline with its request
 *   /t.T/Hold   waits for service_reply(), on whatever thread calls it
 *   /t.T/Facts  answers with a struct service_facts
 *   /t.T/Fail   answers with code request[0] and the rest as message
 *   /t.T/Large  answers with as many bytes as the decimal request says
 */
#ifndef SERVICE_H
#define SERVICE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mutex.h"
#include "grpc/exchange.h"
#include "grpc/server.h"
#include "grpc/socket.h"

#define SERVICE_HELD_MAX 64

struct service_facts {
	int64_t now_ns;
	int64_t deadline_ns;
	bool has_peer;
	struct socket_peer peer;
};

/* What the hooks heard of the call that ended last. */
struct service_last {
	int code;
	bool delivered;
	int64_t duration_ns;
};

/* A call of Hold. */
struct service_held {
	struct service *service;        /* constant after init */
	struct grpc_exchange *exchange; /* (lock) NULL once replied */
	int64_t cancelled_ns;           /* (lock) 0: not */
	bool is_done;                   /* (lock) */
	bool is_delivered;              /* (lock) */
};

struct service {
	char dir[64];                     /* constant after init */
	char path[96];                    /* constant after init */
	struct socket_listener *listener; /* the test's thread */
	struct server *server;            /* the test's thread */

	struct mutex lock;
	struct condition changed;
	struct service_held held[SERVICE_HELD_MAX];
	int n_held;               /* (lock) */
	int n_cancelled;          /* (lock) */
	int n_done;               /* (lock) */
	int n_started;            /* (lock) by the hooks */
	int n_finished;           /* (lock) by the hooks */
	int n_unknown;            /* (lock) finished without a path */
	struct service_last last; /* (lock) by the hooks */
	int n_released;           /* (lock) replies of Large given back */
};

struct service *service_new(void);

/* service_free - the rest, after service_stop(); NULL is allowed. */
void service_free(struct service *service);

/* service_stop - close the socket and stop the server; server_stop()'s. */
int service_stop(struct service *service, int64_t grace_ms, int64_t limit_ms);

/* service_wait - until a counter reaches @at_least; false after 10 s. */
bool service_wait(struct service *service, const int *counter, int at_least);

/* service_last - a copy of what the hooks heard last. */
struct service_last service_last(struct service *service);

/* service_reply - answer a held call with its number as one byte. */
void service_reply(struct service_held *held);

#endif
