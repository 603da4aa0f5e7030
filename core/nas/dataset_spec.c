/* SPDX-License-Identifier: BSD-2-Clause */
/* Spells out what a new dataset is to be. */
#include "nas/dataset_spec.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* "512", "16K": the API's spelling of a block size. */
static const char *block_size(struct arena *arena, uint64_t bytes)
{
	if (bytes % 1024 == 0)
		return arena_printf(arena, "%" PRIu64 "K", bytes / 1024);
	return arena_printf(arena, "%" PRIu64, bytes);
}

static void put_text(struct json_builder *json, const char *key,
		     const char *value)
{
	if (value == NULL)
		return;
	json_key(json, key);
	json_put_text(json, value);
}

static void put_volume(struct json_builder *json, struct arena *arena,
		       const struct dataset_spec *spec)
{
	json_key(json, "volsize");
	json_put_uint(json, spec->bytes);
	if (spec->volblocksize_bytes > 0)
		put_text(json, "volblocksize",
			 block_size(arena, spec->volblocksize_bytes));
	if (spec->is_thick)
		return;
	json_key(json, "sparse");
	json_put_bool(json, true);
	json_key(json, "force_size");
	json_put_bool(json, true);
}

static void put_user(struct json_builder *json, const struct scale_map *user)
{
	if (user->n == 0)
		return;
	json_key(json, "user_properties");
	json_begin_array(json);
	for (size_t i = 0; i < user->n; i++) {
		json_begin_object(json);
		put_text(json, "key", user->kv[i].key);
		put_text(json, "value", user->kv[i].value);
		json_end_object(json);
	}
	json_end_array(json);
}

const char *dataset_spec_create(struct arena *arena,
				const struct dataset_spec *spec)
{
	struct json_builder json;

	json_init(&json, arena);
	json_begin_array(&json);
	json_begin_object(&json);
	put_text(&json, "name", spec->path);
	if (spec->kind == SCALE_BLOCK) {
		put_text(&json, "type", "VOLUME");
		put_volume(&json, arena, spec);
	} else {
		put_text(&json, "type", "FILESYSTEM");
		if (spec->bytes > 0) {
			json_key(&json, "refquota");
			json_put_uint(&json, spec->bytes);
		}
	}
	put_text(&json, "compression", spec->compression);
	put_text(&json, "comments", spec->comments);
	put_text(&json, "managedby", spec->managedby);
	for (size_t i = 0; i < spec->native.n; i++) {
		json_key(&json, spec->native.kv[i].key);
		json_put_raw(&json, spec->native.kv[i].value);
	}
	put_user(&json, &spec->user);
	json_end_object(&json);
	json_end_array(&json);
	return json_text(&json);
}

/* Where the API's name is not ZFS's (truenas-api.md 5.3.1). */
static const struct {
	const char *api, *zfs;
} names[] = {
	{"deduplication", "dedup"},
	{"special_small_block_size", "special_small_blocks"},
};

static const char *zfs_name(const char *api)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(names[i].api, api) == 0)
			return names[i].zfs;
	}
	return api;
}

/* "\"ALWAYS\"" and 1024 to "always" and "1024". */
static const char *zfs_word(struct arena *arena, const char *value)
{
	const char *text = json_get(arena, value, "");
	char *word = text != NULL ? arena_strdup(arena, text) : NULL;

	for (char *p = word; p != NULL && *p != '\0'; p++)
		*p = (char)tolower((unsigned char)*p);
	return word;
}

const char *dataset_spec_clone(struct arena *arena,
			       const struct dataset_spec *spec, bool with_user)
{
	struct json_builder json;

	json_init(&json, arena);
	json_begin_object(&json);
	if (spec->kind != SCALE_BLOCK && spec->bytes > 0) {
		json_key(&json, "refquota");
		json_put_text(&json,
			      arena_printf(arena, "%" PRIu64, spec->bytes));
	}
	if (spec->compression != NULL)
		put_text(&json, "compression",
			 zfs_word(arena, json_quote(arena, spec->compression)));
	for (size_t i = 0; i < spec->native.n; i++)
		put_text(&json, zfs_name(spec->native.kv[i].key),
			 zfs_word(arena, spec->native.kv[i].value));
	if (with_user) {
		put_text(&json, "org.freenas:description", spec->comments);
		put_text(&json, "org.truenas:managedby", spec->managedby);
		for (size_t i = 0; i < spec->user.n; i++)
			put_text(&json, spec->user.kv[i].key,
				 spec->user.kv[i].value);
	}
	json_end_object(&json);
	return json_text(&json);
}
