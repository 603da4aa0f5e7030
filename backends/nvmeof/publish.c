/* SPDX-License-Identifier: BSD-2-Clause */
/* What a node must know to connect, and what an admin must set up. */
#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "nvmeof.h"

static void ask_service(struct scale_call *call, struct wave *wave,
			struct scale_rpc *rpc)
{
	wave_add(call, wave, rpc, "service.query",
		 "[[[\"service\",\"=\",\"nvmet\"]]]", SCALE_RPC_READ);
}

static int is_running(struct scale_call *call, const struct scale_rpc *rpc)
{
	return strcmp(wave_text(call, rpc->result, "/0/state"), "RUNNING") == 0;
}

static scale_status check_service(struct scale_call *call,
				  const struct scale_rpc *rpc)
{
	if (rpc->status != SCALE_OK)
		return wave_fail(call, rpc, "asking for the service", "nvmet");
	if (is_running(call, rpc))
		return SCALE_OK;
	return scale_fail(call, SCALE_FAILED_PRECONDITION,
			  "the NVMe-oF service is not running; start it on the "
			  "NAS under System, Services");
}

static scale_status look(struct scale_call *call,
			 const struct scale_volume *volume,
			 struct nvmeof_site *site, struct nvmeof_export *export)
{
	struct scale_rpc service;
	struct nvmeof_look asked;
	struct wave wave = {0};
	scale_status st;

	nvmeof_look_ask(call, &wave, &asked, volume);
	ask_service(call, &wave, &service);
	nvmeof_site_ask(call, &wave, site);
	st = wave_wait(call, &wave);
	if (st == SCALE_OK)
		st = check_service(call, &service);
	if (st == SCALE_OK)
		st = nvmeof_site_learn(call, site);
	if (st == SCALE_OK)
		st = nvmeof_look_read(call, &asked, volume, site->port, export);
	return st;
}

/* As the kernel writes it (drivers/nvme/host/sysfs.c, wwid). */
static const char *wwid_of(struct scale_call *call, const char *uuid)
{
	size_t len = strlen(uuid);
	char *wwid = call->host->alloc(call, len + sizeof("uuid."));

	if (wwid == NULL)
		return "";
	memcpy(wwid, "uuid.", 5);
	for (size_t i = 0; i <= len; i++)
		wwid[5 + i] = (char)tolower((unsigned char)uuid[i]);
	return wwid;
}

static scale_status put_publish(struct scale_call *call,
				const struct nvmeof_site *site,
				const struct nvmeof_export *export)
{
	const struct scale_kv put[] = {
		{NVMEOF_PUBLISH_NQN, export->nqn},
		{NVMEOF_PUBLISH_ADDRESSES, site->addresses},
		{NVMEOF_PUBLISH_PORT, site->service},
		{NVMEOF_PUBLISH_NSID,
		 scale_text(call, "%" PRId64, export->nsid)},
		{NVMEOF_PUBLISH_WWID, wwid_of(call, export->uuid)},
	};
	scale_status st = SCALE_OK;

	for (size_t i = 0; i < sizeof(put) / sizeof(*put); i++)
		if (st == SCALE_OK)
			st = call->host->put(call, SCALE_PUT_PUBLISH,
					     put[i].key, put[i].value);
	return st;
}

scale_status nvmeof_publish(void *self, struct scale_call *call,
			    const struct scale_volume *volume,
			    const struct scale_grant *grant)
{
	struct nvmeof_export export = {0};
	struct nvmeof_site site = {0};
	const char *path = NULL;
	int was_whole;
	scale_status st;

	(void)self;
	(void)grant; /* open subsystems: whoever reaches the NAS may connect */
	st = look(call, volume, &site, &export);
	was_whole = export.space != 0;
	if (st == SCALE_OK)
		st = call->host->export_path(call, &path);
	if (st == SCALE_OK)
		st = nvmeof_complete(call, volume, path, site.port, &export);
	if (st == SCALE_OK && !export.is_enabled)
		st = scale_fail(call, SCALE_FAILED_PRECONDITION,
				"the namespace of the NVMe-oF subsystem '%s' "
				"was disabled on the NAS; enable it there",
				volume->object);
	if (st == SCALE_OK)
		st = put_publish(call, &site, &export);
	if (st == SCALE_OK && !was_whole)
		st = nvmeof_put_state(call, &export);
	return st;
}

scale_status nvmeof_probe(void *self, struct scale_call *call)
{
	struct nvmeof_site site = {0};
	struct scale_rpc service;
	struct wave wave = {0};
	scale_status st;

	(void)self;
	ask_service(call, &wave, &service);
	nvmeof_site_ask(call, &wave, &site);
	st = wave_wait(call, &wave);
	if (st != SCALE_OK)
		return st;
	if (service.status != SCALE_OK)
		return wave_fail(call, &service, "asking for the service",
				 "nvmet");
	if (!is_running(call, &service))
		call->host->report(call, SCALE_ERROR, "ServiceStopped",
				   "the NVMe-oF service is not running; start "
				   "it on the NAS under System, Services");
	if (site.is_asked && site.rpc.status == SCALE_OK &&
	    call->host->json_count(call, site.rpc.result, "") == 0)
		call->host->report(
			call, SCALE_ERROR, "NoPort",
			scale_text(call,
				   "the NAS has no NVMe-oF port for TCP with "
				   "the number %s; add one there under Shares, "
				   "NVMe-oF Subsystems, Ports",
				   site.service));
	return SCALE_OK;
}
