/* SPDX-License-Identifier: BSD-2-Clause */
/* What a node must know to log in, and what an admin must set up. */
#include <ctype.h>
#include <string.h>

#include "iscsi.h"

static void ask_service(struct scale_call *call, struct wave *wave,
			struct scale_rpc *rpc)
{
	wave_add(call, wave, rpc, "service.query",
		 "[[[\"service\",\"=\",\"iscsitarget\"]]]", SCALE_RPC_READ);
}

static int is_running(struct scale_call *call, const struct scale_rpc *rpc)
{
	return strcmp(wave_text(call, rpc->result, "/0/state"), "RUNNING") == 0;
}

static scale_status check_service(struct scale_call *call,
				  const struct scale_rpc *rpc)
{
	if (rpc->status != SCALE_OK)
		return wave_fail(call, rpc, "asking for the service",
				 "iscsitarget");
	if (is_running(call, rpc))
		return SCALE_OK;
	return scale_fail(call, SCALE_FAILED_PRECONDITION,
			  "the iSCSI service is not running; start it on the "
			  "NAS under System, Services");
}

/* One wave; a second one only for ids that nobody remembers any more. */
static scale_status look(struct scale_call *call,
			 const struct scale_volume *volume,
			 struct iscsi_site *site, struct iscsi_export *export)
{
	struct scale_rpc service, target, extent, mappings;
	struct wave wave = {0}, second = {0};
	struct iscsi_export seen;
	int is_seen;
	scale_status st;

	iscsi_recall(call, volume, &seen);
	iscsi_ask_target(call, &wave, &target, volume);
	iscsi_ask_extent(call, &wave, &extent, volume);
	ask_service(call, &wave, &service);
	iscsi_site_ask(call, &wave, site);
	if (seen.extent != 0)
		iscsi_ask_mappings(call, &wave, &mappings, 0, seen.extent);
	st = wave_wait(call, &wave);
	if (st == SCALE_OK)
		st = check_service(call, &service);
	if (st == SCALE_OK)
		st = iscsi_site_learn(call, site);
	if (st == SCALE_OK)
		st = iscsi_read_target(call, &target, volume, export);
	if (st == SCALE_OK)
		st = iscsi_read_extent(call, &extent, volume, export);
	if (st != SCALE_OK || export->extent == 0)
		return st;
	is_seen = export->extent == seen.extent;
	if (!is_seen) {
		iscsi_ask_mappings(call, &second, &mappings, 0, export->extent);
		st = wave_wait(call, &second);
	}
	if (st == SCALE_OK)
		st = iscsi_read_mappings(call, &mappings, volume, export);
	return st;
}

static scale_status check_usable(struct scale_call *call,
				 const struct scale_volume *volume,
				 const struct iscsi_export *export)
{
	if (!export->is_enabled)
		return scale_fail(call, SCALE_FAILED_PRECONDITION,
				  "the iSCSI extent '%s' was disabled on the "
				  "NAS; enable it there",
				  volume->object);
	if (!export->has_portal)
		return scale_fail(call, SCALE_FAILED_PRECONDITION,
				  "the iSCSI target '%s' has no portal on the "
				  "NAS any more; add one to it there, or "
				  "delete the target and it is made anew",
				  volume->object);
	return SCALE_OK;
}

/* "0x6589CFC..." as the kernel writes it: "naa.6589cfc..." (scsi_vpd_lun_id).
 */
static const char *wwid_of(struct scale_call *call, const char *naa)
{
	size_t len = strlen(naa);
	char *wwid = call->host->alloc(call, len + sizeof("naa."));
	size_t n = 0;

	if (wwid == NULL)
		return "";
	if (strncmp(naa, "0x", 2) == 0)
		naa += 2;
	memcpy(wwid, "naa.", 4);
	for (n = 4; *naa != '\0'; naa++)
		wwid[n++] = (char)tolower((unsigned char)*naa);
	wwid[n] = '\0';
	return wwid;
}

static scale_status put_publish(struct scale_call *call,
				const struct scale_volume *volume,
				const struct iscsi_site *site,
				const struct iscsi_export *export)
{
	const struct scale_kv put[] = {
		{ISCSI_PUBLISH_IQN,
		 scale_text(call, "%s:%s", site->basename, volume->object)},
		{ISCSI_PUBLISH_PORTALS, site->portals},
		{ISCSI_PUBLISH_LUN, "0"},
		{ISCSI_PUBLISH_WWID, wwid_of(call, export->naa)},
	};
	scale_status st = SCALE_OK;

	for (size_t i = 0; i < sizeof(put) / sizeof(*put); i++)
		if (st == SCALE_OK)
			st = call->host->put(call, SCALE_PUT_PUBLISH,
					     put[i].key, put[i].value);
	return st;
}

scale_status iscsi_publish(void *self, struct scale_call *call,
			   const struct scale_volume *volume,
			   const struct scale_grant *grant)
{
	struct iscsi_export export = {0};
	struct iscsi_site site = {0};
	const char *path = NULL;
	int was_whole;
	scale_status st;

	(void)self;
	(void)grant; /* open targets: whoever may reach the NAS may log in */
	st = look(call, volume, &site, &export);
	was_whole = export.mapping != 0 && export.target != 0;
	if (st == SCALE_OK)
		st = call->host->export_path(call, &path);
	if (st == SCALE_OK)
		st = iscsi_complete(call, volume, path, &export);
	if (st == SCALE_OK)
		st = check_usable(call, volume, &export);
	if (st == SCALE_OK)
		st = put_publish(call, volume, &site, &export);
	if (st == SCALE_OK && !was_whole)
		st = iscsi_put_state(call, &export);
	return st;
}

scale_status iscsi_probe(void *self, struct scale_call *call)
{
	struct iscsi_site site = {0};
	struct scale_rpc service;
	struct wave wave = {0};
	scale_status st;

	(void)self;
	ask_service(call, &wave, &service);
	iscsi_site_ask(call, &wave, &site);
	st = wave_wait(call, &wave);
	if (st != SCALE_OK)
		return st;
	if (service.status != SCALE_OK)
		return wave_fail(call, &service, "asking for the service",
				 "iscsitarget");
	if (!is_running(call, &service))
		call->host->report(call, SCALE_ERROR, "ServiceStopped",
				   "the iSCSI service is not running; start it "
				   "on the NAS under System, Services");
	if (site.is_portal_asked && site.portal_rpc.status == SCALE_OK &&
	    call->host->json_count(call, site.portal_rpc.result, "") == 0)
		call->host->report(
			call, SCALE_ERROR, "NoPortal",
			"the NAS has no iSCSI portal; add one there "
			"under Shares, Block (iSCSI) Shares Targets, "
			"Portals");
	return SCALE_OK;
}
