/* SPDX-License-Identifier: BSD-2-Clause */
/* Node ids: what a node says of itself, in at most 256 bytes. */
#include "backend/nodeid.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/text.h"

#define NODEID_LAYOUT    "scale1:"
#define NODEID_ADDRESSES "addresses"

/* What has a meaning in the layout, or cannot be seen, is written as %XX. */
static void nodeid_put(struct text *id, const char *piece)
{
	for (; *piece != '\0'; piece++) {
		unsigned char c = (unsigned char)*piece;

		if (c <= ' ' || c >= 0x7f || strchr(";=,%", c) != NULL)
			text_printf(id, "%%%02X", c);
		else
			text_put_char(id, (char)c);
	}
}

/* Take back what did not fit as a whole. */
static bool nodeid_fits(struct text *id, size_t before)
{
	if (!id->overflow && id->len <= NODEID_MAX)
		return true;
	id->len = before;
	id->buf[before] = '\0';
	id->overflow = false;
	return false;
}

/* As many addresses as fit; the key only in front of the first. */
static void nodeid_put_addresses(struct text *id, const char *list)
{
	bool is_first = true;

	while (*list != '\0') {
		size_t len = strcspn(list, ",");
		size_t before = id->len;

		text_put(id, is_first ? ";" NODEID_ADDRESSES "=" : ",");
		for (size_t i = 0; i < len; i++)
			nodeid_put(id, (char[]){list[i], '\0'});
		if (!nodeid_fits(id, before))
			return;
		is_first = false;
		list += len + (list[len] == ',');
	}
}

char *nodeid_format(struct arena *arena, const char *name,
		    const struct scale_map *identity)
{
	char *buf = arena_alloc(arena, NODEID_MAX + 2);
	struct text id;

	if (buf == NULL)
		return NULL;
	text_init(&id, buf, NODEID_MAX + 2);
	text_put(&id, NODEID_LAYOUT);
	nodeid_put(&id, name);
	if (id.overflow || id.len > NODEID_MAX || *name == '\0')
		return NULL;
	for (size_t i = 0; i < identity->n; i++) {
		const struct scale_kv *kv = &identity->kv[i];
		size_t before = id.len;

		if (strcmp(kv->key, NODEID_ADDRESSES) == 0) {
			nodeid_put_addresses(&id, kv->value);
			continue;
		}
		text_put_char(&id, ';');
		nodeid_put(&id, kv->key);
		text_put_char(&id, '=');
		nodeid_put(&id, kv->value);
		if (!nodeid_fits(&id, before))
			break; /* from the end: what follows is worth less */
	}
	return buf;
}

static int nodeid_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* @len bytes of @text with %XX undone; NULL when one is broken. */
static char *nodeid_decode(struct arena *arena, const char *text, size_t len,
			   int *ret_error)
{
	char *plain = arena_alloc(arena, len + 1);
	size_t n = 0;

	*ret_error = plain == NULL ? -ENOMEM : -EINVAL;
	for (size_t i = 0; plain != NULL && i < len; i++) {
		int high, low;

		if (text[i] != '%') {
			plain[n++] = text[i];
			continue;
		}
		if (len - i < 3)
			return NULL;
		high = nodeid_digit(text[i + 1]);
		low = nodeid_digit(text[i + 2]);
		if (high < 0 || low < 0 || high + low == 0)
			return NULL;
		plain[n++] = (char)(high * 16 + low);
		i += 2;
	}
	return plain;
}

static int nodeid_parse_pair(struct arena *arena, const char *pair, size_t len,
			     struct map_builder *map)
{
	const char *equals = memchr(pair, '=', len);
	const char *key, *value;
	size_t key_len;
	int error;

	if (equals == NULL || equals == pair)
		return -EINVAL;
	key_len = (size_t)(equals - pair);
	key = nodeid_decode(arena, pair, key_len, &error);
	if (key == NULL)
		return error;
	value = nodeid_decode(arena, equals + 1, len - key_len - 1, &error);
	if (value == NULL)
		return error;
	map_put(map, key, value);
	return map->failed ? -ENOMEM : 0;
}

int nodeid_parse(struct arena *arena, const char *text, const char **ret_name,
		 struct scale_map *ret_identity)
{
	struct map_builder map;
	const char *name;
	size_t len;
	int rc = 0, error;

	if (strnlen(text, NODEID_MAX + 1) > NODEID_MAX ||
	    !text_starts(text, NODEID_LAYOUT))
		return -EINVAL;
	text += strlen(NODEID_LAYOUT);
	map_init(&map, arena);
	len = strcspn(text, ";");
	if (len == 0)
		return -EINVAL;
	name = nodeid_decode(arena, text, len, &error);
	if (name == NULL)
		return error;
	for (text += len; *text == ';' && rc == 0; text += len) {
		text++;
		len = strcspn(text, ";");
		rc = nodeid_parse_pair(arena, text, len, &map);
	}
	if (rc < 0)
		return rc;
	*ret_name = name;
	*ret_identity = map_view(&map);
	return 0;
}
