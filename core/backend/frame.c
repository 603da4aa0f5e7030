/* SPDX-License-Identifier: BSD-2-Clause */
/* What holds before and after every function of a backend. */
#include "backend/frame.h"

#include <assert.h>

#define SLOW_NS (10 * CLOCK_NS_PER_S)

static void clear_results(struct call *call, struct invocation *inv)
{
	for (size_t i = 0; i < sizeof(inv->put) / sizeof(*inv->put); i++)
		map_init(&inv->put[i], call->arena);
	inv->findings = NULL;
	inv->n_findings = 0;
}

/* Everything up to the backend's first instruction. */
scale_status frame_enter(struct frame *frame, struct call *call,
			 struct backend *backend, struct invocation *inv,
			 const char *function,
			 const struct scale_volume *volume)
{
	struct running *running = &frame->running;
	struct host *host = inv->host;
	scale_status st = SCALE_OK;

	assert(call->invoke == NULL); /* a backend is not entered from one */
	assert(volume == NULL || volume->struct_size != 0);
	*running = (struct running){
		.call = call,
		.host = host,
		.backend = backend,
		.inv = inv,
		.function = function,
		.volume = volume == NULL ? NULL : volume->id,
		.began_ns = clock_now_ns(),
		.over_fd = -1,
		.timer_fd = -1,
	};
	frame->saved = (struct frame_saved){call->abi.host, call->backend,
					    call->status, call->reason};
	clear_results(call, inv);
	call->abi.host = &host_services;
	call->backend = backend->descriptor.name;
	call->invoke = running;
	call->status = SCALE_OK;
	call->reason = "";
	if (host->nas_services != NULL)
		running->session = host->nas_services->session(host->nas);
	if (backend->serial != NULL) {
		st = backend_gate_enter(backend->serial, call, 1);
		running->is_serial = st == SCALE_OK;
	}
	return st;
}

/* Only numbers that scale_backend.h has a name for, and not UNKNOWN. */
static bool is_status(scale_status st)
{
	return st >= SCALE_OK && st <= SCALE_UNAUTHENTICATED && st != 15 &&
	       st != SCALE_UNKNOWN;
}

/* A failure always comes with a sentence: the best there is. */
static scale_status explain(struct running *running, scale_status st)
{
	struct call *call = running->call;
	const char *name = running->backend->descriptor.name;

	if (!is_status(st)) {
		call_log(call, SCALE_ERROR,
			 "backend '%s' ended %s with the status %d, which it "
			 "must not",
			 name, running->function, (int)st);
		if (!running->has_spoken)
			return call_fail(call, SCALE_INTERNAL,
					 "backend '%s' ended %s with the "
					 "status %d and without a reason; "
					 "report it to its author",
					 name, running->function, (int)st);
		call->status = SCALE_INTERNAL;
		return SCALE_INTERNAL;
	}
	if (call->reason[0] != '\0' &&
	    (running->has_spoken || call->status == st)) {
		call->status = st;
		return st;
	}
	if (running->out_of_memory)
		return call_nomem(call);
	if (running->refusal == st)
		return call_fail(call, st, "the NAS answered '%s' with: %s",
				 running->refused_method,
				 running->refusal_reason == NULL
					 ? "nothing"
					 : running->refusal_reason);
	return call_fail(call, st,
			 "backend '%s' could not %s it and did not say why "
			 "(%s)",
			 name, running->function, status_name(st));
}

/* A result that did not fit is none. */
static bool is_complete(const struct invocation *inv)
{
	for (size_t i = 0; i < sizeof(inv->put) / sizeof(*inv->put); i++)
		if (inv->put[i].failed)
			return false;
	return true;
}

static void tell_time(const struct running *running, scale_status st)
{
	int64_t took_ns = clock_now_ns() - running->began_ns;

	call_log(running->call, took_ns > SLOW_NS ? SCALE_NOTICE : SCALE_DEBUG,
		 "backend '%s' took %lld ms for %s: %s",
		 running->backend->descriptor.name,
		 (long long)(took_ns / CLOCK_NS_PER_MS), running->function,
		 status_name(st));
}

/* Everything after the backend's last instruction. */
scale_status frame_leave(struct frame *frame, scale_status st)
{
	struct running *running = &frame->running;
	struct call *call = running->call;
	struct host *host = running->host;
	size_t left = 0;

	if (host->nas_services != NULL)
		left = host->nas_services->finish(running);
	if (left > 0)
		call_log(call, SCALE_ERROR,
			 "backend '%s' left %zu calls to the NAS behind in %s",
			 running->backend->descriptor.name, left,
			 running->function);
	host_release(running);
	if (running->is_serial)
		backend_gate_leave(running->backend->serial);
	if (st == SCALE_OK && !is_complete(running->inv))
		st = call_nomem(call);
	if (st != SCALE_OK) {
		st = explain(running, st);
		for (size_t i = 0; i <= SCALE_PUT_FOUND; i++)
			map_init(&running->inv->put[i], call->arena);
	}
	tell_time(running, st);
	call->abi.host = frame->saved.host;
	call->backend = frame->saved.backend;
	call->invoke = NULL;
	if (st == SCALE_OK) {
		/* An earlier failure of the call is still its reason. */
		call->status = frame->saved.status;
		call->reason = frame->saved.reason;
	}
	return st;
}
