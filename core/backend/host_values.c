/* SPDX-License-Identifier: BSD-2-Clause */
/* Values in and out: configuration, secrets, and what a backend puts. */
#include <string.h>

#include "backend/host_impl.h"
#include "base/text.h"

/* CSI 1.13: 128 bytes for a string, 4 KiB for a map; TrueNAS 26: 255 bytes for
 * the value of a user property. */
#define PUT_TEXT_MAX  128
#define PUT_STATE_MAX 255
#define PUT_ALL_MAX   4096

/* Shorter ones are part of too much to be looked for inside of texts. */
#define SECRET_PART_MIN 8

const struct scale_param *host_find_param(const struct running *running,
					  const char *key, uint32_t flag)
{
	const struct backend *backend = running->backend;

	for (uint32_t i = 0; i < backend->descriptor.n_params; i++)
		if (strcmp(backend->params[i].key, key) == 0 &&
		    (backend->params[i].flags & flag) != 0)
			return &backend->params[i];
	return NULL;
}

const char *host_get_config(struct scale_call *abi, const char *key)
{
	struct running *running = running_of(abi);
	const struct scale_param *param =
		host_find_param(running, key, SCALE_PARAM_CONFIG);
	const char *full, *value;

	if (param == NULL) {
		call_log(running->call, SCALE_ERROR,
			 "backend '%s' asked for the configuration key '%s', "
			 "which it does not declare",
			 running->backend->descriptor.name, key);
		return NULL;
	}
	full = call_printf(running->call, "%s.%s",
			   running->backend->descriptor.name, key);
	if (full == NULL) {
		running->out_of_memory = true;
		return NULL;
	}
	value = map_get(&running->host->config, full);
	return value != NULL ? value : param->fallback;
}

/* In a Secret the key may bear the backend's name, as in a class, or not. */
const char *host_get_secret(struct scale_call *abi, const char *key)
{
	struct running *running = running_of(abi);
	const char *full, *value;

	if (host_find_param(running, key, SCALE_PARAM_SECRET) == NULL) {
		call_log(running->call, SCALE_ERROR,
			 "backend '%s' asked for the secret '%s', which it "
			 "does not declare",
			 running->backend->descriptor.name, key);
		return NULL;
	}
	full = call_printf(running->call, "%s.%s",
			   running->backend->descriptor.name, key);
	if (full == NULL) {
		running->out_of_memory = true;
		return NULL;
	}
	value = map_get(&running->inv->secrets, full);
	return value != NULL ? value : map_get(&running->inv->secrets, key);
}

bool host_bears_secret(const struct running *running, const char *text)
{
	const struct scale_map *secrets = &running->inv->secrets;

	for (size_t i = 0; i < secrets->n; i++) {
		const char *secret = secrets->kv[i].value;

		if (secret[0] == '\0')
			continue;
		if (strlen(secret) < SECRET_PART_MIN
			    ? strcmp(text, secret) == 0
			    : strstr(text, secret) != NULL)
			return true;
	}
	return false;
}

static bool is_clean(const char *text)
{
	return text_is_utf8(text, strlen(text)) &&
	       !text_has_control(text, strlen(text));
}

scale_status host_put(struct scale_call *abi, uint32_t where, const char *key,
		      const char *value)
{
	struct running *running = running_of(abi);
	size_t max = where == SCALE_PUT_STATE ? PUT_STATE_MAX : PUT_TEXT_MAX;
	struct map_builder *map;
	struct scale_map have;
	scale_status st = host_enter(running);

	if (st != SCALE_OK)
		return st;
	if (where < SCALE_PUT_VOLUME || where > SCALE_PUT_FOUND)
		return host_blame(running, "it put '%s' where nothing is kept",
				  key);
	if (key[0] == '\0' || strlen(key) > PUT_TEXT_MAX || !is_clean(key))
		return host_blame(running,
				  "it put a key that is empty, longer than %d "
				  "bytes, or no plain text",
				  PUT_TEXT_MAX);
	if (strlen(value) > max || !is_clean(value))
		return host_blame(running,
				  "the value it put for '%s' is longer than "
				  "%zu bytes or no plain text",
				  key, max);
	if (host_bears_secret(running, value) ||
	    host_bears_secret(running, key))
		return host_blame(running,
				  "it put a secret where everybody can read "
				  "it");
	map = &running->inv->put[where];
	map_put(map, key, value);
	if (map->failed) {
		running->out_of_memory = true;
		return call_nomem(running->call);
	}
	have = (struct scale_map){map->kv, map->n};
	if (where != SCALE_PUT_FOUND && map_bytes(&have) > PUT_ALL_MAX)
		return host_blame(running,
				  "what it put is more than %d bytes in all",
				  PUT_ALL_MAX);
	return SCALE_OK;
}
