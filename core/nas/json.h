/* SPDX-License-Identifier: BSD-2-Clause */
/* JSON text in and out, so that nobody above this room sees jansson. */
#ifndef SCALE_CSI_NAS_JSON_H
#define SCALE_CSI_NAS_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/text.h"

/*
 * Building: a growing text in an arena.  json_begin_object() and its like write
 * the commas; values are escaped.  After a memory failure `failed` is set and
 * json_text() gives NULL.
 */
struct json_builder {
	struct arena *arena;
	char *buf;
	size_t len, size;
	bool failed;
	bool wants_comma;
};

void json_init(struct json_builder *json, struct arena *arena);
void json_begin_array(struct json_builder *json);
void json_end_array(struct json_builder *json);
void json_begin_object(struct json_builder *json);
void json_end_object(struct json_builder *json);
void json_key(struct json_builder *json, const char *key);
void json_put_text(struct json_builder *json,
		   const char *text); /* NULL: null */
void json_put_int(struct json_builder *json, int64_t value);
void json_put_uint(struct json_builder *json, uint64_t value);
void json_put_bool(struct json_builder *json, bool value);
void json_put_raw(struct json_builder *json, const char *json_text);
const char *json_text(struct json_builder *json);

/* json_quote - @text as a string literal with its quotes; NULL when out. */
char *json_quote(struct arena *arena, const char *text);

/*
 * Reading: by RFC 6901 pointer ("/0/id", "" for all), parsed at every call, so
 * for small texts.  A string comes decoded, anything else as JSON; absent, null
 * and broken text are NULL.
 */
const char *json_get(struct arena *arena, const char *json,
		     const char *pointer);

/* json_count - elements of the array or object at @pointer; 0 otherwise. */
size_t json_count(const char *json, const char *pointer);

/* json_get_u64 - a non-negative integer, or one in a string.  false: absent. */
bool json_get_u64(const char *json, const char *pointer, uint64_t *ret_value);

/* json_get_int - any integer.  false: absent or not one. */
bool json_get_int(const char *json, const char *pointer, int64_t *ret_value);

/*
 * json_each - call @fn with every element of the array @json as a text of its
 * own (NUL-terminated copy, valid during the call), one at a time, so that a
 * reply of ten thousand rows costs the memory of one.
 * Returns 0, the first non-zero answer of @fn, -EBADMSG when @json is no
 * well-formed array, or -ENOMEM.
 */
int json_each(const char *json, size_t len,
	      int (*fn)(const char *element, size_t len, void *arg), void *arg);

#endif
