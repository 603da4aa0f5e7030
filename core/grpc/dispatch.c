/* SPDX-License-Identifier: BSD-2-Clause */
/* From the wire to the verbs: each exchange becomes an operation. */
#include "grpc/dispatch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "csi/fingerprint.h"
#include "csi/rules.h"
#include "csi/status.h"
#include "grpc/codec.h"

/* An id in a log line; longer ones are refused before they get here. */
#define DISPATCH_VOLUME_MAX 128

/* One method served. */
struct dispatch_row {
	const struct dispatch *dispatch;
	const struct csi_verb *verb;
	char *path;
};

struct dispatch {
	struct dispatch_config config; /* constant */
	struct dispatch_row *rows;     /* constant after dispatch_new() */
	struct grpc_method *methods;   /* constant after dispatch_new() */
	size_t n;
};

/* One RPC that waits for an operation; freed after the exchange is done. */
struct rpc_wait {
	struct operation_waiter waiter; /* first: done() gets this */
	struct grpc_exchange *exchange; /* gone after the reply */
	const struct dispatch_row *row;
	int64_t started_ns;
	bool was_done; /* done() was called; set before reply */
	char id[9];
	char volume[DISPATCH_VOLUME_MAX + 1]; /* for the log */
};

/* What the operation runs; lives in its arena. */
struct dispatch_job {
	const struct dispatch_row *row;
	const ProtobufCMessage *request;
};

static void dispatch_log(const struct dispatch_row *row, const char *id,
			 const char *volume, int64_t started_ns,
			 scale_status code, const char *reason)
{
	uint32_t level = code == SCALE_OK ? (row->verb->is_quiet ? SCALE_DEBUG
								 : SCALE_INFO)
					  : SCALE_ERROR;
	char ms[24];
	struct log_field fields[] = {
		{"rpc", row->verb->method},
		{"id", id},
		{"volume", volume},
		{"code", code == SCALE_OK ? "" : status_name(code)},
		{"ms", ms},
	};
	struct text text;

	if (!log_wants(row->dispatch->config.log, level))
		return;
	text_init(&text, ms, sizeof(ms));
	text_printf(
		&text, "%lld",
		(long long)((clock_now_ns() - started_ns) / CLOCK_NS_PER_MS));
	if (code == SCALE_OK)
		log_write(row->dispatch->config.log, level, fields,
			  sizeof(fields) / sizeof(*fields), NULL);
	else
		log_write(row->dispatch->config.log, level, fields,
			  sizeof(fields) / sizeof(*fields), "%s", reason);
}

/* Pack and send; a reply that cannot be packed becomes its own failure. */
static scale_status dispatch_reply(struct grpc_exchange *exchange,
				   struct call *call, scale_status code,
				   const char *reason,
				   const ProtobufCMessage *reply)
{
	uint8_t *bytes = NULL;
	size_t len = 0;

	if (code == SCALE_OK) {
		code = codec_pack(call, reply, &bytes, &len);
		reason = call->reason;
	}
	grpc_exchange_reply(exchange, code, reason, bytes, len, free);
	return code;
}

/* operation_waiter.done: any thread. */
static void dispatch_done(struct operation_waiter *waiter, scale_status status,
			  const char *reason, const struct ledger *ledger,
			  void *result)
{
	struct rpc_wait *wait = (struct rpc_wait *)waiter;
	scale_status code = status_for_caller(status, ledger_state(ledger));
	struct arena *arena = arena_new(CALL_ARENA_BYTES);
	struct call call;

	wait->was_done = true;
	if (arena == NULL) {
		grpc_exchange_reply(wait->exchange, SCALE_UNAVAILABLE,
				    "the driver is out of memory; try again",
				    NULL, 0, NULL);
		return;
	}
	call_init(&call, arena, wait->row->dispatch->config.log, NULL,
		  CLOCK_NEVER);
	dispatch_log(wait->row, wait->id, wait->volume, wait->started_ns, code,
		     reason);
	(void)dispatch_reply(wait->exchange, &call, code, reason, result);
	arena_free(arena);
}

/* The client went away: on the wire's thread, before the reply. */
static void dispatch_leave(void *arg)
{
	struct rpc_wait *wait = arg;

	if (!operation_leave(wait->row->dispatch->config.ops, &wait->waiter))
		return; /* the answer is on its way */
	grpc_exchange_reply(wait->exchange, SCALE_CANCELLED,
			    "the client did not wait for the answer", NULL, 0,
			    NULL);
}

/* The exchange is over: the last we hear of it. */
static void dispatch_over(void *arg, bool delivered)
{
	struct rpc_wait *wait = arg;

	if (wait->was_done)
		operation_receive(wait->row->dispatch->config.ops,
				  &wait->waiter, delivered);
	free(wait);
}

static scale_status dispatch_run(struct call *call, void *arg,
				 void **ret_result)
{
	const struct dispatch_job *job = arg;
	ProtobufCMessage *reply = NULL;
	scale_status st = job->row->verb->run(
		call, job->row->dispatch->config.csi, job->request, &reply);

	*ret_result = reply;
	return st;
}

static void dispatch_submit(struct grpc_exchange *exchange, struct call *call,
			    const struct dispatch_row *row,
			    const ProtobufCMessage *request,
			    const struct csi_plan *plan,
			    const uint8_t fingerprint[SHA256_BYTES])
{
	struct rpc_wait *wait = calloc(1, sizeof(*wait));
	struct dispatch_job *job = arena_alloc(call->arena, sizeof(*job));
	struct operation_request operation = {
		.verb = row->verb->method,
		.volume = plan->volume,
		.also = plan->also,
		.also_shared = plan->also_shared,
		.unique = plan->unique,
		.is_mutation = row->verb->is_mutation,
		.class = row->verb->class,
		.budget_ns = row->verb->budget_ns,
		.arena = call->arena,
		.arg = job,
		.run = dispatch_run,
	};

	if (wait == NULL || job == NULL) {
		free(wait);
		(void)dispatch_reply(exchange, call, call_nomem(call),
				     call->reason, NULL);
		arena_wipe(call->arena);
		return;
	}
	*job = (struct dispatch_job){row, request};
	memcpy(operation.fingerprint, fingerprint, SHA256_BYTES);
	wait->exchange = exchange;
	wait->row = row;
	wait->started_ns = call->started_ns;
	memcpy(wait->id, call->id, sizeof(wait->id));
	if (plan->volume != NULL) {
		struct text volume;

		text_init(&volume, wait->volume, sizeof(wait->volume));
		text_put(&volume, plan->volume);
	}
	wait->waiter.deadline_ns = grpc_exchange_deadline_ns(exchange);
	wait->waiter.done = dispatch_done;
	grpc_exchange_on_done(exchange, dispatch_over, wait);
	grpc_exchange_on_cancel(exchange, dispatch_leave, wait);
	operation_submit(row->dispatch->config.ops, &operation, &wait->waiter);
}

/* Decode, check, plan: everything that needs neither lock nor NAS. */
static scale_status dispatch_prepare(struct call *call,
				     const struct dispatch_row *row,
				     const uint8_t *bytes, size_t len,
				     ProtobufCMessage **ret_request,
				     struct csi_plan *ret_plan,
				     uint8_t ret_print[SHA256_BYTES])
{
	scale_status st =
		codec_unpack(call, row->verb->input, bytes, len, ret_request);

	if (st == SCALE_OK)
		st = rules_check(call, *ret_request);
	if (st == SCALE_OK && row->verb->plan != NULL)
		st = row->verb->plan(call, row->dispatch->config.csi,
				     *ret_request, ret_plan);
	if (st == SCALE_OK && ret_plan->volume != NULL)
		st = fingerprint_request(call, *ret_request, ret_print);
	return st;
}

/* grpc_method.handle: on the wire's thread. */
static void dispatch_handle(struct grpc_exchange *exchange, void *arg)
{
	const struct dispatch_row *row = arg;
	const struct dispatch_config *config = &row->dispatch->config;
	struct arena *arena = arena_new(CALL_ARENA_BYTES);
	uint8_t fingerprint[SHA256_BYTES] = {0};
	ProtobufCMessage *request = NULL, *reply = NULL;
	struct csi_plan plan = {0};
	const uint8_t *bytes;
	struct call call;
	scale_status st;
	size_t len;

	if (arena == NULL) {
		grpc_exchange_reply(exchange, SCALE_UNAVAILABLE,
				    "the driver is out of memory; try again",
				    NULL, 0, NULL);
		return;
	}
	call_init(&call, arena, config->log, NULL, CLOCK_NEVER);
	call.verb = row->verb->method;
	bytes = grpc_exchange_request(exchange, &len);
	st = dispatch_prepare(&call, row, bytes, len, &request, &plan,
			      fingerprint);
	if (st == SCALE_OK && !row->verb->is_inline) {
		dispatch_submit(exchange, &call, row, request, &plan,
				fingerprint);
		return;
	}
	if (st == SCALE_OK)
		st = row->verb->run(&call, config->csi, request, &reply);
	st = dispatch_reply(exchange, &call,
			    status_for_caller(st, LEDGER_CLEAN), call.reason,
			    reply);
	dispatch_log(row, call.id, plan.volume, call.started_ns, st,
		     call.reason);
	arena_wipe(arena);
}

static int dispatch_add(struct dispatch *dispatch, const struct csi_verb *verb)
{
	struct dispatch_row *row = &dispatch->rows[dispatch->n];
	size_t size = strlen(verb->service) + strlen(verb->method) + 3;
	struct text path;

	row->path = malloc(size);
	if (row->path == NULL)
		return -ENOMEM;
	text_init(&path, row->path, size);
	text_printf(&path, "/%s/%s", verb->service, verb->method);
	row->dispatch = dispatch;
	row->verb = verb;
	dispatch->methods[dispatch->n++] =
		(struct grpc_method){row->path, dispatch_handle, row};
	return 0;
}

int dispatch_new(const struct dispatch_config *config,
		 struct dispatch **ret_dispatch)
{
	struct dispatch *dispatch = calloc(1, sizeof(*dispatch));
	size_t n = 0;
	int rc = 0;

	if (dispatch == NULL)
		return -ENOMEM;
	while (config->verbs[n].service != NULL)
		n++;
	dispatch->config = *config;
	dispatch->rows = calloc(n, sizeof(*dispatch->rows));
	dispatch->methods = calloc(n, sizeof(*dispatch->methods));
	if (dispatch->rows == NULL || dispatch->methods == NULL)
		rc = -ENOMEM;
	for (size_t i = 0; i < n && rc == 0; i++)
		rc = dispatch_add(dispatch, &config->verbs[i]);
	if (rc < 0) {
		dispatch_free(dispatch);
		return rc;
	}
	*ret_dispatch = dispatch;
	return 0;
}

const struct grpc_method *dispatch_methods(const struct dispatch *dispatch,
					   size_t *ret_n)
{
	*ret_n = dispatch->n;
	return dispatch->methods;
}

void dispatch_free(struct dispatch *dispatch)
{
	if (dispatch == NULL)
		return;
	for (size_t i = 0; dispatch->rows != NULL && i < dispatch->n; i++)
		free(dispatch->rows[i].path);
	free(dispatch->rows);
	free(dispatch->methods);
	free(dispatch);
}
