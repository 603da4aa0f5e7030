/* SPDX-License-Identifier: BSD-2-Clause */
/* The first argument of everything: who asks, until when, and why it failed. */
#ifndef SCALE_CSI_WORK_CALL_H
#define SCALE_CSI_WORK_CALL_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

#include <scale_backend.h>

#include "base/arena.h"
#include "base/log.h"
#include "work/cancel.h"
#include "work/ledger.h"

/* The memory one call may use, contexts, replies and texts together. */
#define CALL_ARENA_BYTES (16u << 20)

/*
 * A call.  One thread at a time uses it: the worker that runs the operation.
 * `abi` comes first, so that the ABI's `struct scale_call *` given to a backend
 * and this are the same address.
 */
struct call {
	struct scale_call abi; /* set by backend/host.c while a backend runs */
	struct arena *arena; /* lives until the operation's last reader left */
	struct log *log;     /* may be NULL */
	struct cancel *cancel; /* may be NULL: never cancelled */
	struct ledger ledger;  /* the mutations sent for this call */
	int64_t deadline_ns;   /* CLOCK_MONOTONIC; CLOCK_NEVER: none */
	int64_t started_ns;

	/* Log fields; NULL or "" when unknown. */
	const char *verb;    /* "CreateVolume" */
	const char *volume;  /* volume id */
	const char *backend; /* "nfs" */
	char id[9];          /* eight hex digits, to find its lines in a log */

	/* Why it failed: recorded by call_fail() where most is known. */
	scale_status status;
	const char *reason; /* in the arena; "" when nothing was recorded */

	void *operation; /* of work/operation.c, or NULL */
	void *invoke;    /* of backend/invoke.c while a backend runs */
};

/*
 * call_init - a fresh call over @arena, with an empty ledger and a random id.
 * The other fields are the caller's to set afterwards.
 */
void call_init(struct call *call, struct arena *arena, struct log *log,
	       struct cancel *cancel, int64_t deadline_ns);

/*
 * call_fail - record why the call failed and return @status.  A later failure
 * replaces an earlier one.  The text follows the house rules for errors; it is
 * cut at 900 bytes between two characters; what is not printable in it is
 * replaced by '?'.  The arguments may hold the reason recorded before.
 */
__attribute__((format(printf, 3, 4))) scale_status
call_fail(struct call *call, scale_status status, const char *fmt, ...);
__attribute__((format(printf, 3, 0))) scale_status
call_vfail(struct call *call, scale_status status, const char *fmt, va_list ap);

/*
 * call_prefix - put "@fmt: " before the recorded reason: what was attempted,
 * said by the layer that knows it.  Returns call->status.
 */
__attribute__((format(printf, 2, 3))) scale_status
call_prefix(struct call *call, const char *fmt, ...);

/* call_nomem - the one sentence for a call that has used up its memory. */
scale_status call_nomem(struct call *call);

/*
 * call_check - SCALE_OK while the call is wanted, else SCALE_CANCELLED or
 * SCALE_DEADLINE_EXCEEDED with the reason recorded.
 */
scale_status call_check(struct call *call);

/* call_is_over - the same question without recording anything. */
bool call_is_over(const struct call *call);

/* call_log - a line with the call's fields. */
__attribute__((format(printf, 3, 4))) void
call_log(struct call *call, uint32_t level, const char *fmt, ...);

/* call_printf - arena_printf() in the call's arena; NULL when out. */
__attribute__((format(printf, 2, 3))) char *call_printf(struct call *call,
							const char *fmt, ...);

/* status_name - "UNAVAILABLE"; "UNKNOWN" for a number that is none. */
const char *status_name(scale_status status);

#endif
