/* SPDX-License-Identifier: BSD-2-Clause */
/* The part both programs share: workers, operations, the socket, its server. */
#ifndef SCALE_CSI_DAEMON_WIRE_H
#define SCALE_CSI_DAEMON_WIRE_H

#include <stddef.h>

#include "base/log.h"
#include "csi/csi.h"
#include "csi/verb.h"
#include "daemon/metrics.h"
#include "work/admit.h"
#include "work/operation.h"

struct wire_config {
	const char *endpoint;         /* "unix:///csi/csi.sock" */
	const struct csi *csi;        /* outlives the wire */
	const struct csi_verb *verbs; /* the program's table of methods */
	const struct admit_limits *limits;
	struct metrics *metrics; /* outlives the wire */
	struct log *log;
};

struct wire;

/*
 * wire_start - begin to answer.  Returns 0, or a negative errno with a sentence
 * in @ret_error.
 */
int wire_start(const struct wire_config *config, struct wire **ret_wire,
	       char *ret_error, size_t size);

struct operations *wire_operations(struct wire *wire);

/*
 * wire_stop - accept nothing new, give what runs a grace period, cancel it,
 * join all threads.  Returns 0, or -ETIMEDOUT when something did not come back:
 * leave by _exit() then.  NULL is fine.
 */
int wire_stop(struct wire *wire);

/*
 * wire_block_signals - SIGTERM, SIGINT and SIGHUP for wire_wait_signal();
 * before the first thread is made.
 */
void wire_block_signals(void);

/* wire_wait_signal - sleep until one of them comes; returns its number. */
int wire_wait_signal(void);

#endif
