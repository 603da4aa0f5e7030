/* SPDX-License-Identifier: BSD-2-Clause */
/* The NAS room's calls, answered from a script instead of a wire. */
#include "scripted_nas.h"

#include <assert.h>
#include <string.h>

void nas_get_status(struct nas *nas, struct nas_status *ret_status)
{
	*ret_status = (struct nas_status){.is_connected = nas->session != 0,
					  .number = 251005};
}

bool nas_has_method(struct nas *nas, const char *method)
{
	(void)nas;
	return strcmp(method, "toy.query") == 0;
}

struct drain *nas_drain(struct nas *nas)
{
	return nas->drain;
}

uint64_t nas_session_id(struct nas *nas)
{
	return nas->session;
}

void rpc_submit(struct call *call, struct nas *nas, struct rpc *rpc)
{
	struct drain_ticket *ticket = NULL;

	assert(nas->n_sent < SCRIPTED_MAX);
	nas->methods[nas->n_sent] = rpc->method;
	nas->flags[nas->n_sent] = rpc->flags;
	nas->volumes[nas->n_sent++] = rpc->volume;
	if ((rpc->flags & RPC_READ) == 0) {
		ledger_note_sent(&call->ledger);
		ticket = drain_begin(nas->drain, rpc->volume,
				     (rpc->flags & RPC_DELETE) != 0
					     ? DRAIN_DELETE
					     : DRAIN_CREATE);
	}
	rpc->outcome = RPC_PENDING;
	rpc->slot = (struct rpc_slot *)(void *)ticket;
}

static void end(struct call *call, struct nas *nas, struct rpc *rpc)
{
	struct drain_ticket *ticket = (struct drain_ticket *)(void *)rpc->slot;
	struct scripted_answer answer = {.outcome = RPC_RESULT, .text = "null"};

	for (size_t i = 0; i < nas->n_answers; i++)
		if (strcmp(nas->answers[i].method, rpc->method) == 0)
			answer = nas->answers[i];
	rpc->outcome = answer.outcome;
	rpc->status = answer.status;
	rpc->error = answer.error;
	*(answer.outcome == RPC_RESULT ? &rpc->result : &rpc->reason) =
		answer.text;
	if (ticket == NULL)
		return;
	if (answer.outcome == RPC_UNKNOWN) {
		drain_lose(nas->drain, ticket);
		return;
	}
	drain_end(nas->drain, ticket);
	if (answer.outcome == RPC_RESULT)
		ledger_note_done(&call->ledger);
	else
		ledger_note_refused(&call->ledger);
}

scale_status rpc_wait(struct call *call, struct nas *nas,
		      struct rpc *const *rpcs, size_t n)
{
	nas->n_waits++;
	for (size_t i = 0; i < n; i++)
		end(call, nas, rpcs[i]);
	return SCALE_OK;
}
