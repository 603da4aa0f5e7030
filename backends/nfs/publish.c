/* SPDX-License-Identifier: BSD-2-Clause */
/* What a node must know to mount a share, and what an admin must set up. */
#include "nfs.h"

#include <string.h>

scale_status nfs_publish(void *self, struct scale_call *call,
			 const struct scale_volume *volume,
			 const struct scale_grant *grant)
{
	const char *server = call->host->config(call, NFS_KEY_SERVER);
	struct nfs_share share = {0};
	struct scale_rpc query;
	scale_status st;

	(void)self;
	(void)grant; /* open shares: whoever may reach the NAS may mount */
	if (server == NULL)
		return scale_fail(
			call, SCALE_FAILED_PRECONDITION,
			"nobody has said by which address nodes reach "
			"the NAS; set backends.nfs.server");
	st = nfs_share_query(call, nfs_dataset_path(call, volume), &query);
	if (st == SCALE_OK)
		st = nfs_share_ensure(call, volume, &query, &share);
	if (st == SCALE_OK && share.is_locked)
		st = scale_fail(call, SCALE_FAILED_PRECONDITION,
				"the dataset '%s' is locked; unlock it on the "
				"NAS",
				volume->dataset);
	if (st == SCALE_OK)
		st = call->host->put(call, SCALE_PUT_PUBLISH,
				     NFS_PUBLISH_SERVER, server);
	if (st == SCALE_OK)
		st = call->host->put(call, SCALE_PUT_PUBLISH, NFS_PUBLISH_SHARE,
				     share.path);
	return st;
}

scale_status nfs_probe(void *self, struct scale_call *call)
{
	struct scale_rpc rpc;
	const char *state;
	scale_status st;

	(void)self;
	st = scale_rpc_run(call, &rpc, "service.query",
			   "[[[\"service\",\"=\",\"nfs\"]]]", SCALE_RPC_READ);
	if (st != SCALE_OK)
		return scale_fail(call, st, "asking for the NFS service: %s",
				  rpc.reason != NULL ? rpc.reason
						     : "no answer");
	state = call->host->json_get(call, rpc.result, "/0/state");
	if (state == NULL || strcmp(state, "RUNNING") != 0)
		call->host->report(
			call, SCALE_ERROR, "ServiceStopped",
			"the NFS service is not running; start it on "
			"the NAS under System, Services");
	return SCALE_OK;
}
