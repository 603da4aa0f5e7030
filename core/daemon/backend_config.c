/* SPDX-License-Identifier: BSD-2-Clause */
/* The configuration's section of each backend, checked and completed. */
#include "daemon/backend_config.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "backend/params.h"

#define SERVER_KEY "server"

/* open() must not need the NAS, so it has no reason to take long. */
#define BACKEND_OPEN_MS 30000

static bool declares_server(const struct backend *backend)
{
	for (uint32_t i = 0; i < backend->descriptor.n_params; i++)
		if (strcmp(backend->params[i].key, SERVER_KEY) == 0 &&
		    (backend->params[i].flags & SCALE_PARAM_CONFIG) != 0)
			return true;
	return false;
}

static scale_status take_one(struct call *call, const struct backend *backend,
			     const struct scale_map *given, const char *server,
			     struct map_builder *keys)
{
	const char *name = backend->descriptor.name;
	struct scale_map taken = {0};
	scale_status st =
		params_take(call, backend->params, backend->descriptor.n_params,
			    name, SCALE_PARAM_CONFIG, given, &taken);

	if (st != SCALE_OK)
		return st;
	for (size_t i = 0; i < taken.n; i++) {
		const char *key =
			call_printf(call, "%s.%s", name, taken.kv[i].key);

		if (key == NULL)
			return call_nomem(call);
		map_put(keys, key, taken.kv[i].value);
	}
	if (server != NULL && declares_server(backend) &&
	    map_get(&taken, SERVER_KEY) == NULL) {
		const char *key = call_printf(call, "%s." SERVER_KEY, name);

		if (key == NULL)
			return call_nomem(call);
		map_put(keys, key, server);
	}
	return keys->failed ? call_nomem(call) : SCALE_OK;
}

int backend_config_take(struct arena *arena, const struct backend_table *table,
			const struct scale_map *given, const char *server,
			struct scale_map *ret_keys, char *ret_error,
			size_t size)
{
	struct map_builder keys;
	struct call call;

	call_init(&call, arena, NULL, NULL, CLOCK_NEVER);
	map_init(&keys, arena);
	for (size_t i = 0; i < table->n; i++) {
		scale_status st = take_one(&call, table->backends[i], given,
					   server, &keys);

		if (st != SCALE_OK) {
			(void)snprintf(ret_error, size,
				       "the configuration cannot be used: "
				       "backends: %s",
				       call.reason);
			return -EINVAL;
		}
	}
	*ret_keys = map_view(&keys);
	return 0;
}

int backend_config_open(struct arena *arena, struct backend_table *table,
			const struct host_config *config,
			struct host **ret_host, char *ret_error, size_t size)
{
	struct call call;
	int rc = host_new(config, ret_host);

	if (rc < 0) {
		(void)snprintf(ret_error, size, "out of memory");
		return rc;
	}
	call_init(&call, arena, config->log, NULL,
		  clock_after_ms(BACKEND_OPEN_MS));
	if (backend_table_open(table, &call, *ret_host) == SCALE_OK)
		return 0;
	(void)snprintf(ret_error, size, "%s", call.reason);
	return -EINVAL;
}
