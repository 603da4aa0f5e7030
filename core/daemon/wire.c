/* SPDX-License-Identifier: BSD-2-Clause */
/* The part both programs share: workers, operations, the socket, its server. */
#include "daemon/wire.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "grpc/dispatch.h"
#include "grpc/endpoint.h"
#include "grpc/library_log.h"
#include "grpc/server.h"
#include "grpc/socket.h"

/* How long running calls may go on at a stop, and how long all of it may take.
 */
#define WIRE_GRACE_NS (5 * CLOCK_NS_PER_S)
#define WIRE_LIMIT_NS (20 * CLOCK_NS_PER_S)

/* The socket is for root and whoever shares the pod's group. */
#define WIRE_SOCKET_MODE 0660

struct wire {
	struct wire_config config;
	struct admit *admit;
	struct operations *ops;
	struct dispatch *dispatch;
	struct server *server;
	struct socket_listener *listener;
};

static void wire_note_started(void *arg, const char *path)
{
	struct wire *wire = arg;

	(void)path;
	metrics_begin(wire->config.metrics);
}

static void wire_note_finished(void *arg, const char *path, int code,
			       int64_t took_ns, bool delivered)
{
	struct wire *wire = arg;
	const char *method = path != NULL ? strrchr(path, '/') + 1 : "unknown";

	(void)delivered;
	metrics_note(wire->config.metrics, METRICS_RPC, method,
		     status_name(code), took_ns);
}

static void wire_accept(void *arg, int fd, const struct socket_peer *peer)
{
	struct wire *wire = arg;

	server_adopt(wire->server, fd, peer);
}

static void wire_note_refused(void *arg, int error)
{
	struct wire *wire = arg;

	log_line(wire->config.log, SCALE_ERROR,
		 "accepting a connection failed: %s", strerrordesc_np(error));
}

static int wire_start_work(struct wire *wire)
{
	struct operations_config ops = {
		.log = wire->config.log,
		.wait_ns = OPERATION_WAIT_NS,
		.keep_ns = OPERATION_KEEP_NS,
	};
	int rc = admit_new(wire->config.limits, &wire->admit);

	if (rc < 0)
		return rc;
	ops.admit = wire->admit;
	return operations_new(&ops, &wire->ops);
}

static int wire_start_server(struct wire *wire)
{
	struct dispatch_config dispatch = {
		.csi = wire->config.csi,
		.verbs = wire->config.verbs,
		.log = wire->config.log,
		.ops = wire->ops,
	};
	struct server_hooks hooks = {
		.started = wire_note_started,
		.finished = wire_note_finished,
		.arg = wire,
	};
	const struct grpc_method *methods;
	size_t n;
	int rc = dispatch_new(&dispatch, &wire->dispatch);

	if (rc < 0)
		return rc;
	library_log_set(NULL);
	methods = dispatch_methods(wire->dispatch, &n);
	return server_new(methods, n, &hooks, &wire->server);
}

static int wire_start_socket(struct wire *wire, char *ret_error, size_t size)
{
	struct socket_events events = {
		.accepted = wire_accept,
		.failed = wire_note_refused,
		.arg = wire,
	};
	char path[ENDPOINT_PATH_BYTES], why[SOCKET_WHY_BYTES];
	int rc = endpoint_parse(wire->config.endpoint, path, why);

	if (rc == 0)
		rc = socket_listen(path, WIRE_SOCKET_MODE, &wire->listener,
				   why);
	if (rc < 0) {
		(void)snprintf(ret_error, size, "%s", why);
		return rc;
	}
	return socket_accept(wire->listener, &events);
}

int wire_start(const struct wire_config *config, struct wire **ret_wire,
	       char *ret_error, size_t size)
{
	struct wire *wire = calloc(1, sizeof(*wire));
	int rc = wire == NULL ? -ENOMEM : 0;

	*ret_error = '\0';
	if (rc == 0) {
		wire->config = *config;
		rc = wire_start_work(wire);
	}
	if (rc == 0)
		rc = wire_start_server(wire);
	if (rc == 0)
		rc = wire_start_socket(wire, ret_error, size);
	if (rc < 0) {
		if (*ret_error == '\0')
			(void)snprintf(ret_error, size,
				       "the server could not be started: %s",
				       strerrordesc_np(-rc));
		(void)wire_stop(wire);
		return rc;
	}
	*ret_wire = wire;
	return 0;
}

struct operations *wire_operations(struct wire *wire)
{
	return wire->ops;
}

/*
 * Operations that were given up by their clients may still run when the last
 * RPC is gone, hence the cancel after the server; and the workers end before
 * the table they report to.
 */
int wire_stop(struct wire *wire)
{
	int rc;

	if (wire == NULL)
		return 0;
	socket_close(wire->listener);
	rc = server_stop(wire->server, WIRE_GRACE_NS, WIRE_GRACE_NS);
	if (wire->ops != NULL)
		operations_cancel(wire->ops);
	if (rc == -ETIMEDOUT)
		rc = server_stop(wire->server, 0, WIRE_LIMIT_NS);
	if (rc < 0)
		return rc;
	admit_free(wire->admit);
	operations_free(wire->ops);
	dispatch_free(wire->dispatch);
	free(wire);
	return 0;
}

static void wire_signal_set(sigset_t *ret_set)
{
	(void)sigemptyset(ret_set);
	(void)sigaddset(ret_set, SIGTERM);
	(void)sigaddset(ret_set, SIGINT);
	(void)sigaddset(ret_set, SIGHUP);
}

void wire_block_signals(void)
{
	sigset_t set;

	wire_signal_set(&set);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
}

int wire_wait_signal(void)
{
	sigset_t set;
	int got = 0;

	wire_signal_set(&set);
	while (sigwait(&set, &got) != 0)
		continue;
	return got;
}
