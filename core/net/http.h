/* SPDX-License-Identifier: BSD-2-Clause */
/* A small HTTP server for health, readiness and metrics. */
#ifndef SCALE_CSI_NET_HTTP_H
#define SCALE_CSI_NET_HTTP_H

#include <stddef.h>

/* One page.  Runs on the HTTP loop's thread and must not block. */
struct http_page {
	const char *path; /* "/healthz" */
	/*
	 * Fill @ret_body (malloc'd text, freed by the server), its type, and
	 * return the HTTP status.
	 */
	int (*render)(void *arg, char **ret_body, const char **ret_type);
	void *arg;
};

struct http;

/*
 * http_start - listen on @listen ("127.0.0.1:9808", "[::1]:9808"; port 0 picks
 * one) and serve GET for @pages (ends with path NULL; copied).  Anything else
 * is 404 or 405; request bodies and lines above 4 KiB are refused. Returns 0,
 * or a negative errno with a sentence in @ret_error.
 */
int http_start(const char *listen, const struct http_page *pages,
	       struct http **ret_http, char *ret_error, size_t size);

int http_port(const struct http *http); /* the port in use */
void http_stop(struct http *http);      /* NULL is fine */

#endif
