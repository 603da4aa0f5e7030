/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The NAS services of a backend: only what it declares, and nothing that could
 * meet a call of the same volume that is still under way.
 */
#include <inttypes.h>
#include <string.h>

#include "backend/host_impl.h"
#include "nas/json.h"
#include "nas/nas.h"
#include "nas/rpc.h"

#define RPC_KINDS (SCALE_RPC_READ | SCALE_RPC_CREATE | SCALE_RPC_DELETE)

/* One call a backend submitted. */
struct host_rpc {
	struct host_rpc *next;
	struct rpc rpc;
	const struct scale_rpc *theirs;
	uint64_t ticket;
	bool is_held_back; /* answered by us: the NAS never hears of it */
	bool is_waited;
};

static uint32_t nas_services_version(struct nas *nas)
{
	struct nas_status status;

	nas_get_status(nas, &status);
	return status.number;
}

static bool is_mutation(const struct host_rpc *it)
{
	return (it->rpc.flags & RPC_READ) == 0;
}

/*
 * What may still be executed for this volume.  The table counts what is under
 * way, calls of this very invocation among them, which are no danger to each
 * other: so while there are some, what was seen before them holds, unless one
 * was lost.
 */
static struct drain_state look(struct running *running)
{
	struct drain *drain = nas_drain(running->host->nas);
	bool has_open = false, has_lost = false;

	for (struct host_rpc *it = running->rpcs; it != NULL; it = it->next) {
		if (!is_mutation(it) || it->is_held_back)
			continue;
		has_open = has_open || !it->is_waited;
		has_lost = has_lost ||
			   (it->is_waited && it->rpc.outcome == RPC_UNKNOWN);
	}
	if (!has_open || has_lost)
		running->drain =
			drain_look(drain, running->volume, clock_now_ns());
	return running->drain;
}

static void hold_back(struct running *running, struct host_rpc *it)
{
	int64_t until_ns = running->drain.until_ns;
	const char *when = "once the NAS has let us in again and nas.settle "
			   "has passed";

	if (until_ns != CLOCK_NEVER)
		when = call_printf(running->call, "in %" PRId64 " s",
				   clock_left_ms(until_ns) / 1000 + 1);
	it->is_held_back = true;
	it->rpc.outcome = RPC_NOT_SENT;
	it->rpc.status = SCALE_UNAVAILABLE;
	it->rpc.reason = call_printf(
		running->call,
		"'%s' was not sent: the NAS may still execute a call that was "
		"sent earlier for volume '%s'; it is tried again %s",
		it->rpc.method, running->volume, when == NULL ? "later" : when);
}

/* Whether the call may go; else it is held back, or *@ret_status says why not.
 */
static scale_status apply_rules(struct running *running, struct host_rpc *it,
				uint32_t flags)
{
	struct drain *drain = nas_drain(running->host->nas);
	struct drain_state state;
	const char *path = NULL;
	scale_status st;

	if ((flags & SCALE_RPC_READ) != 0)
		return SCALE_OK;
	if (running->volume == NULL)
		return host_blame(running,
				  "it sent '%s', which changes something, "
				  "outside of a volume's operation",
				  it->rpc.method);
	state = look(running);
	if ((flags & SCALE_RPC_DELETE) != 0) {
		if (state.creates || state.deletes ||
		    (state.predecessor &&
		     !drain_has_created(drain, running->volume)))
			hold_back(running, it);
		return SCALE_OK;
	}
	if ((flags & SCALE_RPC_CREATE) == 0) {
		if (state.deletes)
			hold_back(running, it);
		return SCALE_OK;
	}
	if (!state.deletes && !state.predecessor)
		return SCALE_OK;
	/* Did we make the dataset?  The host may be about to find out. */
	st = host_settle(running, &path);
	if (st != SCALE_OK)
		return st;
	if (!drain_has_created(drain, running->volume))
		hold_back(running, it);
	return SCALE_OK;
}

static scale_status check_rpc(struct running *running,
			      const struct scale_rpc *rpc)
{
	uint32_t kind;

	if (!SCALE_HAS(rpc, ticket) || rpc->method == NULL ||
	    rpc->params == NULL || rpc->ticket != 0)
		return host_blame(running, "it submitted an RPC that was not "
					   "cleared and filled in");
	kind = rpc->flags & RPC_KINDS;
	if (!host_declares(running->backend->descriptor.methods, rpc->method))
		return host_blame(running,
				  "it called '%s' on the NAS, which it does "
				  "not declare",
				  rpc->method);
	if ((kind & (kind - 1)) != 0)
		return host_blame(running,
				  "it sent '%s' as more than one of read, "
				  "create and delete",
				  rpc->method);
	if ((rpc->flags & SCALE_RPC_SECRET) == 0 &&
	    host_bears_secret(running, rpc->params))
		return host_blame(running,
				  "it sent a secret in '%s' without saying so",
				  rpc->method);
	return SCALE_OK;
}

static unsigned int nas_flags(uint32_t flags)
{
	return ((flags & SCALE_RPC_READ) != 0 ? (unsigned int)RPC_READ : 0) |
	       ((flags & SCALE_RPC_JOB) != 0 ? (unsigned int)RPC_JOB : 0) |
	       ((flags & SCALE_RPC_SECRET) != 0 ? (unsigned int)RPC_SECRET
						: 0) |
	       ((flags & SCALE_RPC_DELETE) != 0 ? (unsigned int)RPC_DELETE : 0);
}

static scale_status submit(struct running *running, struct scale_rpc *rpc)
{
	struct call *call = running->call;
	struct host_rpc *it;
	scale_status st = host_enter(running);

	if (st == SCALE_OK)
		st = check_rpc(running, rpc);
	if (st != SCALE_OK)
		return st;
	it = arena_alloc(call->arena, sizeof(*it));
	if (it == NULL) {
		running->out_of_memory = true;
		return call_nomem(call);
	}
	it->theirs = rpc;
	it->rpc.method = rpc->method;
	it->rpc.params = rpc->params;
	it->rpc.flags = nas_flags(rpc->flags);
	it->rpc.volume = running->volume;
	st = apply_rules(running, it, rpc->flags);
	if (st != SCALE_OK)
		return st;
	it->ticket = rpc->ticket = ++running->n_rpcs;
	it->next = running->rpcs;
	running->rpcs = it;
	if (!it->is_held_back)
		rpc_submit(call, running->host->nas, &it->rpc);
	return SCALE_OK;
}

static struct host_rpc *find_rpc(struct running *running,
				 const struct scale_rpc *rpc)
{
	for (struct host_rpc *it = running->rpcs; it != NULL; it = it->next)
		if (it->ticket == rpc->ticket && it->theirs == rpc &&
		    !it->is_waited)
			return it;
	return NULL;
}

static void hand_over(struct running *running, struct host_rpc *it,
		      struct scale_rpc *rpc)
{
	it->is_waited = true;
	rpc->ticket = 0;
	rpc->result = it->rpc.outcome == RPC_RESULT ? it->rpc.result : NULL;
	rpc->reason = it->rpc.reason;
	rpc->status = it->rpc.status;
	rpc->error = it->rpc.error;
	if (rpc->status == SCALE_OK)
		return;
	running->refusal = rpc->status;
	running->refused_method = it->rpc.method;
	running->refusal_reason = rpc->reason;
}

static scale_status wait_all(struct running *running,
			     struct scale_rpc *const *rpcs, size_t n)
{
	struct call *call = running->call;
	struct host_rpc **found = arena_array(call->arena, n, sizeof(*found));
	struct rpc **sent = arena_array(call->arena, n, sizeof(*sent));
	scale_status st = SCALE_OK;
	size_t n_sent = 0;

	if (found == NULL || sent == NULL) {
		running->out_of_memory = true;
		return call_nomem(call);
	}
	for (size_t i = 0; i < n; i++) {
		found[i] = find_rpc(running, rpcs[i]);
		if (found[i] == NULL)
			return host_blame(running, "it waited for an RPC that "
						   "is not under way");
		if (!found[i]->is_held_back)
			sent[n_sent++] = &found[i]->rpc;
	}
	if (n_sent > 0)
		st = rpc_wait(call, running->host->nas, sent, n_sent);
	for (size_t i = 0; i < n; i++)
		hand_over(running, found[i], rpcs[i]);
	if (st == SCALE_OK)
		return SCALE_OK;
	/* The call is over; say so, unless the NAS layer has found words. */
	return call->status == st && call->reason[0] != '\0' ? st
							     : call_check(call);
}

static size_t finish(struct running *running)
{
	size_t left = 0;

	for (struct host_rpc *it = running->rpcs; it != NULL; it = it->next) {
		struct rpc *one = &it->rpc;

		if (it->is_waited)
			continue;
		left++;
		it->is_waited = true;
		if (!it->is_held_back)
			(void)rpc_wait(running->call, running->host->nas, &one,
				       1); /* the outcome goes to the ledger */
	}
	return left;
}

static const struct host_nas_services services = {
	.version = nas_services_version,
	.has_method = nas_has_method,
	.session = nas_session_id,
	.submit = submit,
	.wait = wait_all,
	.finish = finish,
	.json_get = json_get,
	.json_count = json_count,
	.json_quote = json_quote,
};

const struct host_nas_services *host_nas_services(void)
{
	return &services;
}
