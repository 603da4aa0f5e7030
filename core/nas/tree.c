/* SPDX-License-Identifier: BSD-2-Clause */
/* jansson trees: read from text, and gone with their scope. */
#include "nas/tree.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"

#define TREE_INT_MAX "9223372036854775807"

static bool tree_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool tree_is_number(char c)
{
	return tree_is_digit(c) || strchr("+-.eE", c) != NULL;
}

/* How many digits at @at are one integer that jansson cannot hold; or 0. */
static size_t tree_big_digits(const char *at, const char *end)
{
	const size_t most = sizeof(TREE_INT_MAX) - 1;
	size_t n = 0;

	while (at + n < end && tree_is_digit(at[n]))
		n++;
	if (at + n < end && strchr(".eE", at[n]) != NULL)
		return 0;
	if (n < most || (n == most && memcmp(at, TREE_INT_MAX, n) <= 0))
		return 0;
	return n;
}

/* @json with every such integer in quotes; its length in *@len.  malloc'd. */
static char *tree_quote_big(const char *json, size_t *len)
{
	const char *end = json + *len;
	/* an integer that gains two quotes has nineteen digits at least */
	char *quoted = malloc(*len + *len / 8 + 4);
	bool is_text = false;
	size_t n = 0;

	if (quoted == NULL)
		return NULL;
	while (json < end) {
		size_t digits = 0;

		if (!is_text && tree_is_digit(*json))
			digits = tree_big_digits(json, end);
		if (digits > 0) {
			quoted[n++] = '"';
			memcpy(quoted + n, json, digits);
			n += digits;
			quoted[n++] = '"';
			json += digits;
			continue;
		}
		/* a number that fits is copied as a whole, not digit by digit
		 */
		do {
			if (*json == '"')
				is_text = !is_text;
			if (is_text && *json == '\\' && json + 1 < end)
				quoted[n++] = *json++;
			quoted[n++] = *json++;
		} while (json < end && !is_text && tree_is_number(json[-1]) &&
			 tree_is_number(*json));
	}
	*len = n;
	return quoted;
}

json_t *tree_load(const char *json, size_t len)
{
	auto_free char *quoted = NULL;
	json_error_t error;
	json_t *tree = json_loadb(json, len, 0, &error);

	if (tree != NULL ||
	    json_error_code(&error) != json_error_numeric_overflow)
		return tree;
	quoted = tree_quote_big(json, &len);
	return quoted != NULL ? json_loadb(quoted, len, 0, NULL) : NULL;
}

uint64_t tree_get_u64(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);
	uint64_t number;

	if (json_is_integer(value) && json_integer_value(value) > 0)
		return (uint64_t)json_integer_value(value);
	if (json_is_string(value) &&
	    text_parse_u64(json_string_value(value), &number) == 0)
		return number;
	return 0;
}
