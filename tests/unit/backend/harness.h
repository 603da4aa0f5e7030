/* SPDX-License-Identifier: BSD-2-Clause */
/* A call and a backend whose every function is one the test gives. */
#ifndef SCALE_CSI_TESTS_BACKEND_HARNESS_H
#define SCALE_CSI_TESTS_BACKEND_HARNESS_H

#include "backend/invoke.h"

/* What the backend does when it is entered. */
typedef scale_status harness_fn(struct scale_call *call, void *arg);

struct harness {
	struct call call;
	struct cancel *cancel;
	struct log *log;
	int log_fd; /* a memory file that the log goes to */
	struct host *host;
	struct backend backend; /* "toy", both halves; change it at will */
	struct invocation inv;
	struct scale_volume volume;
	harness_fn *act;
	void *arg;
};

/*
 * harness_init - everything up to a host made of @config, whose log is filled
 * in here.  harness_done - and away.
 */
void harness_init(struct harness *harness, struct host_config config);
void harness_done(struct harness *harness);

/* harness_run - enter the backend's create() with @act; what comes of it. */
scale_status harness_run(struct harness *harness, harness_fn *act, void *arg);

/* harness_log - what was logged so far; in the call's arena. */
const char *harness_log(struct harness *harness);

#endif
