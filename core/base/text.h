/* SPDX-License-Identifier: BSD-2-Clause */
/* Texts from outside: checks, numbers, and a bounded builder. */
#ifndef SCALE_CSI_BASE_TEXT_H
#define SCALE_CSI_BASE_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* text_is_utf8 - whether @len bytes are well-formed UTF-8 (RFC 3629). */
bool text_is_utf8(const char *text, size_t len);

/*
 * text_has_control - whether a byte is one that CSI bans from names: U+0000 to
 * U+001F without tab, line feed and carriage return, U+007F to U+009F.
 * @text is UTF-8.
 */
bool text_has_control(const char *text, size_t len);

/*
 * text_cut - the length of the longest prefix of @text that has at most @max
 * bytes and ends between two characters.
 */
size_t text_cut(const char *text, size_t max);

/* text_starts, text_ends - prefix and suffix, byte by byte. */
bool text_starts(const char *text, const char *prefix);
bool text_ends(const char *text, const char *suffix);

/*
 * text_parse_u64 - a decimal number without sign or blanks, all of @text.
 * Returns 0, -EINVAL, or -ERANGE.
 */
int text_parse_u64(const char *text, uint64_t *ret_value);

/*
 * text_parse_size - bytes: a number with an optional unit K, M, G, T, P, or
 * Ki .. Pi, or KiB .. PiB, all of them powers of 1024.
 * Returns 0, -EINVAL, or -ERANGE.
 */
int text_parse_size(const char *text, uint64_t *ret_bytes);

/*
 * text_parse_duration - "250ms", "20s", "5m", "1h"; a bare number is seconds.
 * Returns 0, -EINVAL, or -ERANGE.
 */
int text_parse_duration(const char *text, int64_t *ret_ns);

/* text_parse_bool - "true"/"false", "yes"/"no", "on"/"off".  0 or -EINVAL. */
int text_parse_bool(const char *text, bool *ret_value);

/*
 * text_nearest - which of @words (ends in NULL) somebody may have meant by
 * @typed: the one with the least edit distance, if that is at most a third of
 * its length plus one; else NULL.
 */
const char *text_nearest(const char *typed, const char *const *words);

/*
 * text_hash - a number for hash tables.  Texts come from outside, so each table
 * has a @seed of its own that nobody outside knows: text_hash_seed().
 */
uint64_t text_hash(const char *text, uint64_t seed);
uint64_t text_hash_seed(void);

/* text_hex - 2 * @len lower-case digits and a NUL into @ret_hex. */
void text_hex(const void *bytes, size_t len, char *ret_hex);

/*
 * A builder over memory of its caller.  Once something did not fit, `overflow`
 * stays true and the text so far stays a valid, cut text.
 */
struct text {
	char *buf;
	size_t size; /* of buf, NUL included; at least 1 */
	size_t len;
	bool overflow;
};

/* text_init - an empty text in @buf of @size bytes, @size >= 1. */
void text_init(struct text *text, char *buf, size_t size);
void text_put(struct text *text, const char *piece);
void text_put_n(struct text *text, const char *piece, size_t len);
void text_put_char(struct text *text, char c);
__attribute__((format(printf, 2, 3))) void text_printf(struct text *text,
						       const char *fmt, ...);
__attribute__((format(printf, 2, 0))) void
text_vprintf(struct text *text, const char *fmt, va_list ap);

/*
 * text_put_printable - @piece with every control character and every byte that
 * is not UTF-8 replaced by '?': what comes from outside and goes to a terminal,
 * a log or an error text.
 */
void text_put_printable(struct text *text, const char *piece);

#endif
