/* SPDX-License-Identifier: BSD-2-Clause */
/* destroy(): looks first, asks the host, then removes what is proven ours. */
#include <inttypes.h>
#include <string.h>

#include "nvmeof.h"

static scale_status look(struct scale_call *call,
			 const struct scale_volume *volume,
			 struct nvmeof_export *export)
{
	struct nvmeof_look asked;
	struct wave wave = {0};
	scale_status st;

	nvmeof_look_ask(call, &wave, &asked, volume);
	st = wave_wait(call, &wave);
	if (st == SCALE_OK)
		st = nvmeof_look_read(call, &asked, volume, 0, export);
	return st;
}

static scale_status check_sessions(struct scale_call *call,
				   const struct scale_volume *volume,
				   const struct nvmeof_export *export)
{
	struct scale_rpc rpc;
	scale_status st;

	if (export->subsys == 0)
		return SCALE_OK;
	st = wave_run(call, &rpc, "nvmet.global.sessions",
		      scale_text(call, "[[[\"subsys_id\",\"=\",%" PRId64 "]]]",
				 export->subsys),
		      SCALE_RPC_READ);
	if (st != SCALE_OK)
		return st;
	if (rpc.status != SCALE_OK)
		return wave_fail(call, &rpc, "looking for connections to",
				 volume->object);
	if (call->host->json_count(call, rpc.result, "") == 0)
		return SCALE_OK;
	return scale_fail(call, SCALE_FAILED_PRECONDITION,
			  "volume '%s' is not deleted: the host '%s' is "
			  "connected to its subsystem; detach the volume there",
			  volume->id,
			  wave_text(call, rpc.result, "/0/hostnqn"));
}

static scale_status check_foreign(struct scale_call *call,
				  const struct scale_volume *volume,
				  const struct nvmeof_export *export)
{
	if (export->foreign == NULL)
		return SCALE_OK;
	return scale_fail(call, SCALE_FAILED_PRECONDITION,
			  "volume '%s' is not deleted: %s, which this driver "
			  "did not make; remove it there on the NAS",
			  volume->id, export->foreign);
}

/* The subsystem takes its namespace and links along; if somebody has put other
 * namespaces into it, ours goes alone, and without ours none of it is. */
static scale_status remove_all(struct scale_call *call,
			       const struct scale_volume *volume,
			       const struct nvmeof_export *export)
{
	struct scale_rpc rpc;
	scale_status st;

	if (export->subsys != 0 && export->n_others == 0)
		st = wave_run(call, &rpc, "nvmet.subsys.delete",
			      scale_text(call, "[%" PRId64 ",{\"force\":true}]",
					 export->subsys),
			      SCALE_RPC_DELETE);
	else if (export->space != 0)
		st = wave_run(call, &rpc, "nvmet.namespace.delete",
			      scale_text(call,
					 "[%" PRId64 ",{\"remove\":false}]",
					 export->space),
			      SCALE_RPC_DELETE);
	else
		return SCALE_OK;
	if (st != SCALE_OK)
		return st;
	if (rpc.status == SCALE_OK || rpc.status == SCALE_NOT_FOUND)
		return SCALE_OK;
	return wave_fail(call, &rpc, "removing the NVMe-oF subsystem",
			 volume->object);
}

scale_status nvmeof_destroy(void *self, struct scale_call *call,
			    const struct scale_volume *volume)
{
	struct nvmeof_export export = {0};
	const char *path = NULL;
	scale_status st;

	(void)self;
	st = look(call, volume, &export);
	if (st == SCALE_OK)
		st = check_foreign(call, volume, &export);
	if (st == SCALE_OK)
		st = check_sessions(call, volume, &export);
	if (st == SCALE_OK)
		st = call->host->export_path(call, &path);
	if (st == SCALE_OK)
		st = remove_all(call, volume, &export);
	return st;
}
