/* SPDX-License-Identifier: BSD-2-Clause */
/* Walks over arrays of pairs, and a builder that keeps keys unique. */
#include "base/map.h"

#include <string.h>

#define FIRST_ROOM 8

static size_t find(const struct scale_kv *kv, size_t n, const char *key)
{
	size_t at = 0;

	while (at < n && strcmp(kv[at].key, key) != 0)
		at++;
	return at;
}

const char *map_get(const struct scale_map *map, const char *key)
{
	size_t at = find(map->kv, map->n, key);

	return at < map->n ? map->kv[at].value : NULL;
}

void map_init(struct map_builder *map, struct arena *arena)
{
	*map = (struct map_builder){.arena = arena};
}

static bool make_room(struct map_builder *map)
{
	size_t room = map->room == 0 ? FIRST_ROOM : map->room * 2;
	struct scale_kv *kv;

	if (map->n < map->room)
		return true;
	kv = arena_array(map->arena, room, sizeof(*kv));
	if (kv == NULL)
		return false;
	if (map->n > 0)
		memcpy(kv, map->kv, map->n * sizeof(*kv));
	map->kv = kv;
	map->room = room;
	return true;
}

void map_put(struct map_builder *map, const char *key, const char *value)
{
	size_t at;
	char *copy;

	if (map->failed)
		return;
	map->failed = true; /* until proven otherwise */
	if (key == NULL || value == NULL)
		return;
	at = find(map->kv, map->n, key);
	copy = arena_strdup(map->arena, value);
	if (copy == NULL)
		return;
	if (at == map->n) {
		char *name;

		if (!make_room(map))
			return;
		name = arena_strdup(map->arena, key);
		if (name == NULL)
			return;
		map->kv[map->n++].key = name;
	}
	map->kv[at].value = copy;
	map->failed = false;
}

void map_put_all(struct map_builder *map, const struct scale_map *from)
{
	for (size_t i = 0; i < from->n; i++)
		map_put(map, from->kv[i].key, from->kv[i].value);
}

struct scale_map map_view(struct map_builder *map)
{
	/* Insertion: the maps are small and mostly arrive in order. */
	for (size_t i = 1; i < map->n; i++) {
		struct scale_kv pair = map->kv[i];
		size_t at = i;

		while (at > 0 && strcmp(map->kv[at - 1].key, pair.key) > 0) {
			map->kv[at] = map->kv[at - 1];
			at--;
		}
		map->kv[at] = pair;
	}
	return (struct scale_map){map->kv, map->n};
}

bool map_equal(const struct scale_map *a, const struct scale_map *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++) {
		const char *other = map_get(b, a->kv[i].key);

		if (other == NULL || strcmp(other, a->kv[i].value) != 0)
			return false;
	}
	return true;
}

size_t map_bytes(const struct scale_map *map)
{
	size_t sum = 0;

	for (size_t i = 0; i < map->n; i++)
		sum += strlen(map->kv[i].key) + strlen(map->kv[i].value);
	return sum;
}
