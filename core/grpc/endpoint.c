/* SPDX-License-Identifier: BSD-2-Clause */
/* Turns an endpoint into a socket's path. */
#include "grpc/endpoint.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Longer endpoints are cut in the sentences about them. */
#define SHOWN 200

static const char *after_scheme(const char *endpoint)
{
	static const char *const schemes[] = {"unix://", "unix:"};

	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		size_t len = strlen(schemes[i]);
		if (strncmp(endpoint, schemes[i], len) == 0)
			return endpoint + len;
	}
	return endpoint;
}

static int refuse(char *ret_why, int error, const char *endpoint,
		  const char *reason)
{
	(void)snprintf(ret_why, ENDPOINT_WHY_BYTES,
		       "the endpoint '%.*s' cannot be used: %s", SHOWN,
		       endpoint, reason);
	return -error;
}

int endpoint_parse(const char *endpoint, char ret_path[ENDPOINT_PATH_BYTES],
		   char ret_why[ENDPOINT_WHY_BYTES])
{
	static const char suffix[] = ".sock";
	const size_t suffix_len = sizeof(suffix) - 1;
	const char *path = after_scheme(endpoint);
	size_t len = strlen(path);

	if (path[0] != '/' && strncmp(endpoint, "unix://", 7) == 0)
		return refuse(ret_why, EINVAL, endpoint,
			      "a path needs a third slash, as in "
			      "'unix:///csi/csi.sock'");
	if (path[0] != '/')
		return refuse(ret_why, EINVAL, endpoint,
			      "only unix sockets with an absolute path are "
			      "served, as in 'unix:///csi/csi.sock'");
	if (len < suffix_len + 2 ||
	    strcmp(path + len - suffix_len, suffix) != 0 ||
	    path[len - suffix_len - 1] == '/')
		return refuse(ret_why, EINVAL, endpoint,
			      "the name of a CSI socket ends in '.sock'");
	if (len >= ENDPOINT_PATH_BYTES)
		return refuse(ret_why, ENAMETOOLONG, endpoint,
			      "a socket path has at most 107 bytes");

	memcpy(ret_path, path, len + 1);
	return 0;
}
