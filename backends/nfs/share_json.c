/* SPDX-License-Identifier: BSD-2-Clause */
/* What is said to sharing.nfs.* and what it answers. */
#include "nfs.h"

#include <stdlib.h>
#include <string.h>

const char *nfs_dataset_path(struct scale_call *call,
			     const struct scale_volume *volume)
{
	return scale_text(call, "/mnt/%s", volume->dataset);
}

scale_status nfs_share_query(struct scale_call *call, const char *path,
			     struct scale_rpc *rpc)
{
	struct scale_rpc blank = {.struct_size = sizeof(blank)};

	*rpc = blank;
	rpc->flags = SCALE_RPC_READ;
	rpc->method = "sharing.nfs.query";
	rpc->params = scale_text(call, "[[[\"path\",\"=\",%s]]]",
				 call->host->json_quote(call, path));
	return call->host->rpc_submit(call, rpc);
}

static int share_is_true(struct scale_call *call, const char *row,
			 const char *pointer)
{
	const char *value = call->host->json_get(call, row, pointer);

	return value != NULL && strcmp(value, "true") == 0;
}

scale_status nfs_share_found(struct scale_call *call,
			     const struct scale_rpc *rpc, const char *path,
			     struct nfs_share *ret_share)
{
	struct nfs_share share = {0};
	const char *id;

	if (rpc->status != SCALE_OK)
		return scale_fail(call, rpc->status,
				  "looking for the NFS share of '%s': %s", path,
				  rpc->reason != NULL ? rpc->reason
						      : "no answer");
	if (call->host->json_count(call, rpc->result, "") > 1)
		return scale_fail(
			call, SCALE_FAILED_PRECONDITION,
			"the NAS has several NFS shares of '%s' and "
			"which one is ours cannot be told; remove all "
			"but one",
			path);
	id = call->host->json_get(call, rpc->result, "/0/id");
	if (id != NULL) {
		share.id = strtoll(id, NULL, 10);
		share.path = path;
		share.is_enabled =
			share_is_true(call, rpc->result, "/0/enabled");
		share.is_locked = share_is_true(call, rpc->result, "/0/locked");
		share.comment =
			call->host->json_get(call, rpc->result, "/0/comment");
	}
	*ret_share = share;
	return SCALE_OK;
}

/* "a,b" as a JSON array of strings. */
static const char *share_list(struct scale_call *call, const char *list)
{
	const char *json = "";

	while (list != NULL && *list != '\0') {
		size_t len = strcspn(list, ",");
		const char *item = scale_text(call, "%.*s", (int)len, list);

		if (len > 0)
			json = scale_text(call, "%s%s%s", json,
					  *json != '\0' ? "," : "",
					  call->host->json_quote(call, item));
		list += len + (list[len] == ',');
	}
	return scale_text(call, "[%s]", json);
}

/* What the class says, or NULL. */
static const char *share_param(const struct scale_volume *volume,
			       const char *key)
{
	for (size_t i = 0; i < volume->params.n; i++)
		if (strcmp(volume->params.kv[i].key, key) == 0 &&
		    *volume->params.kv[i].value != '\0')
			return volume->params.kv[i].value;
	return NULL;
}

/* What the class says, else the configuration, else NULL. */
static const char *share_value(struct scale_call *call,
			       const struct scale_volume *volume,
			       const char *key)
{
	const char *value = share_param(volume, key);

	return value != NULL ? value : call->host->config(call, key);
}

/* "user:group" or "user" as the two fields of a mapping; root's group is root.
 */
static const char *share_mapping(struct scale_call *call, const char *field,
				 const char *who)
{
	size_t len = strcspn(who, ":");
	const char *user = scale_text(call, "%.*s", (int)len, who);
	const char *group = who[len] == ':'             ? who + len + 1
			    : strcmp(user, "root") == 0 ? "root"
							: "";

	if (*group == '\0')
		return scale_text(call, ",\"%s_user\":%s", field,
				  call->host->json_quote(call, user));
	return scale_text(call, ",\"%s_user\":%s,\"%s_group\":%s", field,
			  call->host->json_quote(call, user), field,
			  call->host->json_quote(call, group));
}

const char *nfs_share_params(struct scale_call *call,
			     const struct scale_volume *volume,
			     const char *path)
{
	const char *hosts = share_value(call, volume, NFS_KEY_HOSTS);
	const char *nets = share_value(call, volume, NFS_KEY_NETS);
	const char *maproot = share_param(volume, NFS_KEY_MAPROOT);
	const char *mapall = share_param(volume, NFS_KEY_MAPALL);
	const char *mapping = "";

	/*
	 * Open to everybody is said as "*": two empty lists mean the same to
	 * nfsd, but the NAS accepts a second share of the same path then.
	 */
	if (hosts == NULL && nets == NULL)
		hosts = "*";
	if (maproot == NULL)
		maproot = "root";
	if (mapall != NULL)
		mapping = share_mapping(call, "mapall", mapall);
	else if (strcmp(maproot, "none") != 0)
		mapping = share_mapping(call, "maproot", maproot);
	return scale_text(
		call,
		"[{\"path\":%s,\"comment\":%s,\"hosts\":%s,\"networks\":%s,"
		"\"enabled\":true%s}]",
		call->host->json_quote(call, path),
		call->host->json_quote(call, volume->id),
		share_list(call, hosts), share_list(call, nets), mapping);
}
