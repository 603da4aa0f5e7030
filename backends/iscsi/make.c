/* SPDX-License-Identifier: BSD-2-Clause */
/* Makes what of an export is missing. */
#include <inttypes.h>
#include <string.h>

#include "iscsi.h"

/*
 * udev makes /dev/zvol/... a moment after the zvol, and the NAS refuses the
 * extent until then (truenas-api.md 5.9.4).
 */
#define DEVICE_TRIES    20
#define DEVICE_FIRST_MS 50
#define DEVICE_MOST_MS  500

void iscsi_add_target(struct scale_call *call, struct wave *wave,
		      struct scale_rpc *rpc, const struct scale_volume *volume,
		      int64_t portal)
{
	wave_add(call, wave, rpc, "iscsi.target.create",
		 scale_text(call,
			    "[{\"name\":%s,\"mode\":\"ISCSI\",\"groups\":[{"
			    "\"portal\":%" PRId64 ",\"initiator\":null,"
			    "\"authmethod\":\"NONE\",\"auth\":null}]}]",
			    call->host->json_quote(call, volume->object),
			    portal),
		 SCALE_RPC_CREATE);
}

/* The same for the life of the volume id: FNV-1a, 64 bits of at most 80. */
static const char *make_serial(struct scale_call *call,
			       const struct scale_volume *volume)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (const char *c = volume->id; *c != '\0'; c++)
		hash = (hash ^ (unsigned char)*c) * UINT64_C(0x100000001b3);
	return scale_text(call, "%016" PRIx64, hash);
}

static const char *param_value(const struct scale_volume *volume,
			       const char *key, const char *fallback)
{
	for (size_t i = 0; i < volume->params.n; i++)
		if (strcmp(volume->params.kv[i].key, key) == 0)
			return volume->params.kv[i].value;
	return fallback;
}

static scale_status make_target(struct scale_call *call,
				const struct scale_volume *volume,
				struct iscsi_export *export)
{
	struct wave wave = {0};
	struct scale_rpc rpc;
	int64_t portal;
	scale_status st = iscsi_site_portal(call, &portal);

	if (st != SCALE_OK)
		return st;
	iscsi_add_target(call, &wave, &rpc, volume, portal);
	st = wave_wait(call, &wave);
	if (st != SCALE_OK)
		return st;
	if (rpc.status != SCALE_OK)
		return wave_fail(call, &rpc, "making the iSCSI target",
				 volume->object);
	export->target = wave_number(call, rpc.result, "/id");
	export->has_portal = 1;
	return SCALE_OK;
}

/* Who has the name or the zvol, after the NAS has refused the extent. */
static scale_status find_rival(struct scale_call *call,
			       const struct scale_volume *volume,
			       struct iscsi_export *export)
{
	struct wave wave = {0};
	struct scale_rpc rpc;
	scale_status st;

	iscsi_ask_disk(call, &wave, &rpc, volume);
	st = wave_wait(call, &wave);
	if (st == SCALE_OK)
		st = iscsi_read_extent(call, &rpc, volume, export);
	return st;
}

/* Whether the name and the zvol are free of others. */
static scale_status check_name(struct scale_call *call,
			       const struct scale_volume *volume,
			       const struct iscsi_export *export)
{
	const char *foreign = export->foreign;

	if (foreign == NULL && export->rival != NULL)
		foreign = scale_text(call,
				     "its zvol is exported as the iSCSI "
				     "extent '%s'",
				     export->rival);
	if (foreign == NULL)
		return SCALE_OK;
	return scale_fail(call, SCALE_ALREADY_EXISTS,
			  "volume '%s' cannot be exported: %s, which this "
			  "driver did not make and does not touch; rename or "
			  "remove that on the NAS",
			  volume->id, foreign);
}

static scale_status try_extent(struct scale_call *call,
			       const struct scale_volume *volume,
			       const char *path, struct iscsi_export *export)
{
	struct scale_rpc rpc;
	scale_status st = wave_run(
		call, &rpc, "iscsi.extent.create",
		scale_text(
			call,
			"[{\"name\":%s,\"type\":\"DISK\",\"disk\":%s,"
			"\"serial\":\"%s\",\"blocksize\":%s,\"rpm\":\"SSD\","
			"\"insecure_tpc\":true,\"ro\":false,\"enabled\":true,"
			"\"comment\":%s}]",
			call->host->json_quote(call, volume->object),
			call->host->json_quote(call, path),
			make_serial(call, volume),
			param_value(volume, ISCSI_KEY_BLOCKSIZE, "512"),
			call->host->json_quote(call, volume->id)),
		SCALE_RPC_CREATE);

	if (st != SCALE_OK)
		return st;
	if (rpc.status == SCALE_OK) {
		export->extent = wave_number(call, rpc.result, "/id");
		export->naa = wave_text(call, rpc.result, "/naa");
		export->is_enabled = 1;
		return SCALE_OK;
	}
	return wave_fail(call, &rpc, "making the iSCSI extent", volume->object);
}

static scale_status make_extent(struct scale_call *call,
				const struct scale_volume *volume,
				const char *path, struct iscsi_export *export)
{
	uint32_t ms = DEVICE_FIRST_MS;
	scale_status refusal, st;

	for (int i = 0;; i++) {
		refusal = try_extent(call, volume, path, export);
		if (refusal != SCALE_INVALID_ARGUMENT &&
		    refusal != SCALE_ALREADY_EXISTS)
			return refusal;
		/* a duplicate, or a device that is not there yet? */
		st = find_rival(call, volume, export);
		if (st != SCALE_OK)
			return st;
		st = check_name(call, volume, export);
		if (st != SCALE_OK)
			return st;
		if (export->extent != 0)
			return SCALE_OK;
		if (i == DEVICE_TRIES)
			break;
		st = call->host->wait_event(call, NULL, ms);
		if (st != SCALE_OK)
			return st;
		ms = ms * 2 < DEVICE_MOST_MS ? ms * 2 : DEVICE_MOST_MS;
	}
	/* once more, for the refusal's own words */
	return try_extent(call, volume, path, export);
}

static scale_status look_at_mappings(struct scale_call *call,
				     const struct scale_volume *volume,
				     struct iscsi_export *export)
{
	struct wave wave = {0};
	struct scale_rpc rpc;
	scale_status st;

	export->n_others = 0;
	export->elsewhere = 0;
	iscsi_ask_mappings(call, &wave, &rpc, export->target, export->extent);
	st = wave_wait(call, &wave);
	if (st == SCALE_OK)
		st = iscsi_read_mappings(call, &rpc, volume, export);
	return st;
}

static scale_status make_mapping(struct scale_call *call,
				 const struct scale_volume *volume,
				 struct iscsi_export *export)
{
	struct scale_rpc rpc;
	scale_status st =
		wave_run(call, &rpc, "iscsi.targetextent.create",
			 scale_text(call,
				    "[{\"target\":%" PRId64 ",\"lunid\":0,"
				    "\"extent\":%" PRId64 "}]",
				    export->target, export->extent),
			 SCALE_RPC_CREATE);

	if (st != SCALE_OK)
		return st;
	if (rpc.status == SCALE_OK) {
		export->mapping = wave_number(call, rpc.result, "/id");
		return SCALE_OK;
	}
	if (rpc.status == SCALE_INVALID_ARGUMENT ||
	    rpc.status == SCALE_ALREADY_EXISTS) {
		st = look_at_mappings(call, volume, export);
		if (st != SCALE_OK || export->mapping != 0)
			return st;
	}
	return wave_fail(call, &rpc, "making LUN 0 of the iSCSI target",
			 volume->object);
}

/* What was there before is ours only if nothing else hangs on it. */
static scale_status check_found(struct scale_call *call,
				const struct scale_volume *volume,
				struct iscsi_export *export)
{
	scale_status st = SCALE_OK;

	if (export->mapping == 0 && export->foreign == NULL &&
	    (export->target != 0 || export->extent != 0))
		st = look_at_mappings(call, volume, export);
	if (st != SCALE_OK)
		return st;
	if (export->foreign == NULL && export->elsewhere != 0)
		export->foreign = scale_text(
			call,
			"the iSCSI extent '%s' is a LUN of the target with "
			"the id %" PRId64,
			volume->object, export->elsewhere);
	if (export->foreign == NULL && export->mapping == 0 &&
	    export->n_others > 0)
		export->foreign = scale_text(
			call, "the iSCSI target '%s' has LUNs of others",
			volume->object);
	return check_name(call, volume, export);
}

scale_status iscsi_complete(struct scale_call *call,
			    const struct scale_volume *volume, const char *path,
			    struct iscsi_export *export)
{
	scale_status st = SCALE_OK;

	if (!export->is_fresh)
		st = check_found(call, volume, export);
	if (st == SCALE_OK && export->target == 0)
		st = make_target(call, volume, export);
	if (st == SCALE_OK && export->extent == 0)
		st = make_extent(call, volume, path, export);
	if (st == SCALE_OK && export->mapping == 0)
		st = make_mapping(call, volume, export);
	if (st == SCALE_OK)
		iscsi_remember(call, volume, export);
	return st;
}

scale_status iscsi_put_state(struct scale_call *call,
			     const struct iscsi_export *export)
{
	const struct {
		const char *key;
		int64_t id;
	} hints[] = {
		{"truenas_iscsi_target_id", export->target},
		{"truenas_iscsi_extent_id", export->extent},
		{"truenas_iscsi_targetextent_id", export->mapping},
	};
	scale_status st = SCALE_OK;

	for (size_t i = 0; i < sizeof(hints) / sizeof(*hints); i++)
		if (st == SCALE_OK)
			st = call->host->put(
				call, SCALE_PUT_STATE, hints[i].key,
				scale_text(call, "%" PRId64, hints[i].id));
	return st;
}
