/* SPDX-License-Identifier: BSD-2-Clause */
/* Operations: work that belongs to a volume and survives who asked for it. */
#ifndef SCALE_CSI_WORK_OPERATION_H
#define SCALE_CSI_WORK_OPERATION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/list.h"
#include "base/sha256.h"
#include "work/admit.h"
#include "work/call.h"

/* How long a good result nobody received answers the next identical request. */
#define OPERATION_KEEP_NS (60 * 1000000000LL)

/* How long another verb waits for a busy volume before it hears Aborted. */
#define OPERATION_WAIT_NS (8 * 1000000000LL)

/*
 * What is to be done.  Two requests are the same if verb, volume and
 * fingerprint are: the second one then joins the first, or gets its kept
 * result.  A request without a volume locks nothing and is never joined.
 */
struct operation_request {
	const char *verb;   /* constant text, "CreateVolume" */
	const char *volume; /* what it locks; in the arena; or NULL */
	const char *also;   /* a second name it locks; or NULL */
	bool also_shared;   /* that one together with others */
	const char *unique; /* a third name, that one alone; or NULL */
	bool is_mutation;   /* its good result may be kept, and it drops
			     * what is kept for the names it locks */
	enum admit_class class;
	int64_t budget_ns; /* how long it may run once begun */
	uint8_t fingerprint[SHA256_BYTES];
	struct arena *arena; /* taken over with everything in it */
	void *arg;           /* for run(); in the arena */

	/*
	 * On a worker, the volume locked.  Puts a result of the caller's own
	 * type, in the arena, into *@ret_result.  May answer early, see
	 * operation_answer().
	 */
	scale_status (*run)(struct call *call, void *arg, void **ret_result);
};

struct operation;
struct operation_answer; /* operation_parts.h */

/*
 * Somebody who wants the result: embedded in the RPC.  done() is called exactly
 * once, on any thread (also inside operation_submit()), without locks held,
 * unless operation_leave() returned true before.  status and reason are the
 * call's own as csi/status.c must see them, with the ledger as it stood; result
 * is NULL unless the status is SCALE_OK.  All of them are valid until
 * operation_receive(), and read only: after an early answer the operation's
 * arena is still in use by its worker.
 */
struct operation_waiter {
	struct list link; /* operation.c's own, as the next four */
	struct operation *operation;
	const struct operation_answer *answer;
	int64_t busy_until_ns;
	bool is_told;
	int64_t deadline_ns; /* the client's; CLOCK_NEVER: none */
	void (*done)(struct operation_waiter *waiter, scale_status status,
		     const char *reason, const struct ledger *ledger,
		     void *result);
};

struct operations;

struct operations_config {
	struct admit *admit; /* freed before the table: its workers use it */
	struct log *log;
	int64_t wait_ns; /* OPERATION_WAIT_NS but in tests */
	int64_t keep_ns; /* OPERATION_KEEP_NS but in tests */
};

/* operations_new - an empty table.  Returns 0 or a negative errno. */
int operations_new(const struct operations_config *config,
		   struct operations **ret_ops);

/*
 * operation_submit - join, answer from what is kept, or begin.
 * The arena of @request is taken over in every case, also when it is not
 * needed, and wiped when it is freed; @request itself is copied.  @waiter must
 * stay valid until a successful operation_leave() or operation_receive().
 *
 * When the volume stays busy with another verb for wait_ns, done() hears
 * SCALE_ABORTED with a sentence that names that verb.  When the client's
 * deadline passes first, done() hears SCALE_DEADLINE_EXCEEDED and the
 * operation, if it has begun, goes on.
 */
void operation_submit(struct operations *ops,
		      const struct operation_request *request,
		      struct operation_waiter *waiter);

/*
 * operation_leave - the client has gone away.  True: done() will not be called,
 * and an operation that has not begun and has no other waiter is dropped.
 * False: done() was or is being called.  Any thread, but not before
 * operation_submit() has returned nor after operation_receive().
 */
bool operation_leave(struct operations *ops, struct operation_waiter *waiter);

/*
 * operation_receive - after done(): whether the client got the answer.  Must be
 * called once for every done(); the result in the arena is valid until then.
 */
void operation_receive(struct operations *ops, struct operation_waiter *waiter,
		       bool received);

/*
 * operation_answer - from inside run(): give @result to everybody who waits now
 * while run() goes on with what need not be waited for.  The volume stays
 * locked; identical requests are answered at once from here on.  What run()
 * returns afterwards is only logged.
 */
void operation_answer(struct call *call, void *result);

/* One line for people about each operation under way. */
struct operation_view {
	const char *verb, *volume;
	int64_t age_ns;
	bool has_begun;
	unsigned int waiters;
};

/*
 * operations_list - what has not ended, oldest first; the views and their texts
 * are in @arena.  Returns how many, 0 also when memory is out.
 */
size_t operations_list(struct operations *ops, struct arena *arena,
		       struct operation_view **ret_views);

/*
 * operations_cancel - nothing new begins (SCALE_UNAVAILABLE), what runs is
 * cancelled; it ends, and is answered, in its own time.
 */
void operations_cancel(struct operations *ops);

/*
 * operations_free - after operations_cancel(), admit_free(), and a receive for
 * every done().  NULL is fine.
 */
void operations_free(struct operations *ops);

#endif
