/* SPDX-License-Identifier: BSD-2-Clause */
/* What stands on the NAS for a volume, found by name and proven by content. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "iscsi.h"

#define FACT_MS (15u * 60 * 1000)

const char *iscsi_disk(struct scale_call *call,
		       const struct scale_volume *volume)
{
	return scale_text(call, "zvol/%s", volume->dataset);
}

void iscsi_ask_target(struct scale_call *call, struct wave *wave,
		      struct scale_rpc *rpc, const struct scale_volume *volume)
{
	wave_add(call, wave, rpc, "iscsi.target.query",
		 scale_text(call, "[[[\"name\",\"=\",%s]]]",
			    call->host->json_quote(call, volume->object)),
		 SCALE_RPC_READ);
}

scale_status iscsi_read_target(struct scale_call *call,
			       const struct scale_rpc *rpc,
			       const struct scale_volume *volume,
			       struct iscsi_export *export)
{
	int64_t id;

	if (rpc->status != SCALE_OK)
		return wave_fail(call, rpc, "looking for the iSCSI target",
				 volume->object);
	id = wave_number(call, rpc->result, "/0/id");
	export->target = id > 0 ? id : 0;
	export->has_portal = id > 0 && call->host->json_count(call, rpc->result,
							      "/0/groups") > 0;
	return SCALE_OK;
}

void iscsi_ask_extent(struct scale_call *call, struct wave *wave,
		      struct scale_rpc *rpc, const struct scale_volume *volume)
{
	wave_add(call, wave, rpc, "iscsi.extent.query",
		 scale_text(call, "[[[\"name\",\"=\",%s]]]",
			    call->host->json_quote(call, volume->object)),
		 SCALE_RPC_READ);
}

void iscsi_ask_disk(struct scale_call *call, struct wave *wave,
		    struct scale_rpc *rpc, const struct scale_volume *volume)
{
	const char *disk = iscsi_disk(call, volume);

	wave_add(call, wave, rpc, "iscsi.extent.query",
		 scale_text(call,
			    "[[[\"OR\",[[\"name\",\"=\",%s],"
			    "[\"disk\",\"=\",%s]]]]]",
			    call->host->json_quote(call, volume->object),
			    call->host->json_quote(call, disk)),
		 SCALE_RPC_READ);
}

scale_status iscsi_read_extent(struct scale_call *call,
			       const struct scale_rpc *rpc,
			       const struct scale_volume *volume,
			       struct iscsi_export *export)
{
	const char *ours = iscsi_disk(call, volume), *rows = rpc->result;
	size_t n;

	if (rpc->status != SCALE_OK)
		return wave_fail(call, rpc, "looking for the iSCSI extent",
				 volume->object);
	n = call->host->json_count(call, rows, "");
	for (size_t i = 0; i < n; i++) {
		const char *name =
			wave_text(call, rows, scale_text(call, "/%zu/name", i));
		const char *disk =
			wave_text(call, rows, scale_text(call, "/%zu/disk", i));
		int is_named = strcmp(name, volume->object) == 0;
		int64_t id =
			wave_number(call, rows, scale_text(call, "/%zu/id", i));

		if (is_named && strcmp(disk, ours) == 0 && id > 0) {
			export->extent = id;
			export->naa = wave_text(
				call, rows, scale_text(call, "/%zu/naa", i));
			export->is_enabled = wave_is_true(
				call, rows,
				scale_text(call, "/%zu/enabled", i));
		} else if (is_named) {
			export->foreign = scale_text(
				call, "the iSCSI extent '%s' is of '%s'", name,
				disk);
		} else {
			export->rival = name;
		}
	}
	return SCALE_OK;
}

void iscsi_ask_mappings(struct scale_call *call, struct wave *wave,
			struct scale_rpc *rpc, int64_t target, int64_t extent)
{
	const char *params;

	if (target != 0 && extent != 0)
		params = scale_text(call,
				    "[[[\"OR\",[[\"target\",\"=\",%" PRId64
				    "],[\"extent\",\"=\",%" PRId64 "]]]]]",
				    target, extent);
	else
		params = scale_text(call, "[[[\"%s\",\"=\",%" PRId64 "]]]",
				    target != 0 ? "target" : "extent",
				    target != 0 ? target : extent);
	wave_add(call, wave, rpc, "iscsi.targetextent.query", params,
		 SCALE_RPC_READ);
}

/* One mapping; what it means for us. */
static void read_mapping(struct scale_call *call, const char *row,
			 struct iscsi_export *export)
{
	int64_t target = wave_number(call, row, "/target");
	int64_t extent = wave_number(call, row, "/extent");
	int64_t lun = wave_number(call, row, "/lunid");
	int is_target = export->target != 0 && target == export->target;
	int is_extent = export->extent != 0 && extent == export->extent;

	if (is_target && is_extent && lun == 0) {
		export->mapping = wave_number(call, row, "/id");
	} else if (is_target && is_extent) {
		export->foreign = scale_text(
			call, "it is LUN %" PRId64 " of its target, not 0",
			lun);
	} else if (is_extent) {
		export->elsewhere = target;
	} else if (is_target) {
		export->n_others++;
	}
}

scale_status iscsi_read_mappings(struct scale_call *call,
				 const struct scale_rpc *rpc,
				 const struct scale_volume *volume,
				 struct iscsi_export *export)
{
	size_t n;

	if (rpc->status != SCALE_OK)
		return wave_fail(call, rpc, "looking for the LUN of",
				 volume->object);
	n = call->host->json_count(call, rpc->result, "");
	for (size_t i = 0; i < n; i++)
		read_mapping(call,
			     wave_text(call, rpc->result,
				       scale_text(call, "/%zu", i)),
			     export);
	return SCALE_OK;
}

static const char *fact_key(struct scale_call *call,
			    const struct scale_volume *volume)
{
	return scale_text(call, "export.%s", volume->object);
}

void iscsi_recall(struct scale_call *call, const struct scale_volume *volume,
		  struct iscsi_export *ret_seen)
{
	const char *fact = call->host->recall(call, fact_key(call, volume));
	char *end;

	*ret_seen = (struct iscsi_export){0};
	if (fact == NULL)
		return;
	ret_seen->target = strtoll(fact, &end, 10);
	ret_seen->extent = strtoll(end, NULL, 10);
}

void iscsi_remember(struct scale_call *call, const struct scale_volume *volume,
		    const struct iscsi_export *export)
{
	call->host->remember(call, fact_key(call, volume),
			     scale_text(call, "%" PRId64 " %" PRId64,
					export->target, export->extent),
			     FACT_MS);
}
