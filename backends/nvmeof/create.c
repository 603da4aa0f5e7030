/* SPDX-License-Identifier: BSD-2-Clause */
/* create(): the subsystem while the dataset is being made, the rest after it.
 */
#include <inttypes.h>
#include <string.h>

#include "nvmeof.h"

/* What create() has under way. */
struct creating {
	const struct scale_volume *volume;
	struct nvmeof_site site;
	struct nvmeof_export export;
	int has_made_subsys;
	struct scale_rpc subsys;
	struct nvmeof_look look;
	struct wave reads;
};

/*
 * The first wave does not need the dataset; a subsystem of our name that is
 * there already is looked at in the second one, together with the dataset.
 */
static scale_status begin(struct scale_call *call, struct creating *c)
{
	struct wave wave = {0};
	const char *path;
	scale_status st = nvmeof_site_find(call, &c->site);

	if (st != SCALE_OK)
		return st;
	nvmeof_add_subsys(call, &wave, &c->subsys, c->volume);
	/* a clone is begun when it is asked for: now, not after this wave */
	if (c->volume->source != NULL)
		(void)call->host->export_path(call, &path);
	st = wave_wait(call, &wave);
	if (c->subsys.status == SCALE_OK && c->subsys.result != NULL) {
		c->has_made_subsys = 1;
		nvmeof_take_subsys(call, &c->subsys, &c->export);
	}
	if (st != SCALE_OK || c->has_made_subsys)
		return st;
	if (c->subsys.status != SCALE_INVALID_ARGUMENT &&
	    c->subsys.status != SCALE_ALREADY_EXISTS)
		return wave_fail(call, &c->subsys,
				 "making the NVMe-oF subsystem",
				 c->volume->object);
	nvmeof_look_ask(call, &c->reads, &c->look, c->volume);
	return SCALE_OK;
}

static scale_status read_found(struct scale_call *call, struct creating *c)
{
	scale_status st;

	if (c->has_made_subsys)
		return SCALE_OK;
	st = wave_wait(call, &c->reads);
	if (st == SCALE_OK)
		st = nvmeof_look_read(call, &c->look, c->volume, c->site.port,
				      &c->export);
	return st;
}

/* The dataset is missing or somebody else's: take back our own subsystem, by
 * the id its making gave, and nothing that was there before. */
static void take_back(struct scale_call *call, const struct creating *c)
{
	struct scale_rpc rpc;

	if (!c->has_made_subsys)
		return;
	(void)wave_run(call, &rpc, "nvmet.subsys.delete",
		       scale_text(call, "[%" PRId64 ",{\"force\":false}]",
				  c->export.subsys),
		       SCALE_RPC_DELETE);
	if (rpc.status != SCALE_OK)
		call->host->log(call, SCALE_WARNING,
				"the subsystem made for a dataset that is not "
				"there could not be removed");
}

scale_status nvmeof_create(void *self, struct scale_call *call,
			   const struct scale_volume *volume)
{
	struct creating c = {.volume = volume};
	const char *path = NULL;
	scale_status st, looked;

	(void)self;
	st = begin(call, &c);
	looked = call->host->export_path(call, &path);
	if (looked != SCALE_OK) {
		(void)wave_wait(call, &c.reads); /* the dataset decides */
		take_back(call, &c);
		return looked;
	}
	if (st == SCALE_OK)
		st = read_found(call, &c);
	if (st == SCALE_OK)
		st = nvmeof_complete(call, volume, path, c.site.port,
				     &c.export);
	if (st == SCALE_OK)
		st = nvmeof_put_state(call, &c.export);
	return st;
}
