/* SPDX-License-Identifier: BSD-2-Clause */
/* ControllerUnpublishVolume: a node gives it back, or all of them do. */
#include <errno.h>
#include <string.h>

#include "backend/nodeid.h"
#include "volume/absence.h"
#include "volume/publication.h"
#include "volume/settle.h"
#include "volume/sight.h"
#include "volume/subject.h"

/* The records to remove: one node's, or all.  Ends in NULL. */
static scale_status choose_records(struct call *call, const struct sight *sight,
				   const char *node, const char ***ret_keys)
{
	const char *key = NULL, **keys;
	struct publication *found;
	size_t n, n_keys = 0;
	scale_status status =
		publications_read(call, &sight->dataset.user, &found, &n);

	if (status != SCALE_OK)
		return status;
	keys = arena_array(call->arena, n + 1, sizeof(*keys));
	if (node != NULL)
		key = publication_key(call, node);
	if (keys == NULL || (node != NULL && key == NULL))
		return call_nomem(call);
	for (size_t i = 0; i < n; i++)
		if (key == NULL || strcmp(found[i].key, key) == 0)
			keys[n_keys++] = found[i].key;
	*ret_keys = keys;
	return SCALE_OK;
}

static scale_status unpublish_settle(struct call *call, void *arg,
				     const char **ret_path)
{
	const struct sight *sight = arg;

	*ret_path = ref_export_path(call, sight->ref.id.dataset,
				    sight->dataset.kind);
	return *ret_path != NULL ? SCALE_OK : call_nomem(call);
}

static scale_status revoke(struct call *call, struct volumes *volumes,
			   struct sight *sight, const struct scale_node *node,
			   const struct volume_publish *publish)
{
	struct scale_grant grant = {.struct_size = sizeof(grant), .node = node};
	struct subject subject;
	scale_status status =
		subject_init(call, volumes, sight->ref.backend, &sight->ref.id,
			     sight->dataset.kind, &subject);

	if (status == SCALE_OK)
		status = subject_learn(call, &subject, &sight->dataset,
				       &sight->record);
	if (status != SCALE_OK)
		return status;
	subject.inv.secrets = publish->secrets;
	subject.inv.settle = unpublish_settle;
	subject.inv.settle_arg = sight;
	return invoke_unpublish(call, subject.backend, &subject.inv,
				&subject.volume, &grant);
}

/*
 * What is not there, or not ours, is not published by us.  A record that is
 * written late would stay, and one that is removed late be missed: so what was
 * sent for the volume before is waited for, as by a delete.
 */
static scale_status find(struct call *call, struct volumes *volumes,
			 const char *volume_id, struct sight *sight,
			 bool *ret_is_there)
{
	scale_status settled = settle_check_delete(call, volumes, volume_id,
						   "unpublishing volume");
	const char *reason = call->reason;
	scale_status status = sight_read(call, volumes, volume_id, sight);

	*ret_is_there = status == SCALE_OK;
	if (status == SCALE_OK && settled != SCALE_OK)
		return call_fail(call, settled, "%s", reason);
	if (status != SCALE_NOT_FOUND)
		return status;
	return sight->ref.pool != NULL
		       ? absence_check(call, volumes, &sight->ref,
				       "unpublishing volume")
		       : SCALE_OK;
}

/* *@ret_name NULL: every node; @ret_is_known false: no node of ours. */
static scale_status name_node(struct call *call, const char *node_id,
			      struct scale_node *ret, bool *ret_is_known)
{
	int rc;

	*ret = (struct scale_node){.struct_size = sizeof(*ret)};
	*ret_is_known = true;
	if (node_id[0] == '\0')
		return SCALE_OK;
	rc = nodeid_parse(call->arena, node_id, &ret->name, &ret->identity);
	*ret_is_known = rc == 0;
	return rc == -ENOMEM ? call_nomem(call) : SCALE_OK;
}

scale_status volume_unpublish(struct call *call, struct volumes *volumes,
			      const struct volume_publish *publish)
{
	struct dataset_change change = {0};
	struct scale_node node;
	struct sight sight = {0};
	const char **keys = NULL;
	bool is_known, is_there;
	scale_status status =
		name_node(call, publish->node_id, &node, &is_known);

	if (status != SCALE_OK || !is_known)
		return status;
	status = find(call, volumes, publish->volume_id, &sight, &is_there);
	if (status != SCALE_OK || !is_there)
		return status;
	status = choose_records(call, &sight, node.name, &keys);
	/* Access goes first: a record without access is only untidy. */
	if (status == SCALE_OK)
		status = revoke(call, volumes, &sight,
				node.name != NULL ? &node : NULL, publish);
	if (status != SCALE_OK || keys[0] == NULL)
		return status;
	change.unset = keys;
	status = dataset_change(call, volumes->nas, sight.ref.id.dataset,
				&change);
	if (status != SCALE_OK)
		return call_prefix(call, "unpublishing volume '%s'",
				   sight.ref.id.volume);
	return SCALE_OK;
}
