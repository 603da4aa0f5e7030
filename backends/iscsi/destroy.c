/* SPDX-License-Identifier: BSD-2-Clause */
/* destroy(): looks first, asks the host, then removes what is proven ours. */
#include <inttypes.h>
#include <string.h>

#include "iscsi.h"

static void ask_sessions(struct scale_call *call, struct wave *wave,
			 struct scale_rpc *rpc,
			 const struct scale_volume *volume)
{
	const char *end = scale_text(call, ":%s", volume->object);

	wave_add(call, wave, rpc, "iscsi.global.sessions",
		 scale_text(call, "[[[\"target\",\"$\",%s]]]",
			    call->host->json_quote(call, end)),
		 SCALE_RPC_READ);
}

static scale_status check_sessions(struct scale_call *call,
				   const struct scale_rpc *rpc,
				   const struct scale_volume *volume)
{
	const char *who;

	if (rpc->status != SCALE_OK)
		return wave_fail(call, rpc, "looking for sessions of",
				 volume->object);
	if (call->host->json_count(call, rpc->result, "") == 0)
		return SCALE_OK;
	who = wave_text(call, rpc->result, "/0/initiator");
	return scale_fail(call, SCALE_FAILED_PRECONDITION,
			  "volume '%s' is not deleted: the initiator '%s' is "
			  "logged in to its target; detach the volume there",
			  volume->id, who);
}

static scale_status look(struct scale_call *call,
			 const struct scale_volume *volume,
			 struct iscsi_export *export)
{
	struct scale_rpc target, extent, sessions, mappings;
	struct wave wave = {0}, second = {0};
	struct iscsi_export seen;
	scale_status st;

	iscsi_recall(call, volume, &seen);
	iscsi_ask_target(call, &wave, &target, volume);
	iscsi_ask_disk(call, &wave, &extent, volume);
	ask_sessions(call, &wave, &sessions, volume);
	if (seen.target != 0 && seen.extent != 0)
		iscsi_ask_mappings(call, &wave, &mappings, seen.target,
				   seen.extent);
	st = wave_wait(call, &wave);
	if (st == SCALE_OK)
		st = check_sessions(call, &sessions, volume);
	if (st == SCALE_OK)
		st = iscsi_read_target(call, &target, volume, export);
	if (st == SCALE_OK)
		st = iscsi_read_extent(call, &extent, volume, export);
	if (st != SCALE_OK || (export->target == 0 && export->extent == 0))
		return st;
	if (export->target != seen.target || export->extent != seen.extent) {
		iscsi_ask_mappings(call, &second, &mappings, export->target,
				   export->extent);
		st = wave_wait(call, &second);
	}
	if (st == SCALE_OK)
		st = iscsi_read_mappings(call, &mappings, volume, export);
	return st;
}

/* Somebody else's use of our extent or zvol: theirs to end, not ours. */
static scale_status check_foreign(struct scale_call *call,
				  const struct scale_volume *volume,
				  struct iscsi_export *export)
{
	if (export->elsewhere != 0)
		return scale_fail(call, SCALE_FAILED_PRECONDITION,
				  "volume '%s' is not deleted: its iSCSI "
				  "extent is also a LUN of the target with the "
				  "id %" PRId64 "; remove it there on the NAS",
				  volume->id, export->elsewhere);
	if (export->rival != NULL)
		return scale_fail(call, SCALE_FAILED_PRECONDITION,
				  "volume '%s' is not deleted: its zvol is "
				  "also exported as the iSCSI extent '%s', "
				  "which this driver did not make; remove that "
				  "on the NAS",
				  volume->id, export->rival);
	if (export->foreign != NULL)
		call->host->log(call, SCALE_NOTICE, export->foreign);
	return SCALE_OK;
}

/* A target of our name is ours if nothing or our extent hangs on it; with other
 * LUNs besides, it stays. */
static int may_delete_target(const struct iscsi_export *export)
{
	return export->target != 0 && export->n_others == 0;
}

static scale_status check_gone(struct scale_call *call,
			       const struct scale_rpc *rpc, const char *what,
			       const struct scale_volume *volume)
{
	if (rpc->status == SCALE_OK || rpc->status == SCALE_NOT_FOUND)
		return SCALE_OK;
	return wave_fail(call, rpc, what, volume->object);
}

/*
 * Without force: a node that logged in since we looked makes the NAS refuse.
 * The extent goes with the target it is mapped to; alone, it is not mapped, or
 * to a target that stays.
 */
static scale_status remove_all(struct scale_call *call,
			       const struct scale_volume *volume,
			       const struct iscsi_export *export)
{
	int is_target = may_delete_target(export);
	int is_extent =
		export->extent != 0 && (!is_target || export->mapping == 0);
	struct scale_rpc target = {0}, extent = {0};
	struct wave wave = {0};
	scale_status st;

	if (is_target)
		wave_add(call, &wave, &target, "iscsi.target.delete",
			 scale_text(call, "[%" PRId64 ",false,%s]",
				    export->target,
				    export->mapping != 0 ? "true" : "false"),
			 SCALE_RPC_DELETE);
	if (is_extent)
		wave_add(call, &wave, &extent, "iscsi.extent.delete",
			 scale_text(call, "[%" PRId64 ",false,false]",
				    export->extent),
			 SCALE_RPC_DELETE);
	st = wave_wait(call, &wave);
	if (st == SCALE_OK)
		st = check_gone(call, &target, "removing the iSCSI target",
				volume);
	if (st == SCALE_OK)
		st = check_gone(call, &extent, "removing the iSCSI extent",
				volume);
	return st;
}

scale_status iscsi_destroy(void *self, struct scale_call *call,
			   const struct scale_volume *volume)
{
	struct iscsi_export export = {0};
	const char *path = NULL;
	scale_status st;

	(void)self;
	st = look(call, volume, &export);
	if (st == SCALE_OK)
		st = check_foreign(call, volume, &export);
	if (st == SCALE_OK)
		st = call->host->export_path(call, &path);
	if (st == SCALE_OK)
		st = remove_all(call, volume, &export);
	return st;
}
