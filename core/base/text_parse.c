/* SPDX-License-Identifier: BSD-2-Clause */
/* From texts to values: numbers, sizes, durations, and likely spellings. */
#include "base/text.h"

#include <errno.h>
#include <string.h>

/* The digits at the start of @text; *@ret_rest is what follows them. */
static int parse_digits(const char *text, uint64_t *ret_value,
			const char **ret_rest)
{
	uint64_t value = 0;
	bool overflow = false;
	const char *at = text;

	for (; *at >= '0' && *at <= '9'; at++) {
		uint64_t digit = (uint64_t)(*at - '0');

		overflow |= __builtin_mul_overflow(value, 10u, &value);
		overflow |= __builtin_add_overflow(value, digit, &value);
	}
	if (at == text)
		return -EINVAL;
	*ret_rest = at;
	*ret_value = value;
	return overflow ? -ERANGE : 0;
}

int text_parse_u64(const char *text, uint64_t *ret_value)
{
	const char *rest;
	uint64_t value;
	int rc = parse_digits(text, &value, &rest);

	if (rc == -EINVAL || *rest != '\0')
		return -EINVAL;
	if (rc == 0)
		*ret_value = value;
	return rc;
}

/* "" is 0, "K" 10, "Mi" and "MiB" 20 ...; -1 is none of these. */
static int unit_shift(const char *unit)
{
	static const char letters[] = "KMGTP";
	const char *letter;

	if (*unit == '\0')
		return 0;
	letter = strchr(letters, *unit);
	if (letter == NULL)
		return -1;
	if (strcmp(unit + 1, "") != 0 && strcmp(unit + 1, "i") != 0 &&
	    strcmp(unit + 1, "iB") != 0)
		return -1;
	return 10 * (int)(letter - letters + 1);
}

int text_parse_size(const char *text, uint64_t *ret_bytes)
{
	const char *unit;
	uint64_t value;
	int shift, rc = parse_digits(text, &value, &unit);

	if (rc == -EINVAL)
		return rc;
	shift = unit_shift(unit);
	if (shift < 0)
		return -EINVAL;
	if (rc != 0 || value > UINT64_MAX >> shift)
		return -ERANGE;
	*ret_bytes = value << shift;
	return 0;
}

int text_parse_duration(const char *text, int64_t *ret_ns)
{
	static const struct {
		const char *unit;
		int64_t ns;
	} units[] = {
		{"ms", 1000000},
		{"s", 1000000000},
		{"", 1000000000},
		{"m", 60 * 1000000000LL},
		{"h", 3600 * 1000000000LL},
	};
	const char *unit;
	uint64_t value;
	int rc = parse_digits(text, &value, &unit);

	if (rc == -EINVAL)
		return rc;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		int64_t ns;

		if (strcmp(unit, units[i].unit) != 0)
			continue;
		if (rc != 0 || __builtin_mul_overflow(value, units[i].ns, &ns))
			return -ERANGE;
		*ret_ns = ns;
		return 0;
	}
	return -EINVAL;
}

int text_parse_bool(const char *text, bool *ret_value)
{
	static const struct {
		const char *word;
		bool value;
	} words[] = {
		{"true", true}, {"false", false}, {"yes", true},
		{"no", false},  {"on", true},     {"off", false},
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(text, words[i].word) == 0) {
			*ret_value = words[i].value;
			return 0;
		}
	}
	return -EINVAL;
}

/* Longer words than this are not keys that somebody mistyped. */
#define WORD_MAX 63

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/*
 * Insertions, deletions, replacements and swaps of neighbours that lead from
 * one word to the other (optimal string alignment); SIZE_MAX for long words.
 */
static size_t edit_distance(const char *a, const char *b)
{
	size_t rows[3][WORD_MAX + 1];
	size_t len_a = strlen(a), len_b = strlen(b);
	size_t *before = rows[0], *last = rows[1], *row = rows[2], *spare;

	if (len_a > WORD_MAX || len_b > WORD_MAX)
		return SIZE_MAX;
	for (size_t j = 0; j <= len_b; j++)
		before[j] = last[j] = j;
	for (size_t i = 1; i <= len_a; i++) {
		row[0] = i;
		for (size_t j = 1; j <= len_b; j++) {
			size_t same = a[i - 1] == b[j - 1] ? 0 : 1;
			size_t best = least(last[j], row[j - 1]) + 1;

			best = least(best, last[j - 1] + same);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1])
				best = least(best, before[j - 2] + 1);
			row[j] = best;
		}
		spare = before;
		before = last;
		last = row;
		row = spare;
	}
	return last[len_b];
}

const char *text_nearest(const char *typed, const char *const *words)
{
	size_t best = strlen(typed) / 3 + 1; /* what is still a slip */
	const char *nearest = NULL;

	for (; *words != NULL; words++) {
		size_t distance = edit_distance(typed, *words);

		if (distance > best || (distance == best && nearest != NULL))
			continue;
		best = distance;
		nearest = *words;
	}
	return nearest;
}
