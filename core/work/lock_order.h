/* SPDX-License-Identifier: BSD-2-Clause */
/* The order in which mutexes may be taken: numbers only ever go up. */
#ifndef SCALE_CSI_WORK_LOCK_ORDER_H
#define SCALE_CSI_WORK_LOCK_ORDER_H

/*
 * Whoever holds a mutex may only take one with a higher number.  No mutex is
 * held across an RPC, a program, a mount, a backend's code, or a callback.
 *
 *   10  grpc/server         exchanges and their counters
 *   20  work/operation      operations, waiters, name locks, kept results
 *   25  work/cancel         who is to be woken; wakes under the sleeper's mutex
 *   30  work/admit          queues and workers
 *   40  nas/window          calls queued, in flight, answered
 *   50  work/drain          unanswered mutations
 *   55  node/left           programs that could not be killed
 *   60  backend/host        gates, remembered facts
 *   70  work/promise        one value
 *   80  daemon/metrics      counters
 *   90  base/log            nothing is taken under it (a line is one write)
 */

#endif
