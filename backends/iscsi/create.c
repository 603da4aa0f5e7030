/* SPDX-License-Identifier: BSD-2-Clause */
/* create(): the target while the dataset is being made, the rest after it. */
#include <inttypes.h>
#include <string.h>

#include "iscsi.h"

/* What create() has under way. */
struct creating {
	const struct scale_volume *volume;
	struct iscsi_export export;
	int has_made_target;
	struct scale_rpc target, extent, mapping;
	struct wave reads;
};

/*
 * The first wave does not need the dataset.  A target of our name that is there
 * already is found by the second one.
 */
static scale_status send_first(struct scale_call *call, struct creating *c)
{
	struct wave wave = {0};
	const char *path;
	int64_t portal;
	scale_status st = iscsi_site_portal(call, &portal);

	if (st != SCALE_OK)
		return st;
	iscsi_add_target(call, &wave, &c->target, c->volume, portal);
	iscsi_ask_extent(call, &wave, &c->extent, c->volume);
	/* a clone is begun when it is asked for: now, not after this wave */
	if (c->volume->source != NULL)
		(void)call->host->export_path(call, &path);
	st = wave_wait(call, &wave);
	if (c->target.status == SCALE_OK && c->target.result != NULL) {
		c->has_made_target = 1;
		c->export.target = wave_number(call, c->target.result, "/id");
		c->export.has_portal = 1;
	}
	return st;
}

static int is_refused(const struct scale_rpc *rpc)
{
	return rpc->status == SCALE_INVALID_ARGUMENT ||
	       rpc->status == SCALE_ALREADY_EXISTS;
}

/* What an earlier try may have left; submitted before the dataset is asked for,
 * so that both are looked at at once. */
static scale_status send_second(struct scale_call *call, struct creating *c)
{
	scale_status st;

	if (!c->has_made_target && !is_refused(&c->target))
		return wave_fail(call, &c->target, "making the iSCSI target",
				 c->volume->object);
	st = iscsi_read_extent(call, &c->extent, c->volume, &c->export);
	if (st != SCALE_OK)
		return st;
	c->export.is_fresh = c->has_made_target && c->export.extent == 0 &&
			     c->export.foreign == NULL;
	if (!c->has_made_target)
		iscsi_ask_target(call, &c->reads, &c->target, c->volume);
	if (c->export.extent != 0)
		iscsi_ask_mappings(call, &c->reads, &c->mapping, 0,
				   c->export.extent);
	return SCALE_OK;
}

static scale_status read_second(struct scale_call *call, struct creating *c)
{
	int is_target_asked = !c->has_made_target;
	scale_status st = wave_wait(call, &c->reads);

	if (st == SCALE_OK && is_target_asked)
		st = iscsi_read_target(call, &c->target, c->volume, &c->export);
	if (st == SCALE_OK && is_target_asked && c->export.target == 0) {
		/* no duplicate: the portal may have gone, it is looked up */
		iscsi_site_forget(call);
		return SCALE_OK;
	}
	if (st == SCALE_OK && c->export.extent != 0)
		st = iscsi_read_mappings(call, &c->mapping, c->volume,
					 &c->export);
	return st;
}

/* The dataset is missing or somebody else's: take back our own target, by the
 * id its making gave, and nothing that was there before. */
static void take_back(struct scale_call *call, const struct creating *c)
{
	struct scale_rpc rpc;

	if (!c->has_made_target)
		return;
	(void)wave_run(
		call, &rpc, "iscsi.target.delete",
		scale_text(call, "[%" PRId64 ",false,false]", c->export.target),
		SCALE_RPC_DELETE);
	if (rpc.status != SCALE_OK)
		call->host->log(call, SCALE_WARNING,
				"the target made for a dataset that is not "
				"there could not be removed");
}

scale_status iscsi_create(void *self, struct scale_call *call,
			  const struct scale_volume *volume)
{
	struct creating c = {.volume = volume};
	const char *path = NULL;
	scale_status st, looked;

	(void)self;
	st = send_first(call, &c);
	if (st == SCALE_OK)
		st = send_second(call, &c);
	looked = call->host->export_path(call, &path);
	if (looked != SCALE_OK) {
		(void)wave_wait(call, &c.reads); /* the dataset decides */
		take_back(call, &c);
		return looked;
	}
	if (st == SCALE_OK)
		st = read_second(call, &c);
	if (st == SCALE_OK)
		st = iscsi_complete(call, volume, path, &c.export);
	if (st == SCALE_OK)
		st = iscsi_put_state(call, &c.export);
	return st;
}

static const char *find_param(const struct scale_map *map, const char *key)
{
	for (size_t i = 0; i < map->n; i++)
		if (strcmp(map->kv[i].key, key) == 0)
			return map->kv[i].value;
	return NULL;
}

scale_status iscsi_validate(void *self, struct scale_call *call,
			    const struct scale_volume *volume)
{
	const char *want = find_param(&volume->params, ISCSI_KEY_BLOCKSIZE);
	const char *have;

	(void)self;
	if (volume->source == NULL || want == NULL)
		return SCALE_OK;
	have = find_param(&volume->source->params, ISCSI_KEY_BLOCKSIZE);
	if (have == NULL || strcmp(want, have) == 0)
		return SCALE_OK;
	return scale_fail(call, SCALE_INVALID_ARGUMENT,
			  "a volume with iscsi.blocksize %s cannot be made of "
			  "'%s', whose data is laid out for blocks of %s; use "
			  "a class with that size",
			  want, volume->source->id, have);
}
