/* SPDX-License-Identifier: BSD-2-Clause */
/* Node ids, read and written. */
#include <assert.h>
#include <string.h>

#include "backend/nodeid.h"
#include "input.h"

#define PAIRS_MAX 16

/* Whatever is read can be written, and read again as the same. */
static void check_parsed(struct arena *arena, const char *text)
{
	struct scale_map identity, again;
	const char *name, *name_again, *written;

	if (nodeid_parse(arena, text, &name, &identity) != 0)
		return;
	assert(name[0] != '\0');
	written = nodeid_format(arena, name, &identity);
	if (written == NULL)
		return; /* commas, which need no escape, were written longer */
	assert(strlen(written) <= NODEID_MAX);
	assert(nodeid_parse(arena, written, &name_again, &again) == 0);
	assert(strcmp(name, name_again) == 0);
	assert(again.n <= identity.n);
}

/* Whatever a node has to say gives an id that is read as that, or as less. */
static void check_written(struct arena *arena, struct input *input)
{
	const char *name = input_line(arena, input), *name_again, *written;
	struct scale_kv pairs[PAIRS_MAX];
	struct scale_map identity = {pairs, 0}, again;

	while (input->at < input->end && identity.n < PAIRS_MAX) {
		const char *key = input_line(arena, input);

		if (map_get(&identity, key) != NULL)
			continue; /* keys of a map are unique */
		pairs[identity.n].key = key;
		pairs[identity.n++].value = input_line(arena, input);
	}
	written = nodeid_format(arena, name, &identity);
	if (written == NULL)
		return;
	assert(strlen(written) <= NODEID_MAX);
	assert(nodeid_parse(arena, written, &name_again, &again) == 0);
	assert(strcmp(name, name_again) == 0);
	for (size_t i = 0; i < again.n; i++) {
		const char *said = map_get(&identity, again.kv[i].key);

		assert(said != NULL);
		if (strcmp(again.kv[i].key, "addresses") != 0)
			assert(strcmp(said, again.kv[i].value) == 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, data + size};
	struct arena *arena = arena_new(CALL_ARENA_BYTES);

	if (input_byte(&input) % 2 == 0)
		check_parsed(arena, input_line(arena, &input));
	else
		check_written(arena, &input);
	arena_free(arena);
	return 0;
}
