/* SPDX-License-Identifier: BSD-2-Clause */
/* The calls to the NAS: queued, in flight, answered, given up. */
#ifndef SCALE_CSI_NAS_WINDOW_H
#define SCALE_CSI_NAS_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "base/mutex.h"
#include "nas/reply.h"
#include "work/drain.h"

/*
 * The NAS runs ten calls of a connection at a time, queues ten more and refuses
 * the rest (truenas-api.md 1.6).  What it would queue waits here instead.
 */
#define WINDOW_MAX 10

/*
 * After a write to one of these services the NAS reloads it, one write at a
 * time (truenas-api.md 8): more of them in flight than this would only hold the
 * places that publishing, and everything else, could use meanwhile.
 */
#define WINDOW_SERVICES    3
#define WINDOW_SERVICE_MAX 7

/*
 * When every place is held by calls that nobody waits for any more, the
 * youngest of them for so long, the connection is given up: else nothing would
 * ever go.
 */
#define WINDOW_STUCK_NS (300 * CLOCK_NS_PER_S)

/* 65,536 characters are the NAS's limit; bytes are never fewer. */
#define WINDOW_REQUEST_MAX 65535

enum slot_state {
	SLOT_QUEUED, /* in the queue */
	SLOT_SENT,   /* on the wire: from the moment lws_write() gets it */
	SLOT_ENDED   /* the waiter's alone */
};

enum slot_end {
	SLOT_ANSWERED,
	SLOT_LOST,      /* a mutation whose connection went */
	SLOT_NO_MEMORY, /* not sent: its drain ticket could not be made */
	SLOT_CLOSED     /* not sent: the NAS is being closed */
};

/* One call.  Its waiter's, but while it is queued or sent the window's. */
struct rpc_slot {
	struct list link;     /* (lock) queue or flight */
	uint64_t id;          /* constant */
	bool is_read;         /* constant */
	bool is_secret;       /* constant */
	enum drain_kind kind; /* constant */
	size_t service;       /* constant; written to; WINDOW_SERVICES: none */
	char *method;         /* constant */
	char *params;         /* constant; kept for secrets and jobs; NULL */
	char *volume;         /* constant; NULL */
	char *frame;          /* constant; the request as text */
	size_t len;           /* constant; of the frame */

	enum slot_state state;       /* (lock) */
	enum slot_end end;           /* (lock) once ended */
	bool is_abandoned;           /* (lock) nobody waits any more, */
	int64_t abandoned_ns;        /* (lock) since then */
	unsigned int sent;           /* (lock) times handed to the wire */
	uint64_t session;            /* (lock) in which it was sent last */
	int64_t queued_ns;           /* (lock) when it was put into the queue */
	struct drain_ticket *ticket; /* (lock) while a mutation is sent */
	char *text;                  /* (lock) the answer, malloc'd, */
	struct reply reply;          /* (lock) and its parts */
	struct condition changed;

	int64_t begun_ns;     /* the waiter's */
	unsigned int expired; /* the waiter's: answers that the login is over */
};

struct window {
	struct mutex lock;     /* order 40; guards what is marked (lock) */
	struct list queue;     /* (lock) first come, first served */
	struct list flight;    /* (lock) sent, not answered */
	unsigned int n_queued; /* (lock) */
	unsigned int n_flight; /* (lock) never above WINDOW_MAX */
	/* (lock) of n_flight, by service; never above WINDOW_SERVICE_MAX but
	 * for the last one, which is no service */
	unsigned int n_writes[WINDOW_SERVICES + 1];
	unsigned int n_waiters; /* (lock) slots that somebody will collect */
	struct condition left;  /* n_waiters has become 0 */
	uint64_t next_id;       /* (lock) */
	bool is_open;           /* (lock) logged in: the queue moves */
	bool is_closing;        /* (lock) */
	uint64_t session;       /* (lock) number of the login */
	int64_t shut_ns;        /* (lock) since when it is not open */
	struct drain *drain;    /* constant */
	int64_t stuck_ns;       /* constant; WINDOW_STUCK_NS but in tests */
};

void window_init(struct window *window, struct drain *drain);
/* window_done - every slot has been collected. */
void window_done(struct window *window);

/* What a slot is made of; all copied. */
struct slot_request {
	const char *method, *params, *volume;
	bool is_read, is_secret, keeps_params;
	enum drain_kind kind;
};

/* slot_new - NULL when memory is out.  The frame is complete, id included. */
struct rpc_slot *slot_new(struct window *window,
			  const struct slot_request *request);
void slot_free(struct rpc_slot *slot); /* wipes secrets; NULL is fine */

/* window_frame - a request as malloc'd text; NULL when memory is out. */
char *window_frame(uint64_t id, const char *method, const char *params,
		   size_t *ret_len);

uint64_t window_take_id(struct window *window);

/*
 * window_submit - queue a new slot, or one that is to be sent again (@is_again:
 * in front).  Returns whether the loop must be woken to send it.
 */
bool window_submit(struct window *window, struct rpc_slot *slot, bool is_again);

/*
 * window_give_up_locked - the waiter leaves before the end.
 * Returns true when the slot is on the wire: it is the window's from now on,
 * keeps its place in the window and its ticket until the answer or the loss.
 * Else it is the caller's to free.
 */
bool window_give_up_locked(struct window *window, struct rpc_slot *slot)
	REQUIRES(window->lock);

/* window_is_stuck_locked - see WINDOW_STUCK_NS; a service's places count alone
 * when none of them is free. */
bool window_is_stuck_locked(const struct window *window) REQUIRES(window->lock);

/* window_collected - the waiter has taken the slot out, or given it up. */
void window_collected(struct window *window);

/* By the loop's thread. */

/* window_next - mark the next one sent; NULL: nothing may be sent now. */
struct rpc_slot *window_next(struct window *window);

/* window_answer - takes @text.  false: no such call is on the wire. */
bool window_answer(struct window *window, const struct reply *reply,
		   char *text);

/* window_open - a login: the queue moves.  Returns the login's number. */
uint64_t window_open(struct window *window);

/* window_pause - the login is over, the connection is not: the queue waits. */
void window_pause_locked(struct window *window) REQUIRES(window->lock);

/*
 * window_lose - the connection is gone: reads are queued again in front,
 * mutations end as lost.
 */
void window_lose(struct window *window);

/*
 * window_close - from now on every call ends at once; what is on the wire ends
 * with the next window_lose(), which is the loop's to do.
 * window_wait_left - until every waiter has collected.  Both on any thread.
 */
void window_close(struct window *window);
bool window_is_closing(struct window *window);
void window_wait_left(struct window *window);

#endif
