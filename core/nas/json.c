/* SPDX-License-Identifier: BSD-2-Clause */
/* Builds JSON texts, and reads single values out of them. */
#include "nas/json.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "nas/scan.h"
#include "nas/tree.h"

void json_init(struct json_builder *json, struct arena *arena)
{
	*json = (struct json_builder){.arena = arena};
}

/* Arenas cannot grow a block, so double: at most half of it is left behind. */
static bool make_room(struct json_builder *json, size_t more)
{
	size_t size = json->size < 128 ? 256 : json->size;
	size_t need;
	char *buf;

	if (json->failed)
		return false;
	if (__builtin_add_overflow(json->len, more + 1, &need) ||
	    need > SIZE_MAX / 2) {
		json->failed = true;
		return false;
	}
	if (need <= json->size)
		return true;
	while (size < need)
		size *= 2;
	buf = arena_alloc(json->arena, size);
	if (buf == NULL) {
		json->failed = true;
		return false;
	}
	if (json->len > 0)
		memcpy(buf, json->buf, json->len);
	json->buf = buf;
	json->size = size;
	return true;
}

static void put_bytes(struct json_builder *json, const char *text, size_t len)
{
	if (!make_room(json, len))
		return;
	memcpy(json->buf + json->len, text, len);
	json->len += len;
}

/* Before a value or a key: the comma that parts it from its neighbour. */
static void put_comma(struct json_builder *json)
{
	if (json->wants_comma)
		put_bytes(json, ",", 1);
	json->wants_comma = false;
}

static void put_value(struct json_builder *json, const char *text, size_t len)
{
	put_comma(json);
	put_bytes(json, text, len);
	json->wants_comma = true;
}

static void put_open(struct json_builder *json, const char *bracket)
{
	put_comma(json);
	put_bytes(json, bracket, 1);
}

static void put_close(struct json_builder *json, const char *bracket)
{
	put_bytes(json, bracket, 1);
	json->wants_comma = true;
}

void json_begin_array(struct json_builder *json)
{
	put_open(json, "[");
}

void json_end_array(struct json_builder *json)
{
	put_close(json, "]");
}

void json_begin_object(struct json_builder *json)
{
	put_open(json, "{");
}

void json_end_object(struct json_builder *json)
{
	put_close(json, "}");
}

/* What follows a backslash for the few that have a letter; 0: none. */
static char escape_letter(unsigned char c)
{
	switch (c) {
	case '"':
		return '"';
	case '\\':
		return '\\';
	case '\n':
		return 'n';
	case '\r':
		return 'r';
	case '\t':
		return 't';
	default:
		return 0;
	}
}

static void put_escaped(struct json_builder *json, const char *text)
{
	static const char digits[] = "0123456789abcdef";

	put_bytes(json, "\"", 1);
	while (*text != '\0') {
		const char *from = text;
		unsigned char c;

		while ((unsigned char)*text >= 0x20 && *text != '"' &&
		       *text != '\\')
			text++;
		put_bytes(json, from, (size_t)(text - from));
		c = (unsigned char)*text;
		if (c == '\0')
			break;
		if (escape_letter(c) != 0) {
			char pair[2] = {'\\', escape_letter(c)};

			put_bytes(json, pair, 2);
		} else {
			char six[6] = {'\\',           'u',           '0', '0',
				       digits[c >> 4], digits[c & 15]};

			put_bytes(json, six, 6);
		}
		text++;
	}
	put_bytes(json, "\"", 1);
}

void json_key(struct json_builder *json, const char *key)
{
	put_comma(json);
	put_escaped(json, key);
	put_bytes(json, ":", 1);
}

void json_put_text(struct json_builder *json, const char *text)
{
	if (text == NULL) {
		put_value(json, "null", 4);
		return;
	}
	put_comma(json);
	put_escaped(json, text);
	json->wants_comma = true;
}

void json_put_int(struct json_builder *json, int64_t value)
{
	char digits[24];
	int len = snprintf(digits, sizeof(digits), "%" PRId64, value);

	put_value(json, digits, (size_t)len);
}

void json_put_uint(struct json_builder *json, uint64_t value)
{
	char digits[24];
	int len = snprintf(digits, sizeof(digits), "%" PRIu64, value);

	put_value(json, digits, (size_t)len);
}

void json_put_bool(struct json_builder *json, bool value)
{
	put_value(json, value ? "true" : "false", value ? 4 : 5);
}

void json_put_raw(struct json_builder *json, const char *json_text)
{
	put_value(json, json_text, strlen(json_text));
}

const char *json_text(struct json_builder *json)
{
	if (!make_room(json, 0))
		return NULL;
	json->buf[json->len] = '\0';
	return json->buf;
}

char *json_quote(struct arena *arena, const char *text)
{
	struct json_builder json;

	json_init(&json, arena);
	put_escaped(&json, text);
	if (!make_room(&json, 0))
		return NULL;
	json.buf[json.len] = '\0';
	return json.buf;
}

/* The whole text must be sound, or nothing in it is believed. */
static bool find(const char *json, const char *pointer, struct span *ret)
{
	size_t len = strlen(json);

	return scan_is_value(json, len) &&
	       scan_find((struct span){json, len}, pointer, ret);
}

const char *json_get(struct arena *arena, const char *json, const char *pointer)
{
	auto_json json_t *leaf = NULL;
	struct span span;

	if (!find(json, pointer, &span) || scan_is(span, "null"))
		return NULL;
	if (span.at[0] != '"')
		return arena_strndup(arena, span.at, span.len);
	leaf = json_loadb(span.at, span.len, JSON_DECODE_ANY, NULL);
	return leaf != NULL ? arena_strdup(arena, json_string_value(leaf))
			    : NULL;
}

size_t json_count(const char *json, const char *pointer)
{
	struct scan_walk walk;
	struct span span;
	size_t n = 0;

	if (!find(json, pointer, &span) || !scan_walk_init(&walk, span))
		return 0;
	while (scan_walk_next(&walk, NULL, &span))
		n++;
	return n;
}

bool json_get_u64(const char *json, const char *pointer, uint64_t *ret_value)
{
	struct span span;

	if (!find(json, pointer, &span))
		return false;
	if (span.at[0] == '"')
		span = (struct span){span.at + 1, span.len - 2};
	return scan_u64(span, ret_value);
}

bool json_get_int(const char *json, const char *pointer, int64_t *ret_value)
{
	bool is_negative;
	struct span span;
	uint64_t value;

	if (!find(json, pointer, &span))
		return false;
	is_negative = span.at[0] == '-';
	if (is_negative)
		span = (struct span){span.at + 1, span.len - 1};
	if (!scan_u64(span, &value) ||
	    value > (uint64_t)INT64_MAX + (is_negative ? 1 : 0))
		return false;
	*ret_value = is_negative ? (int64_t)(0 - value) : (int64_t)value;
	return true;
}

int json_each(const char *json, size_t len,
	      int (*fn)(const char *element, size_t len, void *arg), void *arg)
{
	auto_free char *copy = NULL;
	struct span all, element;
	struct scan_walk walk;
	size_t size = 0;

	if (!scan_is_value(json, len) ||
	    scan_value(json, json + len, &all) == NULL || all.at[0] != '[' ||
	    !scan_walk_init(&walk, all))
		return -EBADMSG;
	while (scan_walk_next(&walk, NULL, &element)) {
		int rc;

		if (element.len >= size) {
			size = element.len + element.len / 2 + 64;
			free(take_ptr(copy));
			copy = malloc(size);
			if (copy == NULL)
				return -ENOMEM;
		}
		memcpy(copy, element.at, element.len);
		copy[element.len] = '\0';
		rc = fn(copy, element.len, arg);
		if (rc != 0)
			return rc;
	}
	return 0;
}
