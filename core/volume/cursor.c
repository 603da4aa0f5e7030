/* SPDX-License-Identifier: BSD-2-Clause */
/* The tokens between two pages of a list. */
#include "volume/cursor.h"

#include <string.h>

#include "base/sha256.h"
#include "base/text.h"

#define TOKEN_PREFIX "v1-"
#define SUM_DIGITS   8

static void checksum(const char *path, char *ret_hex)
{
	sha256_hex(path, SUM_DIGITS, ret_hex);
}

const char *cursor_format(struct call *call, const char *path)
{
	char hex[SUM_DIGITS + 1];

	checksum(path, hex);
	return call_printf(call, "%s%s-%s", TOKEN_PREFIX, hex, path);
}

scale_status cursor_parse(struct call *call, const char *token,
			  const char **ret_path)
{
	const size_t head = strlen(TOKEN_PREFIX) + SUM_DIGITS + 1;
	char hex[SUM_DIGITS + 1];

	*ret_path = "";
	if (token[0] == '\0')
		return SCALE_OK;
	if (text_starts(token, TOKEN_PREFIX) && strlen(token) > head &&
	    token[head - 1] == '-') {
		checksum(token + head, hex);
		if (strncmp(token + strlen(TOKEN_PREFIX), hex, SUM_DIGITS) ==
		    0) {
			*ret_path = token + head;
			return SCALE_OK;
		}
	}
	return call_fail(
		call, SCALE_ABORTED,
		"the list cannot go on: the token is not one that this "
		"driver gave, begin anew without one");
}

size_t cursor_skip(const char *const *paths, size_t n, const char *path)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(paths[middle], path) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}
