/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads what the NAS says about a dataset. */
#include "nas/dataset_parse.h"

#include <errno.h>
#include <string.h>

#include "base/map.h"
#include "base/text.h"
#include "nas/tree.h"

/*
 * The exact text of a native property, "" when there is none.  ZFS's own words
 * for nothing are nothing here.
 */
static const char *raw_of(const json_t *row, const char *name)
{
	const json_t *properties = json_object_get(row, "properties");
	const json_t *property =
		json_object_get(properties != NULL ? properties : row, name);
	const char *raw;

	if (json_is_string(property))
		raw = json_string_value(property);
	else if (properties != NULL)
		raw = json_string_value(json_object_get(property, "raw"));
	else
		raw = json_string_value(json_object_get(property, "rawvalue"));
	if (raw == NULL || strcmp(raw, "-") == 0 || strcmp(raw, "none") == 0 ||
	    strcmp(raw, "legacy") == 0)
		return "";
	return raw;
}

static uint64_t number_of(const json_t *row, const char *name)
{
	uint64_t value;

	return text_parse_u64(raw_of(row, name), &value) == 0 ? value : 0;
}

static const char *user_value(const json_t *value)
{
	const char *text;

	if (!json_is_object(value))
		return json_string_value(value);
	text = json_string_value(json_object_get(value, "rawvalue"));
	if (text == NULL)
		text = json_string_value(json_object_get(value, "value"));
	return text;
}

static int parse_user(struct arena *arena, json_t *user, struct scale_map *ret)
{
	struct map_builder map;

	map_init(&map, arena);
	for (void *it = json_object_iter(user); it != NULL;
	     it = json_object_iter_next(user, it)) {
		const char *text = user_value(json_object_iter_value(it));

		if (text != NULL)
			map_put(&map, json_object_iter_key(it), text);
	}
	if (map.failed)
		return -ENOMEM;
	*ret = map_view(&map);
	return 0;
}

static uint32_t kind_of(const json_t *row)
{
	const char *type = json_string_value(json_object_get(row, "type"));

	return type != NULL && strcmp(type, "VOLUME") == 0 ? SCALE_BLOCK
							   : SCALE_FILESYSTEM;
}

static void parse_numbers(const json_t *row, struct dataset *dataset)
{
	dataset->kind = kind_of(row);
	dataset->available_bytes = number_of(row, "available");
	dataset->used_bytes = number_of(row, "used");
	dataset->guid = tree_get_u64(row, "guid");
	dataset->createtxg = tree_get_u64(row, "createtxg");
	dataset->is_locked =
		json_is_true(json_object_get(row, "locked")) ||
		strcmp(raw_of(row, "keystatus"), "unavailable") == 0;
	dataset->is_inconsistent =
		raw_of(row, "receive_resume_token")[0] != '\0';
	if (dataset->kind == SCALE_BLOCK) {
		dataset->volsize_bytes = number_of(row, "volsize");
		dataset->volblocksize_bytes = number_of(row, "volblocksize");
	} else {
		dataset->refquota_bytes = number_of(row, "refquota");
	}
}

int dataset_parse(struct arena *arena, const char *json, size_t len,
		  struct dataset *ret)
{
	auto_json json_t *row = tree_load(json, len);
	const char *path = json_string_value(json_object_get(row, "name"));
	struct dataset dataset = {0};
	int rc;

	if (path == NULL)
		return -EBADMSG;
	parse_numbers(row, &dataset);
	dataset.path = arena_strdup(arena, path);
	dataset.origin = arena_strdup(arena, raw_of(row, "origin"));
	dataset.mountpoint =
		arena_strdup(arena, dataset.kind == SCALE_FILESYSTEM
					    ? raw_of(row, "mountpoint")
					    : "");
	if (dataset.path == NULL || dataset.origin == NULL ||
	    dataset.mountpoint == NULL)
		return -ENOMEM;
	rc = parse_user(arena, json_object_get(row, "user_properties"),
			&dataset.user);
	if (rc == 0)
		*ret = dataset;
	return rc;
}
