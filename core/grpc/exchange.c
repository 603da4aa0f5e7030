/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The life of one call: awaited, received, answered, closed.
 *
 * gRPC tells of it by completions with a tag, all taken by the queue thread:
 *
 *   NEW      a call came; from here it is counted as active
 *   MESSAGE  its request is here: the handler runs
 *   CLOSE    the stream is over, perhaps cancelled; at any time after NEW
 *   REPLY    our answer was written, or could not be
 *
 * CLOSE and REPLY each come exactly once; after both the exchange ends.
 */
#include "grpc/exchange.h"

#include <assert.h>
#include <grpc/byte_buffer.h>
#include <grpc/grpc.h>
#include <grpc/support/alloc.h>
#include <grpc/support/time.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "grpc/payload.h"
#include "grpc/server_impl.h"
#include "grpc/tsan.h"

enum tag_kind { TAG_NEW, TAG_MESSAGE, TAG_CLOSE, TAG_REPLY, TAG_KINDS };

/* What gRPC hands back with a completion. */
struct tag {
	struct grpc_exchange *exchange; /* constant after init */
	enum tag_kind kind;             /* constant after init */
};

struct grpc_exchange {
	struct server *server;      /* constant after init */
	struct tag tags[TAG_KINDS]; /* constant after init */

	grpc_call *call;              /* constant after NEW */
	grpc_call_details details;    /* queue thread, until NEW is handled */
	grpc_metadata_array metadata; /* queue thread, until NEW is handled */
	const struct grpc_method
		*method;         /* constant after NEW; NULL: unknown */
	enum call_fate fate;     /* constant after NEW */
	int64_t began_ns;        /* constant after NEW */
	int64_t deadline_ns;     /* constant after NEW */
	struct socket_peer peer; /* constant after NEW */
	bool has_peer;           /* constant after NEW */

	/* The queue thread's until the handler runs, then the replier's. */
	struct payload payload;

	atomic_bool is_replied;   /* atomic */
	atomic_bool is_cancelled; /* atomic */
	int code;                 /* the replier's, then the queue thread's */

	int close_cancelled;       /* gRPC's until CLOSE, then queue thread */
	bool is_closed;            /* queue thread */
	bool is_answered;          /* queue thread */
	bool is_sent;              /* queue thread */
	void (*on_cancel)(void *); /* queue thread */
	void *on_cancel_arg;       /* queue thread */
	void (*on_done)(void *, bool); /* queue thread */
	void *on_done_arg;             /* queue thread */
};

/* Nothing of @x may be touched after this, except by the queue thread. */
static void start_batch(struct grpc_exchange *x, const grpc_op *ops, size_t n,
			enum tag_kind kind)
{
	grpc_call *call = x->call;
	struct tag *tag = &x->tags[kind];

	TSAN_RELEASE(x);
	grpc_call_error error = grpc_call_start_batch(call, ops, n, tag, NULL);
	assert(error == GRPC_CALL_OK);
	(void)error;
}

static void free_exchange(struct grpc_exchange *x)
{
	grpc_call_details_destroy(&x->details);
	grpc_metadata_array_destroy(&x->metadata);
	if (x->call != NULL)
		grpc_call_unref(x->call);
	free(x);
}

bool exchange_await(struct server *s)
{
	struct grpc_exchange *x = calloc(1, sizeof(*x));

	if (x == NULL)
		return false;
	x->server = s;
	for (int kind = 0; kind < TAG_KINDS; kind++)
		x->tags[kind] = (struct tag){x, (enum tag_kind)kind};
	grpc_call_details_init(&x->details);
	grpc_metadata_array_init(&x->metadata);
	TSAN_RELEASE(x);
	grpc_call_error error = grpc_server_request_call(
		s->core, &x->call, &x->details, &x->metadata, s->queue,
		s->queue, &x->tags[TAG_NEW]);
	if (error != GRPC_CALL_OK) {
		free_exchange(x);
		return false;
	}
	return true;
}

/* Reply. */

static void send_message(struct grpc_exchange *x, grpc_slice body)
{
	grpc_byte_buffer *buffer = grpc_raw_byte_buffer_create(&body, 1);
	grpc_op ops[3];

	memset(ops, 0, sizeof(ops));
	ops[0].op = GRPC_OP_SEND_INITIAL_METADATA;
	ops[1].op = GRPC_OP_SEND_MESSAGE;
	ops[1].data.send_message.send_message = buffer;
	ops[2].op = GRPC_OP_SEND_STATUS_FROM_SERVER;
	ops[2].data.send_status_from_server.status = GRPC_STATUS_OK;
	x->code = GRPC_STATUS_OK;
	start_batch(x, ops, 3, TAG_REPLY);
	grpc_byte_buffer_destroy(buffer);
	grpc_slice_unref(body);
}

static void send_error(struct grpc_exchange *x, int code, const char *message)
{
	char buf[GRPC_STATUS_TEXT_MAX_BYTES + 1];
	struct text text;
	grpc_op ops[2];

	text_init(&text, buf, sizeof(buf));
	if (message == NULL || message[0] == '\0')
		message = "the call failed and left no reason; the driver's "
			  "log may have one";
	text_put_printable(&text, message);
	grpc_slice details = grpc_slice_from_copied_buffer(buf, text.len);

	memset(ops, 0, sizeof(ops));
	ops[0].op = GRPC_OP_SEND_INITIAL_METADATA;
	ops[1].op = GRPC_OP_SEND_STATUS_FROM_SERVER;
	ops[1].data.send_status_from_server.status = (grpc_status_code)code;
	ops[1].data.send_status_from_server.status_details = &details;
	x->code = code;
	start_batch(x, ops, 2, TAG_REPLY);
	grpc_slice_unref(details);
}

/* The slice that carries @bytes; takes them over if they can be released. */
static grpc_slice body_slice(void *bytes, size_t len, void (*release)(void *))
{
	if (len > 0 && release != NULL)
		return grpc_slice_new(bytes, len, release);
	grpc_slice body = grpc_slice_from_copied_buffer(bytes, len);
	if (release != NULL)
		release(bytes);
	return body;
}

void grpc_exchange_reply(struct grpc_exchange *x, int code, const char *message,
			 void *bytes, size_t len, void (*release)(void *bytes))
{
	bool was_replied = atomic_exchange(&x->is_replied, true);

	assert(!was_replied);
	(void)was_replied;
	payload_done(&x->payload);
	if (code < GRPC_STATUS_OK || code > GRPC_STATUS_UNAUTHENTICATED)
		code = GRPC_STATUS_INTERNAL;
	if (code == GRPC_STATUS_OK && len <= GRPC_REPLY_MAX_BYTES) {
		send_message(x, body_slice(bytes, len, release));
		return;
	}
	if (release != NULL)
		release(bytes);
	if (code == GRPC_STATUS_OK) {
		code = GRPC_STATUS_INTERNAL;
		message = "the reply is larger than the 4 MiB that clients "
			  "accept; ask for fewer entries at a time";
	}
	send_error(x, code, message);
}

static void reply_error(struct grpc_exchange *x, grpc_status_code code,
			const char *message)
{
	grpc_exchange_reply(x, (int)code, message, NULL, 0, NULL);
}

/* NEW. */

static int64_t deadline_on_monotonic(gpr_timespec deadline)
{
	if (gpr_time_cmp(deadline, gpr_inf_future(deadline.clock_type)) == 0)
		return INT64_MAX;

	gpr_timespec left =
		gpr_time_sub(deadline, gpr_now(deadline.clock_type));
	int64_t ns;
	if (__builtin_mul_overflow(left.tv_sec, (int64_t)1000000000, &ns) ||
	    __builtin_add_overflow(ns, left.tv_nsec, &ns) ||
	    __builtin_add_overflow(ns, clock_now_ns(), &ns))
		return left.tv_sec < 0 ? 0 : INT64_MAX;
	return ns;
}

/* gRPC names the connections that server_adopt() gave it "fd:NUMBER". */
static void find_peer(struct grpc_exchange *x)
{
	char *name = grpc_call_get_peer(x->call);
	int fd;
	char end;

	if (name != NULL && sscanf(name, "fd:%d%c", &fd, &end) == 1)
		x->has_peer = server_find_peer(x->server, fd, &x->peer);
	gpr_free(name);
}

static void reply_unknown(struct grpc_exchange *x)
{
	char buf[GRPC_STATUS_TEXT_MAX_BYTES + 1];
	char path[200];
	size_t len = GRPC_SLICE_LENGTH(x->details.method);

	if (len >= sizeof(path))
		len = sizeof(path) - 1;
	memcpy(path, GRPC_SLICE_START_PTR(x->details.method), len);
	path[len] = '\0';
	(void)snprintf(buf, sizeof(buf),
		       "the method '%s' is not served on this socket", path);
	reply_error(x, GRPC_STATUS_UNIMPLEMENTED, buf);
}

static void await_close(struct grpc_exchange *x)
{
	grpc_op op;

	memset(&op, 0, sizeof(op));
	op.op = GRPC_OP_RECV_CLOSE_ON_SERVER;
	op.data.recv_close_on_server.cancelled = &x->close_cancelled;
	start_batch(x, &op, 1, TAG_CLOSE);
}

static void await_message(struct grpc_exchange *x)
{
	grpc_op op;

	memset(&op, 0, sizeof(op));
	op.op = GRPC_OP_RECV_MESSAGE;
	op.data.recv_message.recv_message = &x->payload.buffer;
	start_batch(x, &op, 1, TAG_MESSAGE);
}

static void on_new(struct grpc_exchange *x, bool ok)
{
	struct server *s = x->server;

	s->is_request_posted = false;
	if (!ok)
		s->is_core_down = true;
	x->fate = ok ? server_call_began(s) : CALL_DROPPED;
	if (x->fate == CALL_DROPPED) {
		free_exchange(x);
		return;
	}
	x->began_ns = clock_now_ns();
	x->deadline_ns = deadline_on_monotonic(x->details.deadline);
	x->method = server_find_method(
		s, (const char *)GRPC_SLICE_START_PTR(x->details.method),
		GRPC_SLICE_LENGTH(x->details.method));
	find_peer(x);
	if (s->hooks.started != NULL)
		s->hooks.started(s->hooks.arg,
				 x->method == NULL ? NULL : x->method->path);
	await_close(x);
	if (x->fate == CALL_REFUSED)
		reply_error(x, GRPC_STATUS_UNAVAILABLE,
			    "the driver is stopping; the call was not begun "
			    "and can be repeated once the driver runs again");
	else if (x->method == NULL)
		reply_unknown(x);
	else
		await_message(x);
}

/* MESSAGE, CLOSE, REPLY. */

static void on_message(struct grpc_exchange *x, bool ok)
{
	if (atomic_load(&x->is_cancelled))
		reply_error(x, GRPC_STATUS_CANCELLED,
			    "the call was cancelled before its request came");
	else if (!ok || x->payload.buffer == NULL)
		reply_error(x, GRPC_STATUS_INTERNAL,
			    "the call carries no request message");
	else if (!payload_open(&x->payload))
		reply_error(x, GRPC_STATUS_INTERNAL,
			    "the request message could not be read");
	else
		x->method->handle(x, x->method->arg);
}

static void end_if_over(struct grpc_exchange *x)
{
	struct server *s = x->server;

	if (!x->is_closed || !x->is_answered)
		return;
	bool delivered = x->is_sent && !atomic_load(&x->is_cancelled);
	if (x->on_done != NULL)
		x->on_done(x->on_done_arg, delivered);
	if (s->hooks.finished != NULL)
		s->hooks.finished(s->hooks.arg,
				  x->method == NULL ? NULL : x->method->path,
				  x->code, clock_now_ns() - x->began_ns,
				  delivered);
	enum call_fate fate = x->fate;
	free_exchange(x);
	server_call_ended(s, fate);
}

static void on_close(struct grpc_exchange *x, bool ok)
{
	x->is_closed = true;
	if (!ok || x->close_cancelled != 0) {
		atomic_store(&x->is_cancelled, true);
		if (x->on_cancel != NULL && !atomic_load(&x->is_replied))
			x->on_cancel(x->on_cancel_arg);
	}
	end_if_over(x);
}

static void on_reply(struct grpc_exchange *x, bool ok)
{
	x->is_answered = true;
	x->is_sent = ok;
	end_if_over(x);
}

void exchange_handle(void *tag, bool ok)
{
	static void (*const handlers[TAG_KINDS])(struct grpc_exchange *,
						 bool) = {
		[TAG_NEW] = on_new,
		[TAG_MESSAGE] = on_message,
		[TAG_CLOSE] = on_close,
		[TAG_REPLY] = on_reply,
	};
	const struct tag *t = tag;
	struct grpc_exchange *x = t->exchange;

	TSAN_ACQUIRE(x);
	handlers[t->kind](x, ok);
}

/* What a handler asks. */

const char *grpc_exchange_path(const struct grpc_exchange *x)
{
	return x->method->path;
}

const uint8_t *grpc_exchange_request(const struct grpc_exchange *x,
				     size_t *ret_len)
{
	*ret_len = x->payload.len;
	return x->payload.bytes;
}

int64_t grpc_exchange_deadline_ns(const struct grpc_exchange *x)
{
	return x->deadline_ns;
}

bool grpc_exchange_peer(const struct grpc_exchange *x, struct socket_peer *ret)
{
	if (x->has_peer)
		*ret = x->peer;
	return x->has_peer;
}

bool grpc_exchange_cancelled(const struct grpc_exchange *x)
{
	return atomic_load(&x->is_cancelled);
}

void grpc_exchange_on_cancel(struct grpc_exchange *x, void (*fn)(void *arg),
			     void *arg)
{
	assert(pthread_equal(pthread_self(), x->server->thread));
	x->on_cancel = fn;
	x->on_cancel_arg = arg;
}

void grpc_exchange_on_done(struct grpc_exchange *x,
			   void (*fn)(void *arg, bool delivered), void *arg)
{
	assert(pthread_equal(pthread_self(), x->server->thread));
	x->on_done = fn;
	x->on_done_arg = arg;
}
