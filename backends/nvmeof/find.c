/* SPDX-License-Identifier: BSD-2-Clause */
/* What stands on the NAS for a volume, found by name and by zvol. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "nvmeof.h"

const char *nvmeof_device(struct scale_call *call,
			  const struct scale_volume *volume)
{
	return scale_text(call, "zvol/%s", volume->dataset);
}

void nvmeof_look_ask(struct scale_call *call, struct wave *wave,
		     struct nvmeof_look *look,
		     const struct scale_volume *volume)
{
	const char *device = nvmeof_device(call, volume);

	/* only a verbose answer has the ids of ports and namespaces */
	wave_add(call, wave, &look->subsys, "nvmet.subsys.query",
		 scale_text(call,
			    "[[[\"name\",\"=\",%s]],"
			    "{\"extra\":{\"verbose\":true}}]",
			    call->host->json_quote(call, volume->object)),
		 SCALE_RPC_READ);
	wave_add(call, wave, &look->space, "nvmet.namespace.query",
		 scale_text(call, "[[[\"device_path\",\"=\",%s]]]",
			    call->host->json_quote(call, device)),
		 SCALE_RPC_READ);
}

static int has_id(struct scale_call *call, const char *json,
		  const char *pointer, int64_t id)
{
	size_t n = call->host->json_count(call, json, pointer);

	for (size_t i = 0; i < n; i++)
		if (wave_number(call, json,
				scale_text(call, "%s/%zu", pointer, i)) == id)
			return 1;
	return 0;
}

static scale_status read_subsys(struct scale_call *call,
				const struct scale_rpc *rpc,
				const struct scale_volume *volume, int64_t port,
				struct nvmeof_export *export)
{
	const char *rows = rpc->result;
	int64_t id;

	if (rpc->status != SCALE_OK)
		return wave_fail(call, rpc, "looking for the NVMe-oF subsystem",
				 volume->object);
	id = wave_number(call, rows, "/0/id");
	if (id <= 0)
		return SCALE_OK;
	if (call->host->json_get(call, rows, "/0/namespaces") == NULL ||
	    call->host->json_get(call, rows, "/0/ports") == NULL)
		return scale_fail(call, SCALE_INTERNAL,
				  "the NAS does not say what belongs to the "
				  "NVMe-oF subsystem '%s'; this release of "
				  "TrueNAS cannot be used",
				  volume->object);
	export->subsys = id;
	export->nqn = wave_text(call, rows, "/0/subnqn");
	export->is_linked = has_id(call, rows, "/0/ports", port);
	export->n_others = call->host->json_count(call, rows, "/0/namespaces");
	return SCALE_OK;
}

static scale_status read_space(struct scale_call *call,
			       const struct scale_rpc *rpc,
			       const struct scale_volume *volume,
			       struct nvmeof_export *export)
{
	const char *rows = rpc->result;
	int64_t id, subsys;

	if (rpc->status != SCALE_OK)
		return wave_fail(call, rpc, "looking for the namespace of",
				 volume->object);
	id = wave_number(call, rows, "/0/id");
	if (id <= 0)
		return SCALE_OK;
	subsys = wave_number(call, rows, "/0/subsys/id");
	if (export->subsys == 0 || subsys != export->subsys) {
		export->foreign = scale_text(
			call,
			"'%s' is a namespace of the NVMe-oF subsystem '%s'",
			nvmeof_device(call, volume),
			wave_text(call, rows, "/0/subsys/name"));
		return SCALE_OK;
	}
	export->space = id;
	export->uuid = wave_text(call, rows, "/0/device_uuid");
	export->nsid = wave_number(call, rows, "/0/nsid");
	export->is_enabled = wave_is_true(call, rows, "/0/enabled");
	return SCALE_OK;
}

scale_status nvmeof_look_read(struct scale_call *call,
			      const struct nvmeof_look *look,
			      const struct scale_volume *volume, int64_t port,
			      struct nvmeof_export *ret_export)
{
	struct nvmeof_export export = {0};
	scale_status st =
		read_subsys(call, &look->subsys, volume, port, &export);

	if (st == SCALE_OK)
		st = read_space(call, &look->space, volume, &export);
	if (st != SCALE_OK)
		return st;
	if (export.space != 0 && export.n_others > 0)
		export.n_others--; /* ours is no other */
	*ret_export = export;
	return SCALE_OK;
}
