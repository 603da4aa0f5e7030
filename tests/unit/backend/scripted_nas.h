/* SPDX-License-Identifier: BSD-2-Clause */
/* The NAS room's calls, answered from a script instead of a wire. */
#ifndef SCALE_CSI_TESTS_SCRIPTED_NAS_H
#define SCALE_CSI_TESTS_SCRIPTED_NAS_H

#include "nas/rpc.h"

#define SCRIPTED_MAX 16

/* How the calls of one method end. */
struct scripted_answer {
	const char *method;
	enum rpc_outcome outcome;
	scale_status status;
	int error;
	const char *text; /* the result, or the reason */
};

struct nas {
	struct drain *drain;
	uint64_t session;
	const struct scripted_answer
		*answers; /* a method without one: "null" */
	size_t n_answers;
	/* what was sent, in order */
	const char *methods[SCRIPTED_MAX];
	unsigned int flags[SCRIPTED_MAX];
	const char *volumes[SCRIPTED_MAX];
	size_t n_sent;
	size_t n_waits; /* calls of rpc_wait() */
};

#endif
