/* SPDX-License-Identifier: BSD-2-Clause */
/* What a tool is asked on its standard input: lines of key=value. */
#ifndef SCALE_CSI_BACKENDS_BLOCK_REQUEST_H
#define SCALE_CSI_BACKENDS_BLOCK_REQUEST_H

#include <stddef.h>

#define REQUEST_MAX 8192

/* Holds what may be secret: wiped by request_done(). */
struct request {
	char text[REQUEST_MAX + 1];
	size_t len;
};

/* request_read - all of standard input; 0, -E2BIG or another negative errno. */
int request_read(struct request *request);

/*
 * request_get - the value of @key, in @request; NULL if there is none or it is
 * empty.  The last line with the key counts.
 */
const char *request_get(const struct request *request, const char *key);

/* request_number - the value as a number; @fallback if there is none.
 * -1: it is none, or not below @most. */
long request_number(const struct request *request, const char *key,
		    long fallback, long most);

void request_done(struct request *request);

#endif
