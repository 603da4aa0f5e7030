/* SPDX-License-Identifier: BSD-2-Clause */
/* One call to the NAS, with an outcome that says what may have happened. */
#ifndef SCALE_CSI_NAS_RPC_H
#define SCALE_CSI_NAS_RPC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nas/nas.h"
#include "work/call.h"

enum rpc_flags {
	RPC_READ = 1 << 0,   /* changes nothing: sent again after a loss */
	RPC_JOB = 1 << 1,    /* answered with a job: wait for its result */
	RPC_SECRET = 1 << 2, /* params and result are never logged, and wiped */
	RPC_DELETE = 1 << 3 /* removes by a number the NAS may give out again */
};

/* Every call ends in exactly one of these. */
enum rpc_outcome {
	RPC_PENDING,  /* between rpc_submit() and rpc_wait() */
	RPC_RESULT,   /* answered with a result */
	RPC_REFUSED,  /* answered with an error: status, error, reason say which
		       */
	RPC_NOT_SENT, /* never reached the wire: nothing happened */
	RPC_UNKNOWN,  /* sent, connection lost, never answered: read back */
	RPC_CANCELLED, /* cancelled; a sent mutation is RPC_UNKNOWN instead */
	RPC_DEADLINE   /* the deadline passed before it was sent, or before a
			* read was answered; a sent mutation is RPC_UNKNOWN */
};

/* Written by rpc_submit() and rpc_wait() only, on the thread of the call. */
struct rpc {
	/* in: rpc_submit() keeps pointers to nothing after it returned */
	const char *method;
	const char *params; /* a JSON array as text */
	unsigned int flags;
	const char *volume; /* whose drain it goes into; NULL: call->volume */

	/* out */
	enum rpc_outcome outcome;
	scale_status status; /* OK; the reason's code when refused; UNAVAILABLE
			      * when not sent; UNKNOWN when sent and not
			      * answered; CANCELLED; DEADLINE_EXCEEDED */
	int code;            /* JSON-RPC code when refused: -32602, -32001 */
	int error;           /* the most telling errno, TrueNAS's own numbers
			      * (201 ..) among them; 0: none */
	const char *reason;  /* a sentence's worth for people, in the arena */
	const char *attribute; /* the first attribute of a validation error */
	const char *result;    /* JSON text, in the arena; NULL */
	size_t result_len;
	struct rpc_slot *slot; /* nas/window's own */
};

/*
 * rpc_submit - queue a call.  Calls of one operation may be submitted together
 * and waited for together; each one submitted must be waited for, also when the
 * operation has failed meanwhile.  A mutation that was handed to the wire is in
 * the call's ledger once rpc_wait() returns.
 *
 * On failure the rpc ends at once as RPC_NOT_SENT, and rpc_wait() tells:
 * INVALID_ARGUMENT for a request of 64 KiB or more, INTERNAL for parameters
 * that are no JSON array, RESOURCE_EXHAUSTED when memory is out (params NULL
 * says so too).
 */
void rpc_submit(struct call *call, struct nas *nas, struct rpc *rpc);

/*
 * rpc_wait - until every one of @n calls has ended; parses on this thread.
 * Returns SCALE_OK when all have an outcome, whatever it is; CANCELLED or
 * DEADLINE_EXCEEDED when the call itself ended first: the rpcs then have their
 * outcomes too (a mutation that is on the wire goes to the drain table and may
 * be answered behind our back).
 */
scale_status rpc_wait(struct call *call, struct nas *nas,
		      struct rpc *const *rpcs, size_t n);

/* rpc_run - submit and wait; returns rpc->status, and records its reason. */
scale_status rpc_run(struct call *call, struct nas *nas, struct rpc *rpc);

/* rpc_read - an initialised read of @method with @params. */
struct rpc rpc_read(const char *method, const char *params);
/* rpc_write - the same for a mutation. */
struct rpc rpc_write(const char *method, const char *params);

/*
 * rpc_fail - record in @call why @rpc failed, with its status, as
 * "<what>: <reason>".  UNKNOWN becomes UNAVAILABLE with words that say that the
 * NAS may have done it.  Returns the status recorded; OK when it did not fail.
 */
__attribute__((format(printf, 3, 4))) scale_status
rpc_fail(struct call *call, const struct rpc *rpc, const char *fmt, ...);

/*
 * rpc_is_absent - whether the refusal says that the object is not there, in any
 * of the three shapes the middleware has for it.  rpc_is_duplicate - that it is
 * there already.  Both are hints to be confirmed by a query.
 */
bool rpc_is_absent(const struct rpc *rpc);
bool rpc_is_duplicate(const struct rpc *rpc);

/*
 * rpc_is_certain - whether a refusal proves that nothing was changed: parameter
 * validation, unknown method, no permission, too many calls.  An error from
 * inside a method (-32001 EFAULT, a service that failed to start) proves
 * nothing: the row may have been written.
 */
bool rpc_is_certain(const struct rpc *rpc);

#endif
