/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the NAS is: the parts of its URL. */
#ifndef SCALE_CSI_NAS_URL_H
#define SCALE_CSI_NAS_URL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Texts belong to the url. */
struct nas_url {
	bool is_tls;
	bool is_literal; /* host is an address */
	uint16_t port;
	char *host;      /* without brackets */
	char *authority; /* for the Host header: brackets, port unless default
			  */
	char *path;      /* "/api/current" */
};

/*
 * nas_url_parse - "wss://nas.example[:443]/api/current", "ws://[::1]:8080".
 * Without a path: "/api/current" (never an older version: truenas-api.md 1.8).
 * Returns 0, -ENOMEM, or -EINVAL with a sentence in @ret_error.
 */
int nas_url_parse(const char *url, struct nas_url *ret_url, char *ret_error,
		  size_t size);
void nas_url_done(struct nas_url *url);

/* nas_url_is_loopback - whether the numeric @address is 127/8 or ::1. */
bool nas_url_is_loopback(const char *address);

#endif
