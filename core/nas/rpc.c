/* SPDX-License-Identifier: BSD-2-Clause */
/* Makes calls to the NAS and says what became of each. */
#include "nas/rpc.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "nas/parts.h"
#include "nas/reason.h"
#include "work/cancel.h"

/* Answers "log in again" that one call takes before it gives up. */
#define RENEWALS_MAX 2

struct rpc rpc_read(const char *method, const char *params)
{
	return (struct rpc){
		.method = method, .params = params, .flags = RPC_READ};
}

struct rpc rpc_write(const char *method, const char *params)
{
	return (struct rpc){.method = method, .params = params};
}

static void end(struct rpc *rpc, enum rpc_outcome outcome, scale_status status,
		const char *reason)
{
	rpc->outcome = outcome;
	rpc->status = status;
	rpc->reason = reason != NULL ? reason : "no memory is left to say why";
}

static const char *outcome_name(enum rpc_outcome outcome)
{
	static const char *const names[] = {
		[RPC_PENDING] = "pending",   [RPC_RESULT] = "result",
		[RPC_REFUSED] = "refused",   [RPC_NOT_SENT] = "not_sent",
		[RPC_UNKNOWN] = "unknown",   [RPC_CANCELLED] = "cancelled",
		[RPC_DEADLINE] = "deadline",
	};

	return names[outcome];
}

/* A sentence about a request that must not be sent, or NULL. */
static const char *find_fault(struct call *call, const struct rpc *rpc)
{
	const char *params = rpc->params;
	size_t len;

	if (params == NULL)
		return "no memory is left to make the request";
	len = strlen(params);
	if (params[strspn(params, " \t\r\n")] != '[' ||
	    !scan_is_value(params, len))
		return call_printf(call,
				   "the parameters of '%s' are no JSON array",
				   rpc->method);
	if (strspn(rpc->method, "abcdefghijklmnopqrstuvwxyz_0123456789.") !=
	    strlen(rpc->method))
		return "its method has no valid name";
	return NULL;
}

static struct rpc_slot *make_slot(struct call *call, struct nas *nas,
				  const struct rpc *rpc)
{
	struct slot_request request = {
		.method = rpc->method,
		.params = rpc->params,
		.volume = rpc->volume != NULL ? rpc->volume : call->volume,
		.is_read = (rpc->flags & RPC_READ) != 0,
		.is_secret = (rpc->flags & RPC_SECRET) != 0,
		.keeps_params = (rpc->flags & RPC_JOB) != 0,
		.kind = (rpc->flags & RPC_DELETE) != 0 ? DRAIN_DELETE
						       : DRAIN_CREATE,
	};

	return slot_new(&nas->window, &request);
}

void rpc_submit(struct call *call, struct nas *nas, struct rpc *rpc)
{
	const char *fault = find_fault(call, rpc);
	struct rpc_slot *slot;

	*rpc = (struct rpc){.method = rpc->method,
			    .params = rpc->params,
			    .flags = rpc->flags,
			    .volume = rpc->volume};
	if (fault != NULL) {
		end(rpc, RPC_NOT_SENT,
		    rpc->params == NULL ? SCALE_RESOURCE_EXHAUSTED
					: SCALE_INTERNAL,
		    fault);
		return;
	}
	slot = make_slot(call, nas, rpc);
	if (slot == NULL) {
		end(rpc, RPC_NOT_SENT, SCALE_RESOURCE_EXHAUSTED,
		    "no memory is left to make the request");
		return;
	}
	if (slot->len > WINDOW_REQUEST_MAX) {
		end(rpc, RPC_NOT_SENT, SCALE_INVALID_ARGUMENT,
		    call_printf(call,
				"the request '%s' has %zu bytes, and the NAS "
				"takes at most %d: ask for less at a time",
				rpc->method, slot->len, WINDOW_REQUEST_MAX));
		slot_free(slot);
		return;
	}
	rpc->slot = slot;
	if (window_submit(&nas->window, slot, false))
		link_wake(nas->link);
}

/* How a wait came to its end. */
enum wake { WAKE_ENDED, WAKE_CANCELLED, WAKE_DEADLINE, WAKE_NO_LINK };

/* When a call that is still queued has waited long enough for a connection. */
static int64_t link_limit_locked(const struct nas *nas,
				 const struct rpc_slot *slot)
{
	int64_t from_ns = slot->queued_ns;
	int64_t limit_ns;

	if (slot->state != SLOT_QUEUED || nas->window.is_open)
		return CLOCK_NEVER;
	if (nas->window.shut_ns > from_ns)
		from_ns = nas->window.shut_ns;
	if (__builtin_add_overflow(from_ns, nas->config.connect_wait_ns,
				   &limit_ns))
		return CLOCK_NEVER;
	return limit_ns;
}

static enum wake sleep_locked(struct call *call, struct nas *nas,
			      struct rpc_slot *slot) REQUIRES(nas->window.lock)
{
	while (slot->state != SLOT_ENDED) {
		int64_t limit_ns = link_limit_locked(nas, slot);
		int64_t now_ns = clock_now_ns();

		if (call->cancel != NULL && cancel_is_set(call->cancel))
			return WAKE_CANCELLED;
		if (now_ns >= call->deadline_ns)
			return WAKE_DEADLINE;
		if (now_ns >= limit_ns)
			return WAKE_NO_LINK;
		if (limit_ns > call->deadline_ns)
			limit_ns = call->deadline_ns;
		(void)condition_wait(&slot->changed, &nas->window.lock,
				     limit_ns);
	}
	return WAKE_ENDED;
}

/* What was seen when a wait came to its end. */
struct waking {
	enum wake wake;
	bool is_on_wire; /* given up while sent: the slot is not ours now */
	bool is_stuck;   /* it had no chance: nothing is answered */
	unsigned int sent;
	char why_not[512]; /* when there is no connection */
};

static void wait_for(struct call *call, struct nas *nas, struct rpc_slot *slot,
		     struct waking *ret)
{
	struct cancel_watch watch;

	ret->is_on_wire = ret->is_stuck = false;
	ret->why_not[0] = '\0';
	cancel_watch(call->cancel, &watch, &nas->window.lock, &slot->changed);
	mutex_lock(&nas->window.lock);
	ret->wake = sleep_locked(call, nas, slot);
	ret->sent = slot->sent;
	if (ret->wake != WAKE_ENDED && !nas->window.is_open)
		memcpy(ret->why_not, nas->why_not, sizeof(ret->why_not));
	mutex_unlock(&nas->window.lock);
	/* before the slot is given up: cancel_set() may be touching it */
	cancel_unwatch(call->cancel, &watch);
	if (ret->wake == WAKE_ENDED)
		return;
	mutex_lock(&nas->window.lock);
	if (slot->state == SLOT_ENDED)
		ret->wake = WAKE_ENDED; /* it came in the meantime */
	else
		ret->is_on_wire = window_give_up_locked(&nas->window, slot);
	ret->sent = slot->sent;
	if (ret->wake == WAKE_DEADLINE && !ret->is_on_wire)
		ret->is_stuck = nas->is_stuck =
			window_is_stuck_locked(&nas->window);
	mutex_unlock(&nas->window.lock);
	if (ret->is_stuck)
		link_wake(nas->link);
}

/* A wait that ended before the call did. */
static void end_early(struct call *call, struct rpc *rpc,
		      const struct waking *waking)
{
	bool is_read = (rpc->flags & RPC_READ) != 0;
	const char *because = waking->wake == WAKE_CANCELLED
				      ? "the request was cancelled"
				      : "its time was up";

	if (waking->is_on_wire && !is_read) {
		end(rpc, RPC_UNKNOWN, SCALE_UNKNOWN,
		    call_printf(call,
				"%s before the NAS answered, which may still "
				"carry it out",
				because));
	} else if (waking->wake == WAKE_CANCELLED) {
		end(rpc, RPC_CANCELLED, SCALE_CANCELLED, because);
	} else if (waking->wake == WAKE_NO_LINK) {
		end(rpc, RPC_NOT_SENT, SCALE_UNAVAILABLE,
		    call_printf(call, "%s", waking->why_not));
	} else if (waking->why_not[0] != '\0') {
		end(rpc, RPC_DEADLINE, SCALE_DEADLINE_EXCEEDED,
		    call_printf(call, "%s: %s", because, waking->why_not));
	} else {
		end(rpc, RPC_DEADLINE, SCALE_DEADLINE_EXCEEDED,
		    waking->is_on_wire
			    ? "its time was up before the NAS answered"
			    : "its time was up while it waited for its turn at "
			      "the NAS");
	}
}

static void take_result(struct call *call, struct rpc *rpc,
			const struct rpc_slot *slot)
{
	struct span result = slot->reply.result;
	char *copy = arena_strndup(call->arena, result.at, result.len);

	if (copy == NULL) {
		end(rpc, RPC_REFUSED, SCALE_RESOURCE_EXHAUSTED,
		    "the answer of the NAS is longer than what a request may "
		    "hold: ask for less at a time");
		return;
	}
	rpc->outcome = RPC_RESULT;
	rpc->status = SCALE_OK;
	rpc->result = copy;
	rpc->result_len = result.len;
}

/* Read the answer.  Returns false when the login was over: send it again. */
static bool take_answer(struct call *call, struct nas *nas, struct rpc *rpc,
			struct rpc_slot *slot)
{
	struct reason reason;

	if (slot->reply.result.at != NULL) {
		take_result(call, rpc, slot);
		return true;
	}
	(void)reason_read(call->arena, slot->reply.error,
			  slot->is_secret ? slot->params : NULL, &reason);
	if (reason.is_expired && slot->expired < RENEWALS_MAX) {
		slot->expired++;
		session_expired(nas, slot->session);
		return false;
	}
	end(rpc, RPC_REFUSED, reason.status, reason.text);
	rpc->code = reason.code;
	rpc->error = reason.error;
	rpc->attribute = reason.attribute;
	return true;
}

/* What the slot's end means.  Returns false when it is to be sent again. */
static bool take_end(struct call *call, struct nas *nas, struct rpc *rpc,
		     struct rpc_slot *slot)
{
	switch (slot->end) {
	case SLOT_ANSWERED:
		return take_answer(call, nas, rpc, slot);
	case SLOT_LOST:
		end(rpc, RPC_UNKNOWN, SCALE_UNKNOWN,
		    "the connection to the NAS was lost before it answered, "
		    "and it may still carry it out");
		return true;
	case SLOT_NO_MEMORY:
		end(rpc, RPC_NOT_SENT, SCALE_RESOURCE_EXHAUSTED,
		    "no memory is left to send the request");
		return true;
	case SLOT_CLOSED:
		end(rpc, RPC_CANCELLED, SCALE_CANCELLED, "the driver ends");
		return true;
	}
	return true;
}

/*
 * The ledger of the thread that runs the call.  @expired of the times it was
 * sent were answered by "log in first": nothing happened then.
 */
static void note(struct call *call, const struct rpc *rpc, unsigned int sent,
		 unsigned int expired)
{
	if ((rpc->flags & RPC_READ) != 0)
		return;
	for (unsigned int i = 0; i < sent; i++)
		ledger_note_sent(&call->ledger);
	for (unsigned int i = 0; i < expired; i++)
		ledger_note_refused(&call->ledger);
	if (sent == expired)
		return;
	if (rpc->outcome == RPC_RESULT)
		ledger_note_done(&call->ledger);
	else if (rpc->outcome == RPC_REFUSED && rpc_is_certain(rpc))
		ledger_note_refused(&call->ledger);
}

static void tell(struct call *call, struct nas *nas, const struct rpc *rpc,
		 const char *method, int64_t took_ns)
{
	const char *name = outcome_name(rpc->outcome);

	if (nas->config.observe != NULL)
		nas->config.observe(nas->config.observe_arg, method, name,
				    took_ns);
	if (log_wants(call->log, SCALE_DEBUG))
		call_log(call, SCALE_DEBUG, "NAS call %s: %s in %lld ms",
			 method, name, (long long)(took_ns / CLOCK_NS_PER_MS));
}

/* A call that was answered with a job is over when the job is. */
static void follow_job(struct call *call, struct nas *nas, struct rpc *rpc,
		       const struct rpc_slot *slot)
{
	uint64_t id;

	if ((rpc->flags & RPC_JOB) == 0 || rpc->outcome != RPC_RESULT ||
	    !scan_u64((struct span){rpc->result, rpc->result_len}, &id))
		return;
	job_wait(call, nas, rpc, id, slot->method, slot->params, slot->volume,
		 slot->kind);
}

static void wait_one(struct call *call, struct nas *nas, struct rpc *rpc)
{
	struct rpc_slot *slot = rpc->slot;
	int64_t begun_ns = slot->begun_ns;
	struct waking waking;
	bool is_over = false;

	rpc->slot = NULL;
	while (!is_over) {
		wait_for(call, nas, slot, &waking);
		if (waking.wake != WAKE_ENDED) {
			end_early(call, rpc, &waking);
			is_over = true;
		} else if (!take_end(call, nas, rpc, slot)) {
			if (window_submit(&nas->window, slot, true))
				link_wake(nas->link);
		} else {
			follow_job(call, nas, rpc, slot);
			is_over = true;
		}
	}
	if (waking.is_on_wire) {
		/* of a slot that is the window's now, nothing may be read:
		 * a call on its way is never its renewal's first answer */
		note(call, rpc, 1, 0);
		tell(call, nas, rpc, rpc->method, clock_now_ns() - begun_ns);
	} else {
		note(call, rpc, waking.sent, slot->expired);
		tell(call, nas, rpc, slot->method, clock_now_ns() - begun_ns);
		slot_free(slot);
	}
	window_collected(&nas->window);
}

scale_status rpc_wait(struct call *call, struct nas *nas,
		      struct rpc *const *rpcs, size_t n)
{
	const struct rpc *cut = NULL;
	scale_status status;

	for (size_t i = 0; i < n; i++) {
		if (rpcs[i]->slot != NULL)
			wait_one(call, nas, rpcs[i]);
		if (rpcs[i]->outcome != RPC_RESULT &&
		    rpcs[i]->outcome != RPC_REFUSED && call_is_over(call))
			cut = rpcs[i];
	}
	if (cut == NULL)
		return SCALE_OK;
	status = call_check(call);
	return status == SCALE_OK ? status
				  : call_fail(call, status, "%s", cut->reason);
}

scale_status rpc_run(struct call *call, struct nas *nas, struct rpc *rpc)
{
	struct rpc *all[] = {rpc};

	rpc_submit(call, nas, rpc);
	(void)rpc_wait(call, nas, all, 1); /* the outcome says it better */
	if (rpc->status != SCALE_OK)
		(void)call_fail(call, rpc->status, "%s", rpc->reason);
	return rpc->status;
}

scale_status rpc_fail(struct call *call, const struct rpc *rpc, const char *fmt,
		      ...)
{
	scale_status status = rpc->status;
	va_list ap;
	char *what;

	if (status == SCALE_OK)
		return SCALE_OK;
	if (status == SCALE_UNKNOWN)
		status = SCALE_UNAVAILABLE;
	va_start(ap, fmt);
	what = arena_vprintf(call->arena, fmt, ap);
	va_end(ap);
	if (what == NULL)
		return call_fail(call, status, "%s", rpc->reason);
	return call_fail(call, status, "%s: %s", what, rpc->reason);
}

bool rpc_is_absent(const struct rpc *rpc)
{
	return rpc->outcome == RPC_REFUSED && rpc->error == ENOENT;
}

bool rpc_is_duplicate(const struct rpc *rpc)
{
	return rpc->outcome == RPC_REFUSED && rpc->error == EEXIST;
}

bool rpc_is_certain(const struct rpc *rpc)
{
	return rpc->outcome == RPC_REFUSED &&
	       reason_is_certain(rpc->code, rpc->error, rpc->attribute);
}
