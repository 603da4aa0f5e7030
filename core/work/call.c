/* SPDX-License-Identifier: BSD-2-Clause */
/* What a call records about itself: identity, failure, log lines. */
#include "work/call.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/text.h"

/* What an error text may have; gRPC carries it in a header. */
#define REASON_BYTES 900

#define NOMEM_REASON                                                           \
	"the request needs more than the 16 MiB of memory that one request "   \
	"may use; ask for less at a time"

_Static_assert(CALL_ARENA_BYTES == 16u << 20, "NOMEM_REASON names the size");

void call_init(struct call *call, struct arena *arena, struct log *log,
	       struct cancel *cancel, int64_t deadline_ns)
{
	uint32_t id;

	*call = (struct call){
		.arena = arena,
		.log = log,
		.cancel = cancel,
		.deadline_ns = deadline_ns,
		.started_ns = clock_now_ns(),
		.reason = "",
	};
	ledger_init(&call->ledger);
	if (getrandom(&id, sizeof(id), GRND_NONBLOCK) != sizeof(id))
		id = (uint32_t)
			     call->started_ns; /* early at boot: any will do */
	text_hex(&id, sizeof(id), call->id);
}

/* Keeps a copy of @reason that is fit for a status message. */
static scale_status record(struct call *call, scale_status status,
			   const char *reason)
{
	char buf[REASON_BYTES + 1];
	struct text text;
	const char *copy;

	text_init(&text, buf, sizeof(buf));
	text_put_printable(&text, reason);
	copy = arena_strdup(call->arena, buf);
	call->status = status;
	call->reason = copy != NULL ? copy : NOMEM_REASON;
	return status;
}

scale_status call_fail(struct call *call, scale_status status, const char *fmt,
		       ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)call_vfail(call, status, fmt, ap);
	va_end(ap);
	return status;
}

scale_status call_vfail(struct call *call, scale_status status, const char *fmt,
			va_list ap)
{
	char buf[REASON_BYTES + 1];
	struct text text;

	text_init(&text, buf, sizeof(buf));
	text_vprintf(&text, fmt, ap);
	return record(call, status, buf);
}

scale_status call_prefix(struct call *call, const char *fmt, ...)
{
	char buf[REASON_BYTES + 1];
	struct text text;
	va_list ap;

	text_init(&text, buf, sizeof(buf));
	va_start(ap, fmt);
	text_vprintf(&text, fmt, ap);
	va_end(ap);
	if (*call->reason != '\0') {
		text_put(&text, ": ");
		text_put(&text, call->reason);
	}
	return record(call, call->status, buf);
}

scale_status call_nomem(struct call *call)
{
	call->status = SCALE_RESOURCE_EXHAUSTED;
	call->reason = NOMEM_REASON;
	return call->status;
}

static scale_status over_status(const struct call *call)
{
	if (call->cancel != NULL && cancel_is_set(call->cancel))
		return SCALE_CANCELLED;
	if (clock_now_ns() >= call->deadline_ns)
		return SCALE_DEADLINE_EXCEEDED;
	return SCALE_OK;
}

scale_status call_check(struct call *call)
{
	scale_status st = over_status(call);

	if (st == SCALE_CANCELLED)
		return call_fail(call, st,
				 "the request was cancelled before the work "
				 "was finished");
	if (st == SCALE_DEADLINE_EXCEEDED)
		return call_fail(call, st,
				 "the time for the request ran out before the "
				 "work was finished; try again");
	return st;
}

bool call_is_over(const struct call *call)
{
	return over_status(call) != SCALE_OK;
}

void call_log(struct call *call, uint32_t level, const char *fmt, ...)
{
	const struct log_field fields[] = {
		{"rpc", call->verb},
		{"id", call->id},
		{"volume", call->volume},
		{"backend", call->backend},
	};
	va_list ap;

	va_start(ap, fmt);
	log_vwrite(call->log, level, fields, sizeof(fields) / sizeof(fields[0]),
		   fmt, ap);
	va_end(ap);
}

char *call_printf(struct call *call, const char *fmt, ...)
{
	char *text;
	va_list ap;

	va_start(ap, fmt);
	text = arena_vprintf(call->arena, fmt, ap);
	va_end(ap);
	return text;
}

const char *status_name(scale_status status)
{
	static const char *const names[] = {
		[SCALE_OK] = "OK",
		[SCALE_CANCELLED] = "CANCELLED",
		[SCALE_UNKNOWN] = "UNKNOWN",
		[SCALE_INVALID_ARGUMENT] = "INVALID_ARGUMENT",
		[SCALE_DEADLINE_EXCEEDED] = "DEADLINE_EXCEEDED",
		[SCALE_NOT_FOUND] = "NOT_FOUND",
		[SCALE_ALREADY_EXISTS] = "ALREADY_EXISTS",
		[SCALE_PERMISSION_DENIED] = "PERMISSION_DENIED",
		[SCALE_RESOURCE_EXHAUSTED] = "RESOURCE_EXHAUSTED",
		[SCALE_FAILED_PRECONDITION] = "FAILED_PRECONDITION",
		[SCALE_ABORTED] = "ABORTED",
		[SCALE_OUT_OF_RANGE] = "OUT_OF_RANGE",
		[SCALE_UNIMPLEMENTED] = "UNIMPLEMENTED",
		[SCALE_INTERNAL] = "INTERNAL",
		[SCALE_UNAVAILABLE] = "UNAVAILABLE",
		[SCALE_UNAUTHENTICATED] = "UNAUTHENTICATED",
	};
	const size_t n = sizeof(names) / sizeof(names[0]);

	if (status < 0 || (size_t)status >= n || names[status] == NULL)
		return names[SCALE_UNKNOWN];
	return names[status];
}
