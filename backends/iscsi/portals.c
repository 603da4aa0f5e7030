/* SPDX-License-Identifier: BSD-2-Clause */
/* The addresses nodes log in at, written as one list. */
#include <string.h>

#include "iscsi.h"

#define PORTALS_MAX  128 /* of a value in a context */
#define PORT_DEFAULT "3260"

int iscsi_is_wildcard(const char *ip)
{
	return strcmp(ip, "0.0.0.0") == 0 || strcmp(ip, "::") == 0;
}

static int has_entry(const char *list, const char *entry)
{
	size_t len = strlen(entry);

	while (*list != '\0') {
		size_t n = strcspn(list, ",");

		if (n == len && strncmp(list, entry, n) == 0)
			return 1;
		list += n;
		list += *list == ',';
	}
	return 0;
}

/* A list that is full has enough to get in by. */
static const char *add_entry(struct scale_call *call, const char *list,
			     const char *entry)
{
	if (has_entry(list, entry) ||
	    strlen(list) + 1 + strlen(entry) > PORTALS_MAX)
		return list;
	return scale_text(call, "%s%s%s", list, *list != '\0' ? "," : "",
			  entry);
}

static const char *with_port(struct scale_call *call, const char *host,
			     const char *port)
{
	if (strchr(host, ':') != NULL && *host != '[')
		return scale_text(call, "[%s]:%s", host, port);
	return scale_text(call, "%s:%s", host, port);
}

const char *iscsi_portals_of(struct scale_call *call, const char *rows,
			     size_t row)
{
	const char *server = call->host->config(call, ISCSI_KEY_SERVER);
	const char *port = call->host->config(call, ISCSI_KEY_PORT);
	size_t n = call->host->json_count(call, rows,
					  scale_text(call, "/%zu/listen", row));
	const char *list = "";

	for (size_t i = 0; i < n; i++) {
		const char *ip = wave_text(
			call, rows,
			scale_text(call, "/%zu/listen/%zu/ip", row, i));
		const char *own = wave_text(
			call, rows,
			scale_text(call, "/%zu/listen/%zu/port", row, i));

		if (iscsi_is_wildcard(ip))
			ip = server != NULL ? server : "";
		if (port != NULL)
			own = port;
		if (*own == '\0')
			own = PORT_DEFAULT;
		if (*ip != '\0')
			list = add_entry(call, list, with_port(call, ip, own));
	}
	return list;
}

/* "a:1" and "[b]:1" have a port; "a", "[b]" and the address "c::d" have none.
 */
static int has_port(const char *entry)
{
	const char *colon = strchr(entry, ':');

	if (*entry == '[')
		return strstr(entry, "]:") != NULL;
	return colon != NULL && strchr(colon + 1, ':') == NULL;
}

const char *iscsi_portals_given(struct scale_call *call, const char *given)
{
	const char *port = call->host->config(call, ISCSI_KEY_PORT);
	const char *list = "";

	while (*given != '\0') {
		size_t len = strcspn(given, ", ");
		const char *entry = scale_text(call, "%.*s", (int)len, given);

		if (len > 0 && !has_port(entry))
			entry = with_port(call, entry,
					  port != NULL ? port : PORT_DEFAULT);
		if (len > 0)
			list = add_entry(call, list, entry);
		given += len;
		given += strspn(given, ", ");
	}
	return list;
}
