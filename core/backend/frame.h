/* SPDX-License-Identifier: BSD-2-Clause */
/* What holds before and after every function of a backend. */
#ifndef SCALE_CSI_BACKEND_FRAME_H
#define SCALE_CSI_BACKEND_FRAME_H

#include "backend/host_impl.h"

/* What the caller finds again afterwards. */
struct frame_saved {
	const struct scale_host *host;
	const char *backend;
	scale_status status;
	const char *reason;
};

/* On the stack of the function that calls the backend. */
struct frame {
	struct running running;
	struct frame_saved saved;
};

/*
 * frame_enter - everything up to the backend's first instruction: @call gets
 * the services, @inv empty results, a SCALE_SERIAL backend its turn.
 * @function: its name, for texts.  @volume: NULL when it is about none or many.
 * Whatever it returns, frame_leave() must follow; the backend is called only
 * after OK.
 */
scale_status frame_enter(struct frame *frame, struct call *call,
			 struct backend *backend, struct invocation *inv,
			 const char *function,
			 const struct scale_volume *volume);

/*
 * frame_leave - everything after its last instruction: waits for RPCs left
 * behind, leaves gates, makes a failure explain itself.
 * @st: what the backend returned.  Returns what the invocation comes to.
 */
scale_status frame_leave(struct frame *frame, scale_status st);

#endif
