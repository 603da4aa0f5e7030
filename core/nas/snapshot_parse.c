/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads what the NAS says about a snapshot. */
#include "nas/snapshot_parse.h"

#include <errno.h>
#include <string.h>

#include "base/map.h"
#include "base/text.h"
#include "nas/tree.h"

static const char *raw_text(const json_t *property)
{
	const char *raw =
		json_string_value(json_object_get(property, "rawvalue"));

	return raw != NULL ? raw : "";
}

static const char *raw_of(const json_t *row, const char *name)
{
	return raw_text(
		json_object_get(json_object_get(row, "properties"), name));
}

static uint64_t number_of(const json_t *row, const char *name)
{
	uint64_t value;

	return text_parse_u64(raw_of(row, name), &value) == 0 ? value : 0;
}

static bool is_set(const char *raw)
{
	return raw[0] != '\0' && strcmp(raw, "-") != 0 &&
	       strcmp(raw, "off") != 0 && strcmp(raw, "0") != 0 &&
	       strcmp(raw, "none") != 0;
}

static int parse_user(struct arena *arena, json_t *properties,
		      struct scale_map *ret)
{
	struct map_builder map;

	map_init(&map, arena);
	for (void *it = json_object_iter(properties); it != NULL;
	     it = json_object_iter_next(properties, it)) {
		const char *key = json_object_iter_key(it);

		if (strchr(key, ':') != NULL)
			map_put(&map, key,
				raw_text(json_object_iter_value(it)));
	}
	if (map.failed)
		return -ENOMEM;
	*ret = map_view(&map);
	return 0;
}

int snapshot_parse(struct arena *arena, const char *json, size_t len,
		   struct snapshot *ret)
{
	auto_json json_t *row = tree_load(json, len);
	const char *path = json_string_value(json_object_get(row, "name"));
	const char *at = path != NULL ? strchr(path, '@') : NULL;
	const char *txg = json_string_value(json_object_get(row, "createtxg"));
	struct snapshot snapshot = {0};
	int rc;

	if (at == NULL)
		return -EBADMSG;
	snapshot.path = arena_strdup(arena, path);
	snapshot.dataset = arena_strndup(arena, path, (size_t)(at - path));
	snapshot.name = arena_strdup(arena, at + 1);
	if (snapshot.path == NULL || snapshot.dataset == NULL ||
	    snapshot.name == NULL)
		return -ENOMEM;
	snapshot.created_s = number_of(row, "creation");
	if (txg == NULL || text_parse_u64(txg, &snapshot.createtxg) != 0)
		snapshot.createtxg = number_of(row, "createtxg");
	snapshot.volsize_bytes = number_of(row, "volsize");
	snapshot.referenced_bytes = number_of(row, "referenced");
	snapshot.is_deferred = is_set(raw_of(row, "defer_destroy"));
	snapshot.has_clones = is_set(raw_of(row, "clones"));
	snapshot.is_held = is_set(raw_of(row, "userrefs"));
	rc = parse_user(arena, json_object_get(row, "properties"),
			&snapshot.user);
	if (rc == 0)
		*ret = snapshot;
	return rc;
}
