/* SPDX-License-Identifier: BSD-2-Clause */
/* What a tool is asked on its standard input: lines of key=value. */
#include "request.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int request_read(struct request *request)
{
	request->len = 0;
	for (;;) {
		ssize_t n = read(STDIN_FILENO, request->text + request->len,
				 REQUEST_MAX - request->len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		request->len += (size_t)n;
		if (request->len == REQUEST_MAX)
			return -E2BIG;
	}
	/* each line a text of its own */
	request->text[request->len] = '\0';
	for (size_t i = 0; i < request->len; i++)
		if (request->text[i] == '\n')
			request->text[i] = '\0';
	return 0;
}

const char *request_get(const struct request *request, const char *key)
{
	size_t len = strlen(key), at = 0;
	const char *found = NULL;

	while (at < request->len) {
		const char *line = request->text + at;

		if (strncmp(line, key, len) == 0 && line[len] == '=')
			found = line + len + 1;
		at += strlen(line) + 1;
	}
	return found != NULL && *found != '\0' ? found : NULL;
}

long request_number(const struct request *request, const char *key,
		    long fallback, long most)
{
	const char *text = request_get(request, key);
	char *end;
	long number;

	if (text == NULL)
		return fallback;
	errno = 0;
	number = strtol(text, &end, 10);
	if (errno != 0 || *end != '\0' || number < 0 || number > most)
		return -1;
	return number;
}

void request_done(struct request *request)
{
	explicit_bzero(request, sizeof(*request));
}
