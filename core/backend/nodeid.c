/* SPDX-License-Identifier: BSD-2-Clause */
/* Layout 1 of node ids, written and read. */
#include "backend/nodeid.h"

#include <errno.h>
#include <string.h>

#include "base/text.h"

#define LAYOUT    "scale1:"
#define ADDRESSES "addresses"

/* Printable ASCII that does not take part in the layout. */
static bool is_literal(char c)
{
	return c > ' ' && c < 0x7f && strchr(";=,%", c) == NULL;
}

static void put_escaped(struct text *text, const char *value, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (is_literal(value[i]))
			text_put_char(text, value[i]);
		else
			text_printf(text, "%%%02X", (unsigned char)value[i]);
	}
}

/* Undoes @text to how it was at @len: what came since did not fit whole. */
static void cut_back(struct text *text, size_t len)
{
	text->len = len;
	text->buf[len] = '\0';
	text->overflow = false;
}

static void put_pair(struct text *text, const char *key, const char *value)
{
	size_t before = text->len;

	if (key[0] == '\0' || value[0] == '\0')
		return; /* it says nothing, and would not be read back */
	text_put_char(text, ';');
	put_escaped(text, key, strlen(key));
	text_put_char(text, '=');
	put_escaped(text, value, strlen(value));
	if (text->overflow)
		cut_back(text, before);
}

/* As many of the list as fit, in their order; none: no pair. */
static void put_addresses(struct text *text, const char *list)
{
	size_t before = text->len;
	bool any = false;

	text_put(text, ";" ADDRESSES "=");
	while (*list != '\0' && !text->overflow) {
		size_t fits = text->len, len = strcspn(list, ",");

		if (any && len > 0)
			text_put_char(text, ',');
		put_escaped(text, list, len);
		if (text->overflow)
			cut_back(text, fits);
		else if (len > 0)
			any = true;
		list += len + (list[len] == ',' ? 1 : 0);
	}
	if (!any)
		cut_back(text, before);
}

char *nodeid_format(struct arena *arena, const char *name,
		    const struct scale_map *identity)
{
	char buf[NODEID_MAX + 1];
	struct text text;

	text_init(&text, buf, sizeof(buf));
	text_put(&text, LAYOUT);
	put_escaped(&text, name, strlen(name));
	if (text.overflow || name[0] == '\0')
		return NULL;
	for (size_t i = 0; i < identity->n; i++) {
		const struct scale_kv *kv = &identity->kv[i];

		if (strcmp(kv->key, ADDRESSES) == 0)
			put_addresses(&text, kv->value);
		else
			put_pair(&text, kv->key, kv->value);
	}
	return arena_strdup(arena, buf);
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* @len bytes of @from into @ret (with room for them and NUL); 0 or -EINVAL. */
static int unescape(const char *from, size_t len, char *ret)
{
	while (len > 0) {
		int high, low;

		if (is_literal(*from) || *from == ',') {
			*ret++ = *from++;
			len--;
			continue;
		}
		if (*from != '%' || len < 3)
			return -EINVAL;
		high = hex_digit(from[1]);
		low = hex_digit(from[2]);
		if (high < 0 || low < 0 || high + low == 0)
			return -EINVAL;
		*ret++ = (char)(high << 4 | low);
		from += 3;
		len -= 3;
	}
	*ret = '\0';
	return 0;
}

static int take_part(struct arena *arena, const char *from, size_t len,
		     const char **ret_part)
{
	char *part = arena_alloc(arena, len + 1);

	if (part == NULL)
		return -ENOMEM;
	*ret_part = part;
	return len > 0 ? unescape(from, len, part) : -EINVAL;
}

/* "key=value"; what an empty value would mean nobody has said. */
static int take_pair(struct arena *arena, const char *from, size_t len,
		     struct map_builder *identity)
{
	const char *equals = memchr(from, '=', len);
	const char *key, *value;
	size_t key_len;
	int rc;

	if (equals == NULL)
		return -EINVAL;
	key_len = (size_t)(equals - from);
	rc = take_part(arena, from, key_len, &key);
	if (rc == 0)
		rc = take_part(arena, equals + 1, len - key_len - 1, &value);
	if (rc == 0)
		map_put(identity, key, value);
	return rc;
}

int nodeid_parse(struct arena *arena, const char *text, const char **ret_name,
		 struct scale_map *ret_identity)
{
	struct map_builder identity;
	const char *name;
	size_t len;
	int rc;

	if (!text_starts(text, LAYOUT) ||
	    strnlen(text, NODEID_MAX + 1) > NODEID_MAX)
		return -EINVAL;
	map_init(&identity, arena);
	text += strlen(LAYOUT);
	len = strcspn(text, ";");
	rc = take_part(arena, text, len, &name);
	while (rc == 0 && text[len] == ';') {
		text += len + 1;
		len = strcspn(text, ";");
		rc = take_pair(arena, text, len, &identity);
	}
	if (rc == 0 && identity.failed)
		rc = -ENOMEM;
	if (rc != 0)
		return rc;
	*ret_name = name;
	*ret_identity = map_view(&identity);
	return 0;
}
