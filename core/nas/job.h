/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls that the NAS answers with a job: waiting for what becomes of it. */
#ifndef SCALE_CSI_NAS_JOB_H
#define SCALE_CSI_NAS_JOB_H

#include "nas/reply.h"
#include "nas/rpc.h"

/* Jobs somebody waits for, or has waited for.  Under the window's lock. */
struct jobs {
	struct list watches; /* (window.lock) */
	uint64_t told_in;    /* (window.lock) session that was subscribed in */
};

void jobs_init(struct jobs *jobs);

/* jobs_note - an event from the NAS; by the loop's thread. */
void jobs_note(struct nas *nas, const struct reply *event);

/* jobs_lose - the connection is gone; by the loop's thread. */
void jobs_lose(struct nas *nas);

/*
 * job_wait - until job @id, the answer to @rpc, has ended; fills in @rpc as if
 * its result or error had been the answer.  @params are those sent: a job that
 * the NAS put in place of ours (truenas-api.md 4.5) is told by its method and
 * arguments, and refused as ABORTED.  A job that is no longer known, or that
 * was still running when the call ended, leaves RPC_UNKNOWN.
 */
void job_wait(struct call *call, struct nas *nas, struct rpc *rpc, uint64_t id,
	      const char *method, const char *params, const char *volume,
	      enum drain_kind kind);

#endif
