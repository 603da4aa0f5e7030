/* SPDX-License-Identifier: BSD-2-Clause */
/* Two backends for the volume verbs, linked in place of backend/invoke.h. */
#include "fake_backend.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "backend/nodeid.h"
#include "base/text.h"

static struct scale_param nfs_params[] = {
	{SCALE_STRING, SCALE_PARAM_CLASS | SCALE_PARAM_NODE, "mode", "0777",
	 NULL, "the mode of the root directory"},
	{SCALE_STRING, SCALE_PARAM_CLASS, "maprootUser", "root", NULL,
	 "whom root is mapped to"},
};

static struct backend nfs = {
	.descriptor = {.name = "nfs",
		       .id_prefix = "scale-nfs",
		       .can = SCALE_CAN_FILESYSTEM | SCALE_CAN_SHARE,
		       .n_params = 2},
	.params = nfs_params,
};

static struct backend iscsi = {
	.descriptor = {.name = "iscsi",
		       .id_prefix = "scale-iscsi",
		       .can = SCALE_CAN_BLOCK | SCALE_CAN_SHARE},
};

static struct backend *all[] = {&iscsi, &nfs};

const struct backend_table fake_table = {all, 2};

struct fake_backend fake_backend;

void fake_backend_reset(void)
{
	fake_backend = (struct fake_backend){0};
}

struct backend *backend_find_name(const struct backend_table *table,
				  const char *name)
{
	for (size_t i = 0; i < table->n; i++)
		if (strcmp(table->backends[i]->descriptor.name, name) == 0)
			return table->backends[i];
	return NULL;
}

struct backend *backend_find_prefix(const struct backend_table *table,
				    const char *prefix)
{
	for (size_t i = 0; i < table->n; i++)
		if (strcmp(table->backends[i]->descriptor.id_prefix, prefix) ==
		    0)
			return table->backends[i];
	return NULL;
}

/* "scale1:<name>" is all that these tests need of a node id. */
int nodeid_parse(struct arena *arena, const char *text, const char **ret_name,
		 struct scale_map *ret_identity)
{
	if (!text_starts(text, "scale1:"))
		return -EINVAL;
	*ret_name = arena_strdup(arena, text + strlen("scale1:"));
	*ret_identity = (struct scale_map){0};
	return *ret_name != NULL ? 0 : -ENOMEM;
}

static void mutated(struct call *call)
{
	ledger_note_sent(&call->ledger);
	ledger_note_done(&call->ledger);
}

static scale_status run(struct call *call, struct invocation *inv,
			const struct scale_volume *volume)
{
	const char *path, *mode;
	scale_status status = SCALE_OK;

	for (size_t i = 0; i <= SCALE_PUT_FOUND; i++)
		map_init(&inv->put[i], call->arena);
	if (fake_backend.works_ahead)
		mutated(call);
	if (!fake_backend.is_deaf)
		status = inv->settle(call, inv->settle_arg, &path);
	fake_backend.seen = *volume;
	mode = map_get(&volume->params, "mode");
	(void)snprintf(fake_backend.mode, sizeof(fake_backend.mode), "%s",
		       mode != NULL ? mode : "");
	if (status != SCALE_OK) {
		if (fake_backend.works_ahead)
			mutated(call); /* taken back */
		return status;
	}
	status = fake_backend.fails;
	fake_backend.fails = SCALE_OK;
	if (status != SCALE_OK)
		return call_fail(call, status, "the backend was told to fail");
	if (fake_backend.hint != NULL)
		map_put(&inv->put[SCALE_PUT_STATE], "share_id",
			fake_backend.hint);
	return SCALE_OK;
}

scale_status invoke_validate(struct call *call, struct backend *backend,
			     struct invocation *inv,
			     const struct scale_volume *volume)
{
	(void)call;
	(void)backend;
	(void)inv;
	(void)volume;
	return SCALE_OK;
}

scale_status invoke_create(struct call *call, struct backend *backend,
			   struct invocation *inv,
			   const struct scale_volume *volume)
{
	scale_status status = run(call, inv, volume);

	(void)backend;
	fake_backend.created++;
	if (status != SCALE_OK)
		return status;
	if (!fake_backend.has_export)
		mutated(call);
	fake_backend.has_export = true;
	map_put(&inv->put[SCALE_PUT_VOLUME], "object", volume->object);
	return inv->put[SCALE_PUT_VOLUME].failed ? call_nomem(call) : SCALE_OK;
}

scale_status invoke_destroy(struct call *call, struct backend *backend,
			    struct invocation *inv,
			    const struct scale_volume *volume)
{
	scale_status status = run(call, inv, volume);

	(void)backend;
	fake_backend.destroyed++;
	if (status == SCALE_OK && fake_backend.has_export) {
		mutated(call);
		fake_backend.has_export = false;
	}
	return status;
}

scale_status invoke_resize(struct call *call, struct backend *backend,
			   struct invocation *inv,
			   const struct scale_volume *volume)
{
	(void)backend;
	fake_backend.resized++;
	return run(call, inv, volume);
}

scale_status invoke_publish(struct call *call, struct backend *backend,
			    struct invocation *inv,
			    const struct scale_volume *volume,
			    const struct scale_grant *grant)
{
	scale_status status = run(call, inv, volume);

	(void)backend;
	fake_backend.published++;
	if (status != SCALE_OK)
		return status;
	map_put(&inv->put[SCALE_PUT_PUBLISH], "server", grant->node->name);
	return inv->put[SCALE_PUT_PUBLISH].failed ? call_nomem(call) : SCALE_OK;
}

scale_status invoke_unpublish(struct call *call, struct backend *backend,
			      struct invocation *inv,
			      const struct scale_volume *volume,
			      const struct scale_grant *grant)
{
	(void)backend;
	(void)grant;
	fake_backend.unpublished++;
	return run(call, inv, volume);
}
