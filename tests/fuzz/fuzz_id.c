/* SPDX-License-Identifier: BSD-2-Clause */
/* Volume and snapshot ids, the names made from them, tokens, publish records.
 */
#include <assert.h>
#include <string.h>

#include "backend/id.h"
#include "input.h"
#include "volume/cursor.h"
#include "volume/publication.h"

/* From what the shortest parent leaves to what an id could hold at most. */
#define ROOM_MIN ID_LEAF_ROOM
#define ROOM_MAX (ID_MAX - ID_PREFIX_MAX)

/* What was taken apart is the same when it is put together again. */
static void check_id(struct arena *arena, const char *text)
{
	struct id id, again;
	const char *whole;

	if (id_parse(arena, text, &id) != 0)
		return;
	assert(strlen(text) <= ID_MAX && strlen(id.prefix) <= ID_PREFIX_MAX);
	whole = arena_printf(arena, "%s:%s%s%s", id.prefix, id.dataset,
			     id.snapshot != NULL ? "@" : "",
			     id.snapshot != NULL ? id.snapshot : "");
	assert(strcmp(whole, text) == 0);
	assert(id_parse(arena, id.volume, &again) == 0);
	assert(again.snapshot == NULL);
	assert(strcmp(again.dataset, id.dataset) == 0);
	assert(!id_is_below(id.dataset, id.dataset));
}

/* A dataset is below what stands before any of its slashes, and only that. */
static void check_below(struct arena *arena, const char *text)
{
	struct id id;

	if (id_parse(arena, text, &id) != 0)
		return;
	for (const char *c = id.dataset; *c != '\0'; c++) {
		size_t len = (size_t)(c - id.dataset);
		const char *parent = arena_strndup(arena, id.dataset, len);

		if (len > 0)
			assert(id_is_below(id.dataset, parent) == (*c == '/'));
	}
}

static void check_part(struct arena *arena, const char *made, size_t room,
		       const char *again, const char *before)
{
	struct id id;

	assert(strlen(made) > 0 && strlen(made) <= room);
	assert(strcmp(made, again) == 0);
	assert(id_parse(arena, arena_printf(arena, "%s%s", before, made),
			&id) == 0);
}

static void check_made(struct arena *arena, const char *name, size_t room)
{
	const char *leaf = id_make_leaf(arena, name, room);
	const char *snapshot = id_make_snapshot(arena, name);
	const char *object = id_make_object(arena, name);

	check_part(arena, leaf, room, id_make_leaf(arena, name, room), "a:b/");
	check_part(arena, snapshot, ID_SNAPSHOT_ROOM,
		   id_make_snapshot(arena, name), "a:b/c@");
	assert(strcmp(id_make_leaf(arena, leaf, room), leaf) == 0);
	assert(strcmp(id_make_snapshot(arena, snapshot), snapshot) == 0);
	assert(strlen(object) <= ID_OBJECT_MAX);
	assert(object[strspn(object, "abcdefghijklmnopqrstuvwxyz"
				     "0123456789.-")] == '\0');
	assert(strcmp(id_make_object(arena, name), object) == 0);
}

static void check_token(struct call *call, const char *text)
{
	const char *path;

	if (text[0] != '\0') {
		assert(cursor_parse(call, cursor_format(call, text), &path) ==
		       SCALE_OK);
		assert(strcmp(path, text) == 0);
	}
	if (cursor_parse(call, text, &path) != SCALE_OK)
		assert_told(call, SCALE_ABORTED);
	else if (text[0] != '\0')
		assert(strcmp(cursor_format(call, path), text) == 0);
}

static void check_publication(struct call *call, const char *text)
{
	struct publication found = {0}, again = {0};

	if (publication_parse(call, text, &found) != 0)
		return;
	assert(found.mode != 0 && found.node[0] != '\0');
	if (publication_parse(call, publication_format(call, &found), &again) !=
	    0) {
		assert(strlen(found.node) > 200); /* cut to nothing at most */
		return;
	}
	assert(again.mode == found.mode);
	assert(again.is_readonly == found.is_readonly);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, data + size};
	struct arena *arena = arena_new(CALL_ARENA_BYTES);
	size_t room = ROOM_MIN + input_byte(&input) % (ROOM_MAX - ROOM_MIN);
	char *text = input_line(arena, &input);
	struct call call;

	call_init(&call, arena, NULL, NULL, CLOCK_NEVER);
	check_id(arena, text);
	check_below(arena, text);
	check_made(arena, text, room);
	check_token(&call, text);
	check_publication(&call, text);
	arena_free(arena);
	return 0;
}
