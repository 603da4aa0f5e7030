/* SPDX-License-Identifier: BSD-2-Clause */
/* What comes from the NAS: messages, errors, single values; jansson judges. */
#include <assert.h>
#include <string.h>

#include "base/text.h"
#include "input.h"
#include "nas/json.h"
#include "nas/reason.h"
#include "nas/release.h"
#include "nas/reply.h"
#include "nas/tree.h"

#define SECRET "[{\"secret\":\"hunter2-canary\"}]"

static void check_inside(struct span span, const char *text, size_t len)
{
	if (span.at == NULL)
		return;
	assert(span.at >= text && span.at + span.len <= text + len);
	assert(scan_is_value(span.at, span.len));
}

static void check_reason(const struct reason *reason)
{
	size_t len = strlen(reason->text);

	assert(reason->status > SCALE_OK && reason->status != SCALE_UNKNOWN);
	assert(len > 0 && strstr(reason->text, "hunter2-canary") == NULL);
	(void)reason_is_certain(reason->code, reason->error, reason->attribute);
}

static void check_reply(struct arena *arena, const char *text, size_t len)
{
	struct reply reply = reply_read(text, len);
	struct reason reason;

	if (reply.kind == REPLY_GARBAGE)
		return;
	check_inside(reply.result, text, len);
	check_inside(reply.error, text, len);
	check_inside(reply.method, text, len);
	check_inside(reply.params, text, len);
	if (reply.kind == REPLY_ANSWER)
		assert((reply.result.at != NULL) != (reply.error.at != NULL));
	if (reply.error.at != NULL &&
	    reason_read(arena, reply.error, SECRET, &reason))
		check_reason(&reason);
	if (reply.result.at != NULL &&
	    reason_read_job(arena, reply.result, SECRET, &reason))
		check_reason(&reason);
}

/* One member, found by us and by jansson. */
static void check_member(struct arena *arena, const char *text, const char *key,
			 const json_t *value)
{
	const char *pointer = arena_printf(arena, "/%s", key);
	const char *found;
	int64_t number;

	if (strpbrk(key, "~/") != NULL)
		return;
	found = json_get(arena, text, pointer);
	assert((found == NULL) == json_is_null(value));
	if (json_is_string(value))
		assert(strcmp(found, json_string_value(value)) == 0);
	if (json_is_integer(value)) {
		assert(json_get_int(text, pointer, &number));
		assert(number == json_integer_value(value));
	}
	if (json_is_array(value) || json_is_object(value))
		assert(json_count(text, pointer) ==
		       (json_is_array(value) ? json_array_size(value)
					     : json_count(found, "")));
}

static int count(const char *element, size_t len, void *arg)
{
	assert(element[len] == '\0');
	(*(size_t *)arg)++;
	return 0;
}

/* With an escape in a name the two may differ, and say so in scan.h. */
static void check_tree(struct arena *arena, const char *text, size_t len)
{
	auto_json json_t *tree = json_loadb(text, len, JSON_DECODE_ANY, NULL);
	size_t n = 0;
	const char *key;
	json_t *value;

	if (tree == NULL || memchr(text, '\\', len) != NULL)
		return;
	if (!scan_is_value(text, len))
		return; /* nested deeper than SCAN_DEPTH: see check_depth() */
	if (json_each(text, len, count, &n) == 0)
		assert(json_is_array(tree) && n == json_array_size(tree));
	else
		assert(!json_is_array(tree));
	if (!json_is_object(tree))
		return;
	json_object_foreach(tree, key, value)
		check_member(arena, text, key, value);
}

/*
 * jansson takes nothing that we do not, but for what is nested too deep; and it
 * passes over a NUL, which is not looked at here.
 */
static void check_depth(const char *text, size_t len)
{
	auto_json json_t *tree = json_loadb(text, len, JSON_DECODE_ANY, NULL);
	size_t brackets = 0;

	for (size_t i = 0; i < len; i++)
		brackets += text[i] == '[' || text[i] == '{';
	if (tree != NULL && brackets <= SCAN_DEPTH)
		assert(scan_is_value(text, len));
}

static void check_quote(struct arena *arena, const char *text)
{
	const char *quoted = json_quote(arena, text);
	auto_json json_t *back = NULL;

	assert(scan_is_value(quoted, strlen(quoted)));
	if (!text_is_utf8(text, strlen(text)))
		return;
	back = json_loads(quoted, JSON_DECODE_ANY, NULL);
	assert(back != NULL && strcmp(json_string_value(back), text) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, data + size};
	struct arena *arena = arena_new(CALL_ARENA_BYTES);
	size_t len;
	char *text;

	/* as it came off the wire, without a NUL behind it */
	check_reply(arena, (const char *)data, size);
	text = input_text(arena, &input, &len);
	if (strlen(text) == len) {
		check_depth(text, len);
		check_tree(arena, text, len);
	}
	check_quote(arena, text);
	(void)release_find(release_parse(text));
	arena_free(arena);
	return 0;
}
