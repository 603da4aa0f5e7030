/* SPDX-License-Identifier: BSD-2-Clause */
/* Checks of text from outside, and the bounded builder. */
#include "base/text.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>

/* The bytes of the well-formed character at @text, or 0 (RFC 3629, 4). */
static size_t character_len(const char *text, size_t len)
{
	const unsigned char *c = (const unsigned char *)text;
	unsigned char low = 0x80, high = 0xbf; /* what the second byte may be */
	size_t want;

	if (len == 0)
		return 0;
	if (c[0] < 0x80)
		return 1;
	if (c[0] < 0xc2 || c[0] > 0xf4)
		return 0;
	want = c[0] < 0xe0 ? 2 : c[0] < 0xf0 ? 3 : 4;
	if (len < want)
		return 0;
	if (c[0] == 0xe0)
		low = 0xa0; /* else overlong */
	else if (c[0] == 0xed)
		high = 0x9f; /* else a surrogate */
	else if (c[0] == 0xf0)
		low = 0x90; /* else overlong */
	else if (c[0] == 0xf4)
		high = 0x8f; /* else above U+10FFFF */
	if (c[1] < low || c[1] > high)
		return 0;
	for (size_t i = 2; i < want; i++) {
		if ((c[i] & 0xc0) != 0x80)
			return 0;
	}
	return want;
}

bool text_is_utf8(const char *text, size_t len)
{
	while (len > 0) {
		size_t n = character_len(text, len);

		if (n == 0)
			return false;
		text += n;
		len -= n;
	}
	return true;
}

/* U+0000..U+001F, U+007F..U+009F; @text is one well-formed character. */
static bool is_control(const char *text)
{
	unsigned char first = (unsigned char)text[0];

	if (first == 0xc2)
		return (unsigned char)text[1] < 0xa0;
	return first < 0x20 || first == 0x7f;
}

bool text_has_control(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\t' || text[i] == '\n' || text[i] == '\r')
			continue;
		if ((unsigned char)text[i] == 0xc2 && i + 1 == len)
			return false; /* cut, hence no character */
		if (is_control(text + i))
			return true;
	}
	return false;
}

/* @len without the bytes of a last character that is not all there. */
static size_t drop_broken_end(const char *text, size_t len)
{
	for (size_t n = 1; n <= 4 && n <= len; n++) {
		const char *last = text + len - n;

		if ((*last & 0xc0) != 0x80)
			return character_len(last, n) == 0 ? len - n : len;
	}
	return len; /* not UTF-8: any place is as good */
}

size_t text_cut(const char *text, size_t max)
{
	size_t len = strnlen(text, max);

	return text[len] == '\0' ? len : drop_broken_end(text, len);
}

bool text_starts(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool text_ends(const char *text, const char *suffix)
{
	size_t len = strlen(text), tail = strlen(suffix);

	return len >= tail && memcmp(text + len - tail, suffix, tail) == 0;
}

/* FNV-1a over a seeded start, with a last mix for the low bits. */
uint64_t text_hash(const char *text, uint64_t seed)
{
	uint64_t hash = 0xcbf29ce484222325u ^ seed;

	for (; *text != '\0'; text++)
		hash = (hash ^ (unsigned char)*text) * 0x100000001b3u;
	return hash ^ hash >> 32;
}

uint64_t text_hash_seed(void)
{
	uint64_t seed = 0;

	/* Without entropy it stays 0: slower under attack, never wrong. */
	(void)!getrandom(&seed, sizeof(seed), GRND_NONBLOCK);
	return seed;
}

void text_hex(const void *bytes, size_t len, char *ret_hex)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *in = bytes;

	for (size_t i = 0; i < len; i++) {
		ret_hex[2 * i] = digits[in[i] >> 4];
		ret_hex[2 * i + 1] = digits[in[i] & 0xf];
	}
	ret_hex[2 * len] = '\0';
}

void text_init(struct text *text, char *buf, size_t size)
{
	*text = (struct text){.buf = buf, .size = size};
	buf[0] = '\0';
}

void text_put(struct text *text, const char *piece)
{
	text_put_n(text, piece, strlen(piece));
}

void text_put_n(struct text *text, const char *piece, size_t len)
{
	size_t room;

	/* What follows a gap would read as if there were none. */
	if (text->overflow)
		return;
	room = text->size - 1 - text->len;
	if (len > room) {
		len = drop_broken_end(piece, room);
		text->overflow = true;
	}
	memcpy(text->buf + text->len, piece, len);
	text->len += len;
	text->buf[text->len] = '\0';
}

void text_put_char(struct text *text, char c)
{
	text_put_n(text, &c, 1);
}

void text_printf(struct text *text, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	text_vprintf(text, fmt, ap);
	va_end(ap);
}

void text_vprintf(struct text *text, const char *fmt, va_list ap)
{
	size_t room = text->size - text->len;
	char *end = text->buf + text->len;
	int len;

	if (text->overflow)
		return;
	len = vsnprintf(end, room, fmt, ap);
	if (len >= 0 && (size_t)len < room) {
		text->len += (size_t)len;
		return;
	}
	text->overflow = true;
	if (len >= 0)
		text->len += drop_broken_end(end, room - 1);
	text->buf[text->len] = '\0';
}

void text_put_printable(struct text *text, const char *piece)
{
	size_t len = strlen(piece);

	while (len > 0) {
		size_t n = character_len(piece, len);

		if (n == 0 || is_control(piece))
			text_put_char(text, '?');
		else
			text_put_n(text, piece, n);
		n = n == 0 ? 1 : n;
		piece += n;
		len -= n;
	}
}
