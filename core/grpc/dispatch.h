/* SPDX-License-Identifier: BSD-2-Clause */
/* From the wire to the verbs: each exchange becomes an operation. */
#ifndef SCALE_CSI_GRPC_DISPATCH_H
#define SCALE_CSI_GRPC_DISPATCH_H

#include <stddef.h>

#include "csi/csi.h"
#include "csi/verb.h"
#include "grpc/exchange.h"
#include "work/operation.h"

/*
 * Decoding, checking and planning happen on the wire's thread, so that a retry
 * of something under way joins it without taking a worker.
 */
struct dispatch;

struct dispatch_config {
	const struct csi *csi;        /* all of it outlives the dispatch */
	const struct csi_verb *verbs; /* the table of this program */
	struct operations *ops;
	struct log *log;
};

/* dispatch_new - 0 or -ENOMEM. */
int dispatch_new(const struct dispatch_config *config,
		 struct dispatch **ret_dispatch);

/*
 * dispatch_methods - the table for server_new(): the verbs this program
 * answers; valid while the dispatch lives.
 */
const struct grpc_method *dispatch_methods(const struct dispatch *dispatch,
					   size_t *ret_n);

void dispatch_free(struct dispatch *dispatch); /* after the server; NULL ok */

#endif
