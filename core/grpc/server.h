/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A gRPC server over connected sockets that others accept.
 *
 * Threads: ours is one, the queue thread, which takes gRPC's events and runs
 * the handlers of grpc/exchange.h.  gRPC starts about eight more for itself.
 * All of them have every signal blocked.
 *
 * gRPC's own threads stay, idle, after the last server has stopped: shutting
 * the library down can block for ten seconds.  They are no obstacle to exit().
 *
 * No file in this directory may be named like one of gRPC's own headers
 * ("grpc.h", "status.h", "slice.h", ...): <grpc/...> would then find ours.
 */
#ifndef SCALE_CSI_GRPC_SERVER_H
#define SCALE_CSI_GRPC_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "grpc/exchange.h"
#include "grpc/socket.h"

struct server;

/* What metrics and logs want to know; all run on the queue thread. */
struct server_hooks {
	/*
	 * A call came.  @path is the table's, or NULL for a method that is not
	 * in it: never a text of the client's, so it can label a metric.  May
	 * be NULL.
	 */
	void (*started)(void *arg, const char *path);
	/*
	 * It is over: @code was answered, @duration_ns after it came;
	 * @delivered as in grpc_exchange_on_done().  Once for each started
	 * call.  May be NULL.
	 */
	void (*finished)(void *arg, const char *path, int code,
			 int64_t duration_ns, bool delivered);
	void *arg; /* outlives the server */
};

/*
 * server_new - start a server without clients.
 * @methods, @n_methods: copied; unknown paths are answered UNIMPLEMENTED.
 * @hooks:  copied; NULL for none.
 * @ret:    the server; the caller ends it with server_stop().
 *
 * A request message may have 1 MiB (a larger one is answered
 * RESOURCE_EXHAUSTED by gRPC), a connection 256 calls at once (others wait for
 * their turn in the client); clients may ping as they like, and connections are
 * never closed for being old or idle: a sidecar exits when its connection goes.
 *
 * Returns 0, -EINVAL for two methods with one path, -ENOMEM, or -EAGAIN when
 * there is no thread to be had.
 */
int server_new(const struct grpc_method *methods, size_t n_methods,
	       const struct server_hooks *hooks, struct server **ret);

/*
 * server_adopt - serve a connected socket.
 * @fd:   nonblocking, close-on-exec; the server's from here on.
 * @peer: copied; NULL if unknown.
 *
 * Any thread, but not during or after server_stop(): stop the listeners first.
 * Two servers may serve connections of one listener.
 */
void server_adopt(struct server *server, int fd,
		  const struct socket_peer *peer);

/*
 * server_stop - stop serving and free the server.
 * @server:   may be NULL.
 * @grace_ns: how long running calls may go on; then they are cancelled, as
 *            grpc_exchange_cancelled() and the callbacks tell their handlers.
 * @limit_ns: how long this function may take in all; at least @grace_ns.
 *
 * Call it after socket_close() on every listener and before the workers that
 * reply are stopped, on any thread but the queue thread.  New calls are
 * answered UNAVAILABLE from now on.  After the last running call, or the grace,
 * clients are told to go; whoever does not go within a second is cut off.
 *
 * Returns 0 when all is over and freed.  Returns -ETIMEDOUT when a call was not
 * replied to in time: the server then goes on living, a late reply is harmless,
 * and the process should leave by _exit(), or call this again.
 */
int server_stop(struct server *server, int64_t grace_ns, int64_t limit_ns);

#endif
