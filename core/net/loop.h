/* SPDX-License-Identifier: BSD-2-Clause */
/* A libwebsockets context on a thread of its own. */
#ifndef SCALE_CSI_NET_LOOP_H
#define SCALE_CSI_NET_LOOP_H

struct lws_context;
struct lws_context_creation_info;

/*
 * One loop serves the NAS, another one HTTP, so that a NAS in trouble cannot
 * fail a health check.  Only the loop's thread touches a connection; others
 * call loop_wake(), and the protocols see LWS_CALLBACK_EVENT_WAIT_CANCELLED.
 */
struct loop;

/*
 * loop_start - make the context from @info (protocols and user are the
 * caller's) and run it on a thread called @name, all signals blocked.
 * Returns 0 or a negative errno.
 */
int loop_start(const char *name, struct lws_context_creation_info *info,
	       struct loop **ret_loop);

struct lws_context *loop_context(struct loop *loop);

/* loop_wake - any thread; cheap; coalesced. */
void loop_wake(struct loop *loop);

/* loop_stop - end the thread, destroy the context.  NULL is fine. */
void loop_stop(struct loop *loop);

#endif
