/* SPDX-License-Identifier: BSD-2-Clause */
/* Removes a dataset, and believes only what it can read back. */
#include <errno.h>

#include "nas/dataset.h"
#include "nas/json.h"
#include "nas/parts.h"

/* Never recursive: what hangs below was not part of the decision. */
static void run(struct call *call, struct nas *nas, const char *path,
		struct rpc *rpc)
{
	const char *quoted = json_quote(call->arena, path);
	struct rpc *all[] = {rpc};

	*rpc = rpc_write("pool.dataset.delete",
			 quoted != NULL
				 ? call_printf(call,
					       "[%s,{\"recursive\":false,"
					       "\"force\":false}]",
					       quoted)
				 : NULL);
	/* run late, it would remove a new dataset of this name */
	rpc->flags |= RPC_DELETE;
	rpc_submit(call, nas, rpc);
	(void)rpc_wait(call, nas, all, 1); /* its outcome is looked at */
}

/*
 * Whether it is gone: OK, FAILED_PRECONDITION when it is still there, or the
 * status of the read.
 */
static scale_status look(struct call *call, struct nas *nas, const char *path)
{
	struct dataset dataset;

	switch (dataset_read(call, nas, path, &dataset)) {
	case SCALE_NOT_FOUND:
		return SCALE_OK;
	case SCALE_OK:
		return SCALE_FAILED_PRECONDITION;
	default:
		return call->status;
	}
}

/* Said to be done, by a release that says so also when it is not. */
static scale_status verify(struct call *call, struct nas *nas, const char *path)
{
	scale_status status = look(call, nas, path);

	if (status != SCALE_FAILED_PRECONDITION)
		return status;
	return call_fail(call, SCALE_ABORTED,
			 "removing dataset '%s': the NAS said it was done, but "
			 "the dataset is still there: it may be busy",
			 path);
}

/* Sent and never answered: gone means done, there means that it may yet go. */
static scale_status settle_unknown(struct call *call, struct nas *nas,
				   const char *path, const struct rpc *rpc)
{
	if (look(call, nas, path) == SCALE_OK) {
		ledger_note_resolved(&call->ledger, 1);
		return SCALE_OK;
	}
	return rpc_fail(call, rpc, "removing dataset '%s'", path);
}

/* Refused after it may have begun: read what is left. */
static scale_status settle_refused(struct call *call, struct nas *nas,
				   const char *path, const struct rpc *rpc)
{
	scale_status status = look(call, nas, path);

	if (status == SCALE_OK) {
		ledger_note_resolved(&call->ledger, 1);
		return SCALE_OK;
	}
	if (status != SCALE_FAILED_PRECONDITION)
		return status;
	ledger_note_resolved(&call->ledger, 0);
	(void)rpc_fail(call, rpc, "removing dataset '%s'", path);
	if (rpc->error == EBUSY)
		call->status = SCALE_ABORTED;
	return call->status;
}

scale_status dataset_delete(struct call *call, struct nas *nas,
			    const char *path)
{
	const struct release *release;
	struct rpc rpc;

	run(call, nas, path, &rpc);
	if (rpc_is_absent(&rpc)) {
		if (!rpc_is_certain(&rpc))
			return settle_refused(call, nas, path, &rpc);
		return SCALE_OK;
	}
	release = nas_release(nas);
	if (rpc.outcome == RPC_RESULT)
		return release != NULL && release->delete_may_lie
			       ? verify(call, nas, path)
			       : SCALE_OK;
	if (rpc.outcome == RPC_UNKNOWN)
		return settle_unknown(call, nas, path, &rpc);
	if (rpc.outcome == RPC_REFUSED && !rpc_is_certain(&rpc))
		return settle_refused(call, nas, path, &rpc);
	return rpc_fail(call, &rpc, "removing dataset '%s'", path);
}
