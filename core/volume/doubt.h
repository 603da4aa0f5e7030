/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether the ledger still counts a mutation as unanswered. */
#ifndef SCALE_CSI_VOLUME_DOUBT_H
#define SCALE_CSI_VOLUME_DOUBT_H

#include <stdbool.h>

#include "work/call.h"

/*
 * A refusal from inside a method of the NAS proves nothing (nas/rpc.h): it
 * stays unanswered in the ledger until somebody reads back.  Other calls of the
 * operation may be in flight at the same time, so what counts is what one wait
 * for one mutation changed in the ledger.
 */
struct doubt {
	unsigned int sent, closed;
};

/* doubt_begin - before a mutation is waited for. */
struct doubt doubt_begin(const struct call *call);

/* doubt_is_open - after one was waited for in between: whether it was sent and
 * is unanswered. */
bool doubt_is_open(const struct call *call, const struct doubt *doubt);

#endif
