/* SPDX-License-Identifier: BSD-2-Clause */
/* What a node must know to mount a share, and what an admin must set up. */
#include "nfs.h"

#include <string.h>

/* Submits the question whether nfsd runs. */
static scale_status service_query(struct scale_call *call,
				  struct scale_rpc *rpc)
{
	*rpc = (struct scale_rpc){
		.struct_size = sizeof(*rpc),
		.flags = SCALE_RPC_READ,
		.method = "service.query",
		.params = "[[[\"service\",\"=\",\"nfs\"]]]",
	};
	return call->host->rpc_submit(call, rpc);
}

static int service_is_running(struct scale_call *call,
			      const struct scale_rpc *rpc)
{
	const char *state = call->host->json_get(call, rpc->result, "/0/state");

	return state != NULL && strcmp(state, "RUNNING") == 0;
}

static scale_status service_fail(struct scale_call *call,
				 const struct scale_rpc *rpc)
{
	return scale_fail(call, rpc->status, "asking for the NFS service: %s",
			  rpc->reason != NULL ? rpc->reason : "no answer");
}

/* After rpc_wait(): a share that nobody serves would keep a mount waiting. */
static scale_status service_check(struct scale_call *call,
				  const struct scale_rpc *rpc)
{
	if (rpc->status != SCALE_OK)
		return service_fail(call, rpc);
	if (service_is_running(call, rpc))
		return SCALE_OK;
	return scale_fail(call, SCALE_FAILED_PRECONDITION,
			  "the NFS service is not running; start it on the NAS "
			  "under System, Services");
}

/* The share, re-made if need be, and the service, asked for at once. */
static scale_status publish_look(struct scale_call *call,
				 const struct scale_volume *volume,
				 struct nfs_share *ret_share)
{
	struct scale_rpc query, service, *wait = &service;
	scale_status st = service_query(call, &service);
	scale_status served;

	if (st != SCALE_OK)
		return st;
	st = nfs_share_query(call, nfs_dataset_path(call, volume), &query);
	if (st == SCALE_OK)
		st = nfs_share_ensure(call, volume, &query, ret_share);
	served = call->host->rpc_wait(call, &wait, 1);
	if (st == SCALE_OK)
		st = served;
	return st == SCALE_OK ? service_check(call, &service) : st;
}

scale_status nfs_publish(void *self, struct scale_call *call,
			 const struct scale_volume *volume,
			 const struct scale_grant *grant)
{
	const char *server = call->host->config(call, NFS_KEY_SERVER);
	struct nfs_share share = {0};
	scale_status st;

	(void)self;
	(void)grant; /* open shares: whoever may reach the NAS may mount */
	if (server == NULL)
		return scale_fail(
			call, SCALE_FAILED_PRECONDITION,
			"nobody has said by which address nodes reach "
			"the NAS; set backends.nfs.server");
	st = publish_look(call, volume, &share);
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
	struct scale_rpc rpc, *wait = &rpc;
	scale_status st = service_query(call, &rpc);

	(void)self;
	if (st == SCALE_OK)
		st = call->host->rpc_wait(call, &wait, 1);
	if (st != SCALE_OK)
		return st;
	if (rpc.status != SCALE_OK)
		return service_fail(call, &rpc);
	if (!service_is_running(call, &rpc))
		call->host->report(
			call, SCALE_ERROR, "ServiceStopped",
			"the NFS service is not running; start it on "
			"the NAS under System, Services");
	return SCALE_OK;
}
