/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Waits for jobs of the NAS.  An event tells that one has ended; because events
 * go with their connection and the job does not, it is also looked at, ever
 * less often.
 */
#include "nas/job.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "nas/json.h"
#include "nas/parts.h"
#include "nas/reason.h"
#include "nas/tree.h"
#include "work/cancel.h"

#define LOOK_MIN_NS (CLOCK_NS_PER_S / 10)
#define LOOK_MAX_NS (5 * CLOCK_NS_PER_S)

/* One job.  Its waiter's, or, once abandoned, the list's. */
struct job_watch {
	struct list link;            /* (window.lock) jobs.watches */
	uint64_t id;                 /* constant */
	bool is_poked;               /* (window.lock) look at it now */
	bool is_abandoned;           /* (window.lock) */
	struct drain_ticket *ticket; /* (window.lock) */
	struct condition changed;
};

void jobs_init(struct jobs *jobs)
{
	list_init(&jobs->watches);
	jobs->told_in = 0;
}

static struct job_watch *watch_new(struct nas *nas, uint64_t id,
				   const char *volume, enum drain_kind kind)
{
	struct job_watch *watch = calloc(1, sizeof(*watch));

	if (watch == NULL)
		return NULL;
	watch->id = id;
	condition_init(&watch->changed);
	watch->ticket = drain_begin(nas->config.drain, volume, kind);
	mutex_lock(&nas->window.lock);
	list_append(&nas->jobs.watches, &watch->link);
	mutex_unlock(&nas->window.lock);
	return watch;
}

static void watch_free(struct job_watch *watch)
{
	condition_done(&watch->changed);
	free(watch);
}

/* The job is over, one way or the other, or nobody will tell. */
static void watch_end(struct nas *nas, struct job_watch *watch)
{
	mutex_lock(&nas->window.lock);
	list_remove(&watch->link);
	if (watch->ticket != NULL)
		drain_end(nas->config.drain, watch->ticket);
	mutex_unlock(&nas->window.lock);
	watch_free(watch);
}

/*
 * The waiter leaves and the job goes on: the event of its end, or the loss of
 * the connection, closes the matter.  Without events nothing ever would.
 */
static void watch_abandon(struct nas *nas, struct job_watch *watch)
{
	bool is_told;

	mutex_lock(&nas->window.lock);
	is_told =
		nas->window.is_open && nas->jobs.told_in == nas->window.session;
	watch->is_abandoned = is_told;
	mutex_unlock(&nas->window.lock);
	if (!is_told)
		watch_end(nas, watch);
}

static bool is_final(struct span state)
{
	return scan_is(state, "\"SUCCESS\"") || scan_is(state, "\"FAILED\"") ||
	       scan_is(state, "\"ABORTED\"");
}

void jobs_note(struct nas *nas, const struct reply *event)
{
	struct span name, number, state;
	uint64_t id;

	if (!scan_is(event->method, "\"collection_update\"") ||
	    event->params.at == NULL ||
	    !scan_find(event->params, "/collection", &name) ||
	    !scan_is(name, "\"core.get_jobs\"") ||
	    !scan_find(event->params, "/id", &number) ||
	    !scan_u64(number, &id) ||
	    !scan_find(event->params, "/fields/state", &state) ||
	    !is_final(state))
		return;
	mutex_lock(&nas->window.lock);
	LIST_FOR_EACH_SAFE(link, after, &nas->jobs.watches)
	{
		struct job_watch *watch =
			LIST_ENTRY(link, struct job_watch, link);

		if (watch->id != id)
			continue;
		watch->is_poked = true;
		condition_broadcast(&watch->changed);
		if (!watch->is_abandoned)
			continue;
		list_remove(&watch->link);
		if (watch->ticket != NULL)
			drain_end(nas->config.drain, watch->ticket);
		watch_free(watch);
	}
	mutex_unlock(&nas->window.lock);
}

void jobs_lose(struct nas *nas)
{
	mutex_lock(&nas->window.lock);
	LIST_FOR_EACH_SAFE(link, after, &nas->jobs.watches)
	{
		struct job_watch *watch =
			LIST_ENTRY(link, struct job_watch, link);

		watch->is_poked = true;
		condition_broadcast(&watch->changed);
		if (!watch->is_abandoned)
			continue;
		list_remove(&watch->link);
		if (watch->ticket != NULL)
			drain_lose(nas->config.drain, watch->ticket);
		watch_free(watch);
	}
	mutex_unlock(&nas->window.lock);
}

/* Events of jobs, asked for once in a session, by the first who needs them. */
static void subscribe(struct call *call, struct nas *nas)
{
	struct rpc rpc = rpc_read("core.subscribe", "[\"core.get_jobs\"]");
	struct rpc *all[] = {&rpc};
	uint64_t session = nas_session_id(nas);
	bool is_told;

	mutex_lock(&nas->window.lock);
	is_told = nas->jobs.told_in == session;
	nas->jobs.told_in = session;
	mutex_unlock(&nas->window.lock);
	if (is_told)
		return;
	rpc_submit(call, nas, &rpc);
	(void)rpc_wait(call, nas, all, 1); /* the outcome says it too */
	if (rpc.outcome == RPC_RESULT)
		return;
	mutex_lock(&nas->window.lock);
	if (nas->jobs.told_in == session)
		nas->jobs.told_in = 0;
	mutex_unlock(&nas->window.lock);
}

/* Whether everything in @ours is found in @theirs, which may hold more. */
static bool holds(json_t *theirs, json_t *ours)
{
	if (json_is_object(ours)) {
		for (void *it = json_object_iter(ours); it != NULL;
		     it = json_object_iter_next(ours, it)) {
			json_t *value = json_object_get(
				theirs, json_object_iter_key(it));

			if (!holds(value, json_object_iter_value(it)))
				return false;
		}
		return true;
	}
	if (!json_is_array(ours))
		return json_equal(theirs, ours) != 0;
	for (size_t i = 0; i < json_array_size(ours); i++) {
		if (!holds(json_array_get(theirs, i), json_array_get(ours, i)))
			return false;
	}
	return true;
}

static bool is_ours(struct span job, const char *method, const char *params)
{
	auto_json json_t *ours = NULL, *theirs = NULL;
	struct span name, arguments;

	if (!scan_find(job, "/method", &name) ||
	    name.len != strlen(method) + 2 ||
	    memcmp(name.at + 1, method, name.len - 2) != 0)
		return false;
	if (params == NULL || !scan_find(job, "/arguments", &arguments))
		return true;
	ours = json_loads(params, 0, NULL);
	theirs = json_loadb(arguments.at, arguments.len, 0, NULL);
	return ours == NULL || theirs == NULL || holds(theirs, ours);
}

static void end_unknown(struct call *call, struct rpc *rpc, const char *why)
{
	const char *text = call_printf(call, "%s", why);

	rpc->outcome = RPC_UNKNOWN;
	rpc->status = SCALE_UNKNOWN;
	rpc->result = NULL;
	rpc->result_len = 0;
	rpc->reason = text != NULL ? text : "its outcome is not known";
}

static void end_merged(struct rpc *rpc)
{
	rpc->outcome = RPC_REFUSED;
	rpc->status = SCALE_ABORTED;
	rpc->code = REASON_BUSY; /* proves that ours was not begun */
	rpc->result = NULL;
	rpc->result_len = 0;
	rpc->reason = "the NAS has too many jobs of this kind waiting; the "
		      "call must be made again";
}

/* Fill in what the job came to; false: it goes on. */
static bool take_result(struct call *call, struct rpc *rpc, struct span job,
			const char *params)
{
	struct span state, result;
	struct reason reason;

	if (!scan_find(job, "/state", &state) || !is_final(state))
		return false;
	if (scan_is(state, "\"SUCCESS\"")) {
		if (!scan_find(job, "/result", &result))
			result = (struct span){"null", 4};
		rpc->result = arena_strndup(call->arena, result.at, result.len);
		rpc->result_len = rpc->result != NULL ? result.len : 0;
		return true;
	}
	(void)reason_read_job(call->arena, job,
			      (rpc->flags & RPC_SECRET) != 0 ? params : NULL,
			      &reason);
	rpc->outcome = RPC_REFUSED;
	rpc->status = reason.status;
	rpc->code = reason.code;
	rpc->error = reason.error;
	rpc->attribute = reason.attribute;
	rpc->reason = reason.text;
	rpc->result = NULL;
	rpc->result_len = 0;
	return true;
}

/* One look at the job; true: @rpc is filled in. */
static bool look(struct call *call, struct nas *nas, struct rpc *rpc,
		 uint64_t id, const char *method, const char *params)
{
	struct rpc peek = rpc_read("core.get_jobs",
				   call_printf(call, "[[[\"id\",\"=\",%llu]]]",
					       (unsigned long long)id));
	struct rpc *all[] = {&peek};
	struct span job;

	peek.flags |= rpc->flags & RPC_SECRET;
	rpc_submit(call, nas, &peek);
	if (rpc_wait(call, nas, all, 1) != SCALE_OK ||
	    peek.outcome != RPC_RESULT) {
		end_unknown(call, rpc,
			    call_is_over(call) ? "the job was still running on "
						 "the NAS when its time was up"
					       : peek.reason);
		return true;
	}
	if (!scan_find((struct span){peek.result, peek.result_len}, "/0",
		       &job)) {
		end_unknown(call, rpc,
			    "the NAS does not know the job any more: "
			    "it may have been restarted");
		return true;
	}
	if (!is_ours(job, method,
		     (rpc->flags & RPC_SECRET) == 0 ? params : NULL)) {
		end_merged(rpc);
		return true;
	}
	return take_result(call, rpc, job, params);
}

/* Until an event, the next look, or the end of the call. */
static void sleep_on(struct call *call, struct nas *nas,
		     struct job_watch *watch, int64_t pause_ns)
{
	int64_t until_ns = clock_now_ns() + pause_ns;
	struct cancel_watch wake;

	if (until_ns > call->deadline_ns)
		until_ns = call->deadline_ns;
	cancel_watch(call->cancel, &wake, &nas->window.lock, &watch->changed);
	mutex_lock(&nas->window.lock);
	while (!watch->is_poked && !call_is_over(call) &&
	       clock_now_ns() < until_ns)
		(void)condition_wait(&watch->changed, &nas->window.lock,
				     until_ns);
	watch->is_poked = false;
	mutex_unlock(&nas->window.lock);
	cancel_unwatch(call->cancel, &wake);
}

void job_wait(struct call *call, struct nas *nas, struct rpc *rpc, uint64_t id,
	      const char *method, const char *params, const char *volume,
	      enum drain_kind kind)
{
	struct job_watch *watch = watch_new(nas, id, volume, kind);
	int64_t pause_ns = LOOK_MIN_NS;

	if (watch == NULL) {
		end_unknown(call, rpc, "no memory is left to wait for the job");
		return;
	}
	subscribe(call, nas);
	while (!look(call, nas, rpc, id, method, params)) {
		sleep_on(call, nas, watch, pause_ns);
		pause_ns =
			pause_ns * 2 < LOOK_MAX_NS ? pause_ns * 2 : LOOK_MAX_NS;
	}
	if (rpc->outcome == RPC_UNKNOWN)
		watch_abandon(nas, watch);
	else
		watch_end(nas, watch);
}
