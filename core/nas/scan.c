/* SPDX-License-Identifier: BSD-2-Clause */
/* Walks JSON text in place; fast, strict, and without memory of its own. */
#include "nas/scan.h"

#include <string.h>

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static const char *skip_blanks(const char *p, const char *end)
{
	while (p < end && is_blank(*p))
		p++;
	return p;
}

static bool is_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static const char *skip_escape(const char *p, const char *end)
{
	if (p >= end)
		return NULL;
	if (*p != 'u')
		return memchr("\"\\/bfnrt", *p, 8) != NULL ? p + 1 : NULL;
	if (end - p < 5)
		return NULL;
	for (int i = 1; i <= 4; i++) {
		if (!is_hex(p[i]))
			return NULL;
	}
	return p + 5;
}

/* @p is at the opening quote. */
static const char *skip_string(const char *p, const char *end)
{
	for (p++; p < end; p++) {
		if (*p == '"')
			return p + 1;
		if ((unsigned char)*p < 0x20)
			return NULL;
		if (*p == '\\') {
			p = skip_escape(p + 1, end);
			if (p == NULL)
				return NULL;
			p--;
		}
	}
	return NULL;
}

static const char *skip_digits(const char *p, const char *end)
{
	const char *from = p;

	while (p < end && is_digit(*p))
		p++;
	return p > from ? p : NULL;
}

static const char *skip_number(const char *p, const char *end)
{
	if (p < end && *p == '-')
		p++;
	if (p < end && *p == '0')
		p++;
	else
		p = skip_digits(p, end);
	if (p != NULL && p < end && *p == '.')
		p = skip_digits(p + 1, end);
	if (p != NULL && p < end && (*p == 'e' || *p == 'E')) {
		p++;
		if (p < end && (*p == '+' || *p == '-'))
			p++;
		p = skip_digits(p, end);
	}
	return p;
}

static const char *skip_word(const char *p, const char *end, const char *word)
{
	size_t len = strlen(word);

	if ((size_t)(end - p) < len || memcmp(p, word, len) != 0)
		return NULL;
	return p + len;
}

/* A value that holds no others. */
static const char *skip_scalar(const char *p, const char *end)
{
	switch (*p) {
	case '"':
		return skip_string(p, end);
	case 't':
		return skip_word(p, end, "true");
	case 'f':
		return skip_word(p, end, "false");
	case 'n':
		return skip_word(p, end, "null");
	default:
		return skip_number(p, end);
	}
}

/* A member's name, its colon, and the blanks up to the value. */
static const char *skip_key(const char *p, const char *end)
{
	p = skip_blanks(p, end);
	if (p >= end || *p != '"')
		return NULL;
	p = skip_string(p, end);
	if (p == NULL)
		return NULL;
	p = skip_blanks(p, end);
	if (p >= end || *p != ':')
		return NULL;
	return p + 1;
}

/* The containers that are open around the current place. */
struct nesting {
	unsigned char is_object[SCAN_DEPTH];
	size_t depth;
};

/*
 * After a value: through the brackets that close behind it, up to the start of
 * the next value.  With no container left open, @p is the end of it all.
 */
static const char *skip_after(const char *p, const char *end,
			      struct nesting *open)
{
	while (open->depth > 0) {
		bool is_object = open->is_object[open->depth - 1] != 0;

		p = skip_blanks(p, end);
		if (p >= end)
			return NULL;
		if (*p == ',')
			return is_object ? skip_key(p + 1, end) : p + 1;
		if (*p != (is_object ? '}' : ']'))
			return NULL;
		p++;
		open->depth--;
	}
	return p;
}

/* @p is at a bracket; gives the place of the first value, or behind "[]". */
static const char *skip_open(const char *p, const char *end,
			     struct nesting *open, bool *ret_is_empty)
{
	bool is_object = *p == '{';
	const char *inside = skip_blanks(p + 1, end);

	*ret_is_empty = inside < end && *inside == (is_object ? '}' : ']');
	if (*ret_is_empty)
		return inside + 1;
	if (open->depth == SCAN_DEPTH)
		return NULL;
	open->is_object[open->depth++] = is_object;
	return is_object ? skip_key(inside, end) : inside;
}

const char *scan_value(const char *text, const char *end,
		       struct span *ret_value)
{
	const char *p = skip_blanks(text, end);
	const char *from = p;
	struct nesting open;

	open.depth = 0;
	do {
		bool is_complete = true;

		p = skip_blanks(p, end);
		if (p >= end)
			return NULL;
		if (*p == '{' || *p == '[')
			p = skip_open(p, end, &open, &is_complete);
		else
			p = skip_scalar(p, end);
		if (p != NULL && is_complete)
			p = skip_after(p, end, &open);
		if (p == NULL)
			return NULL;
	} while (open.depth > 0);
	if (ret_value != NULL)
		*ret_value = (struct span){from, (size_t)(p - from)};
	return p;
}

bool scan_is_value(const char *text, size_t len)
{
	const char *end = text + len;
	const char *p = scan_value(text, end, NULL);

	return p != NULL && skip_blanks(p, end) == end;
}

bool scan_walk_init(struct scan_walk *walk, struct span container)
{
	if (container.len < 2 ||
	    (container.at[0] != '{' && container.at[0] != '['))
		return false;
	walk->at = container.at + 1;
	walk->end = container.at + container.len - 1; /* the closing bracket */
	walk->is_object = container.at[0] == '{';
	return true;
}

bool scan_walk_next(struct scan_walk *walk, struct span *ret_key,
		    struct span *ret_value)
{
	const char *p = skip_blanks(walk->at, walk->end);
	struct span key = {p, 0};

	if (p < walk->end && *p == ',')
		p = skip_blanks(p + 1, walk->end);
	if (p >= walk->end)
		return false;
	if (walk->is_object) {
		const char *behind = skip_string(p, walk->end);

		if (behind == NULL)
			return false;
		key = (struct span){p, (size_t)(behind - p)};
		p = skip_key(p, walk->end);
		if (p == NULL)
			return false;
	}
	walk->at = scan_value(p, walk->end, ret_value);
	if (walk->at == NULL)
		return false;
	if (ret_key != NULL)
		*ret_key = key;
	return true;
}

/*
 * One token of a pointer ("~0" is "~", "~1" is "/") against a name in quotes.
 * Names from the NAS are property names and the like: of the escapes only those
 * that stand for themselves can occur in them.
 */
static bool token_matches(const char *token, size_t len, struct span key)
{
	const char *k = key.at + 1, *k_end = key.at + key.len - 1;
	const char *t = token, *t_end = token + len;

	while (t < t_end && k < k_end) {
		char want = *t++;

		if (want == '~' && t < t_end)
			want = *t++ == '1' ? '/' : '~';
		if (*k == '\\' && k + 1 < k_end)
			k++;
		if (*k++ != want)
			return false;
	}
	return t == t_end && k == k_end;
}

static bool find_member(struct span object, const char *token, size_t len,
			struct span *ret_value)
{
	struct scan_walk walk;
	struct span key, value;
	bool found = false;

	if (!scan_walk_init(&walk, object))
		return false;
	while (scan_walk_next(&walk, &key, &value)) {
		if (!token_matches(token, len, key))
			continue;
		*ret_value = value;
		found = true;
	}
	return found;
}

static bool find_element(struct span array, const char *token, size_t len,
			 struct span *ret_value)
{
	struct scan_walk walk;
	uint64_t index;

	if (len > 1 && token[0] == '0')
		return false;
	if (!scan_u64((struct span){token, len}, &index) ||
	    !scan_walk_init(&walk, array))
		return false;
	while (scan_walk_next(&walk, NULL, ret_value)) {
		if (index-- == 0)
			return true;
	}
	return false;
}

bool scan_find(struct span text, const char *pointer, struct span *ret_value)
{
	struct span at;

	if (scan_value(text.at, text.at + text.len, &at) == NULL)
		return false;
	while (*pointer == '/') {
		const char *token = ++pointer;
		struct span inner;
		bool found;

		pointer += strcspn(pointer, "/");
		if (at.at[0] == '{')
			found = find_member(at, token,
					    (size_t)(pointer - token), &inner);
		else
			found = find_element(at, token,
					     (size_t)(pointer - token), &inner);
		if (!found)
			return false;
		at = inner;
	}
	if (*pointer != '\0')
		return false;
	*ret_value = at;
	return true;
}

bool scan_is(struct span span, const char *text)
{
	return span.len == strlen(text) && memcmp(span.at, text, span.len) == 0;
}

bool scan_u64(struct span span, uint64_t *ret_value)
{
	uint64_t value = 0;

	if (span.len == 0)
		return false;
	for (size_t i = 0; i < span.len; i++) {
		if (!is_digit(span.at[i]) ||
		    __builtin_mul_overflow(value, 10u, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(span.at[i] - '0'),
					   &value))
			return false;
	}
	*ret_value = value;
	return true;
}
