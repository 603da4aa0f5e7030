/* SPDX-License-Identifier: BSD-2-Clause */
/* Takes the URL of the NAS apart. */
#include "nas/url.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* "host", "host:8443", "[2001:db8::1]:8443": splits at @authority's end. */
static int split_authority(const char *authority, size_t len,
			   struct nas_url *endpoint)
{
	const char *host = authority, *end = authority + len, *port = NULL;
	size_t host_len = len;
	char digits[8];
	uint64_t number;

	if (len > 0 && host[0] == '[') {
		const char *close = memchr(host, ']', len);

		if (close == NULL || (close + 1 < end && close[1] != ':'))
			return -EINVAL;
		host++;
		host_len = (size_t)(close - host);
		port = close + 1 < end ? close + 2 : NULL;
	} else {
		const char *colon = memchr(host, ':', len);

		if (colon != NULL) {
			host_len = (size_t)(colon - host);
			port = colon + 1;
		}
	}
	if (host_len == 0 || host_len > 253)
		return -EINVAL;
	if (port != NULL) {
		size_t n = (size_t)(end - port);

		if (n == 0 || n >= sizeof(digits))
			return -EINVAL;
		memcpy(digits, port, n);
		digits[n] = '\0';
		if (text_parse_u64(digits, &number) != 0 || number == 0 ||
		    number > 65535)
			return -EINVAL;
		endpoint->port = (uint16_t)number;
	}
	endpoint->host = strndup(host, host_len);
	return endpoint->host != NULL ? 0 : -ENOMEM;
}

static bool is_address(const char *host, int family)
{
	unsigned char raw[16];

	return inet_pton(family, host, raw) == 1;
}

static bool is_host_name(const char *host)
{
	return strspn(host, "abcdefghijklmnopqrstuvwxyz"
			    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_") ==
	       strlen(host);
}

static int make_authority(struct nas_url *endpoint, bool is_default_port)
{
	const char *format =
		strchr(endpoint->host, ':') != NULL ? "[%s]" : "%s";
	char buf[300];
	struct text text;

	text_init(&text, buf, sizeof(buf));
	if (format[0] == '[')
		text_printf(&text, "[%s]", endpoint->host);
	else
		text_put(&text, endpoint->host);
	if (!is_default_port)
		text_printf(&text, ":%u", endpoint->port);
	endpoint->authority = strdup(buf);
	return endpoint->authority != NULL ? 0 : -ENOMEM;
}

static int parse(const char *url, struct nas_url *endpoint)
{
	const char *authority = strstr(url, "://");
	uint16_t port;
	size_t len;
	int rc;

	endpoint->is_tls = text_starts(url, "wss://");
	if (authority == NULL ||
	    (!endpoint->is_tls && !text_starts(url, "ws://")))
		return -EINVAL;
	authority += 3;
	len = strcspn(authority, "/?#");
	port = endpoint->port = endpoint->is_tls ? 443 : 80;
	rc = split_authority(authority, len, endpoint);
	if (rc != 0)
		return rc;
	endpoint->is_literal = is_address(endpoint->host, AF_INET) ||
			       is_address(endpoint->host, AF_INET6);
	if (!endpoint->is_literal && !is_host_name(endpoint->host))
		return -EINVAL;
	rc = make_authority(endpoint, endpoint->port == port);
	if (rc != 0)
		return rc;
	if (authority[len] != '\0' && authority[len] != '/')
		return -EINVAL;
	if (strpbrk(authority + len, " ?#") != NULL)
		return -EINVAL;
	endpoint->path =
		strdup(authority[len] != '\0' && authority[len + 1] != '\0'
			       ? authority + len
			       : "/api/current");
	return endpoint->path != NULL ? 0 : -ENOMEM;
}

int nas_url_parse(const char *url, struct nas_url *ret_endpoint,
		  char *ret_error, size_t size)
{
	struct nas_url endpoint = {0};
	int rc = parse(url, &endpoint);

	if (rc == 0) {
		*ret_endpoint = endpoint;
		return 0;
	}
	nas_url_done(&endpoint);
	(void)snprintf(
		ret_error, size,
		rc == -ENOMEM ? "no memory left to read the NAS address"
			      : "the NAS address '%.200s' is no WebSocket URL: "
				"write it like wss://nas.example/api/current",
		url);
	return rc;
}

void nas_url_done(struct nas_url *endpoint)
{
	free(endpoint->host);
	free(endpoint->authority);
	free(endpoint->path);
	*endpoint = (struct nas_url){0};
}

bool nas_url_is_loopback(const char *address)
{
	struct in6_addr six;
	struct in_addr four;

	if (inet_pton(AF_INET, address, &four) == 1)
		return (ntohl(four.s_addr) >> 24) == 127;
	return inet_pton(AF_INET6, address, &six) == 1 &&
	       IN6_IS_ADDR_LOOPBACK(&six);
}
