/* SPDX-License-Identifier: BSD-2-Clause */
/* NAS calls that do not depend on each other, sent together. */
#ifndef SCALE_CSI_BACKENDS_BLOCK_WAVE_H
#define SCALE_CSI_BACKENDS_BLOCK_WAVE_H

#include <scale_backend.h>

#include <stdint.h>

#define WAVE_MAX 8

/* All zero to begin with.  Lives until wave_wait(). */
struct wave {
	struct scale_rpc *rpcs[WAVE_MAX];
	size_t n;
	scale_status status; /* of the first submission that failed */
};

/*
 * wave_add - submit one more.  After a failure nothing more is sent;
 * wave_wait() says so.
 * @rpc: the caller's, untouched until wave_wait() has returned; its status is
 *       UNAVAILABLE if it was not sent.
 */
void wave_add(struct scale_call *call, struct wave *wave, struct scale_rpc *rpc,
	      const char *method, const char *params, uint32_t flags);

/*
 * wave_wait - wait for all that was sent.  OK says that each call has its
 * outcome, not that it is a good one.
 */
scale_status wave_wait(struct scale_call *call, struct wave *wave);

/*
 * wave_run - one call, there and back.  OK says that it has an outcome, which
 * is @rpc's status.
 */
scale_status wave_run(struct scale_call *call, struct scale_rpc *rpc,
		      const char *method, const char *params, uint32_t flags);

/*
 * wave_fail - say why @rpc, which has no good outcome, failed: "@what
 * '@object': reason".  Returns what the operation returns: a call that was
 * never answered is UNAVAILABLE.
 */
scale_status wave_fail(struct scale_call *call, const struct scale_rpc *rpc,
		       const char *what, const char *object);

/*
 * wave_number - the integer at @pointer of @json; -1: there is none.
 * wave_is_true - whether it says true there.
 * wave_text - the string there, or "".
 */
int64_t wave_number(struct scale_call *call, const char *json,
		    const char *pointer);
int wave_is_true(struct scale_call *call, const char *json,
		 const char *pointer);
const char *wave_text(struct scale_call *call, const char *json,
		      const char *pointer);

#endif
