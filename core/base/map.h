/* SPDX-License-Identifier: BSD-2-Clause */
/* Small string-to-string maps: parameters, contexts, properties. */
#ifndef SCALE_CSI_BASE_MAP_H
#define SCALE_CSI_BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>

#include <scale_backend.h>

#include "base/arena.h"

/*
 * The map type is the ABI's `struct scale_map`: an array of pairs.  Maps here
 * are small (a dozen keys), so every look-up is a walk.  Keys are unique.
 */

/* map_get - the value of @key, or NULL. */
const char *map_get(const struct scale_map *map, const char *key);

/* A map that grows; it and its texts live in the arena. */
struct map_builder {
	struct arena *arena;
	struct scale_kv *kv;
	size_t n, room;
	bool failed; /* memory ran out: the map is incomplete */
};

void map_init(struct map_builder *map, struct arena *arena);

/*
 * map_put - set @key, replacing an earlier value; both texts are copied.  A
 * NULL is taken for memory that ran out when it was to be made.
 */
void map_put(struct map_builder *map, const char *key, const char *value);

/* map_put_all - map_put() for every pair. */
void map_put_all(struct map_builder *map, const struct scale_map *from);

/* map_view - what was put so far, sorted by key; valid until the next put. */
struct scale_map map_view(struct map_builder *map);

/* map_equal - the same keys with the same values, in any order. */
bool map_equal(const struct scale_map *a, const struct scale_map *b);

/* map_bytes - the sum of all key and value lengths (CSI caps it at 4 KiB). */
size_t map_bytes(const struct scale_map *map);

#endif
