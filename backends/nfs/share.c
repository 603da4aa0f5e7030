/* SPDX-License-Identifier: BSD-2-Clause */
/* The share of a volume: made, found again, removed. */
#include "nfs.h"

#include <string.h>

/* The NAS refuses a second share of the same path for the same hosts. */
static scale_status share_make(struct scale_call *call,
			       const struct scale_volume *volume,
			       const char *path, struct nfs_share *ret_share)
{
	struct scale_rpc rpc;
	scale_status st;
	const char *id;

	st = scale_rpc_run(call, &rpc, "sharing.nfs.create",
			   nfs_share_params(call, volume, path),
			   SCALE_RPC_CREATE);
	if (st == SCALE_OK) {
		id = call->host->json_get(call, rpc.result, "/id");
		ret_share->path = path;
		ret_share->is_enabled = 1;
		if (id != NULL)
			call->host->put(call, SCALE_PUT_STATE, NFS_STATE_SHARE,
					id);
		return SCALE_OK;
	}
	if (st == SCALE_UNKNOWN)
		return scale_fail(
			call, SCALE_UNAVAILABLE,
			"the NAS did not answer whether it shares '%s'", path);
	return scale_fail(call, st, "sharing '%s' over NFS: %s", path,
			  rpc.reason != NULL ? rpc.reason : "no answer");
}

/* A refusal may mean that somebody was faster: look, then believe it. */
static scale_status share_make_or_find(struct scale_call *call,
				       const struct scale_volume *volume,
				       const char *path,
				       struct nfs_share *ret_share)
{
	scale_status st = share_make(call, volume, path, ret_share);
	struct scale_rpc again, *wait = &again;

	if (st != SCALE_INVALID_ARGUMENT && st != SCALE_ALREADY_EXISTS)
		return st;
	if (nfs_share_query(call, path, &again) != SCALE_OK ||
	    call->host->rpc_wait(call, &wait, 1) != SCALE_OK ||
	    again.status != SCALE_OK ||
	    call->host->json_count(call, again.result, "") == 0)
		return st; /* the refusal's own words stand */
	return nfs_share_found(call, &again, path, ret_share);
}

scale_status nfs_share_ensure(struct scale_call *call,
			      const struct scale_volume *volume,
			      struct scale_rpc *query,
			      struct nfs_share *ret_share)
{
	const char *path = NULL;
	scale_status st = call->host->rpc_wait(call, &query, 1);

	if (st != SCALE_OK)
		return st;
	st = call->host->export_path(call, &path);
	if (st == SCALE_OK)
		st = nfs_share_found(call, query, path, ret_share);
	if (st == SCALE_OK && ret_share->id == 0)
		st = share_make_or_find(call, volume, path, ret_share);
	if (st != SCALE_OK)
		return st;
	if (ret_share->is_enabled)
		return SCALE_OK;
	return scale_fail(
		call, SCALE_FAILED_PRECONDITION,
		"the NFS share of '%s' was disabled on the NAS; enable "
		"it there, or delete it and it is made anew",
		path);
}

scale_status nfs_create(void *self, struct scale_call *call,
			const struct scale_volume *volume)
{
	struct nfs_share share = {0};
	struct scale_rpc query;
	scale_status st;

	(void)self;
	/* Looked for while the dataset is being made: a repeat finds it here.
	 */
	st = nfs_share_query(call, nfs_dataset_path(call, volume), &query);
	if (st != SCALE_OK)
		return st;
	return nfs_share_ensure(call, volume, &query, &share);
}

scale_status nfs_destroy(void *self, struct scale_call *call,
			 const struct scale_volume *volume)
{
	const char *path = nfs_dataset_path(call, volume), *ready = NULL;
	struct nfs_share share = {0};
	struct scale_rpc query, *wait = &query, rpc;
	scale_status st;

	(void)self;
	st = nfs_share_query(call, path, &query);
	if (st == SCALE_OK)
		st = call->host->rpc_wait(call, &wait, 1);
	if (st == SCALE_OK)
		st = call->host->export_path(call, &ready);
	if (st == SCALE_OK)
		st = nfs_share_found(call, &query, path, &share);
	if (st != SCALE_OK || share.id == 0)
		return st;
	if (share.comment == NULL || strcmp(share.comment, volume->id) != 0) {
		/* of a dataset that is there, it goes with that */
		call->host->log(call, SCALE_NOTICE,
				scale_text(call,
					   "the NFS share of '%s' is not one "
					   "this driver made, and is left",
					   path));
		return SCALE_OK;
	}
	st = scale_rpc_run(call, &rpc, "sharing.nfs.delete",
			   scale_text(call, "[%lld]", (long long)share.id),
			   SCALE_RPC_DELETE);
	if (st == SCALE_OK || st == SCALE_NOT_FOUND)
		return SCALE_OK;
	if (st == SCALE_UNKNOWN)
		st = SCALE_UNAVAILABLE;
	return scale_fail(call, st, "removing the NFS share of '%s': %s", path,
			  rpc.reason != NULL ? rpc.reason : "no answer");
}

static int share_is_mode(const char *text)
{
	size_t len = strlen(text);

	return len >= 3 && len <= 4 && strspn(text, "01234567") == len;
}

scale_status nfs_validate(void *self, struct scale_call *call,
			  const struct scale_volume *volume)
{
	(void)self;
	for (size_t i = 0; i < volume->params.n; i++) {
		const struct scale_kv *kv = &volume->params.kv[i];

		if (strcmp(kv->key, "mode") == 0 && !share_is_mode(kv->value))
			return scale_fail(call, SCALE_INVALID_ARGUMENT,
					  "nfs.mode '%s' is not an octal mode "
					  "such as 0777",
					  kv->value);
	}
	return SCALE_OK;
}
