/* SPDX-License-Identifier: BSD-2-Clause */
/* getifaddrs(), less what no NAS ever sees. */
#include "node/addresses.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>

#include "base/text.h"

#define LIST_BYTES 1024 /* more than a node id can take */

/* What container runtimes and network plugins call their interfaces. */
static const char *const internal_prefixes[] = {
	"veth",         "cali",   "cni",  "docker",  "br-",
	"flannel",      "cilium", "lxc",  "virbr",   "kube-",
	"nodelocaldns", "vxlan.", "tunl", "antrea-", "ovn-",
	"genev_sys",    NULL};

int addresses_is_internal(const char *interface)
{
	for (size_t i = 0; internal_prefixes[i] != NULL; i++)
		if (text_starts(interface, internal_prefixes[i]))
			return 1;
	return 0;
}

static void put(struct text *list, const char *address)
{
	size_t before = list->len;

	if (list->len > 0)
		text_put_char(list, ',');
	text_put(list, address);
	if (list->overflow) { /* whole addresses only */
		list->len = before;
		list->buf[before] = '\0';
	}
}

static bool is_usable(const struct ifaddrs *it, int family)
{
	return it->ifa_addr != NULL && it->ifa_addr->sa_family == family &&
	       (it->ifa_flags & IFF_UP) != 0 &&
	       (it->ifa_flags & IFF_LOOPBACK) == 0 &&
	       !addresses_is_internal(it->ifa_name);
}

static void put_v4(struct text *list, const struct ifaddrs *it)
{
	struct sockaddr_in address;
	char name[INET_ADDRSTRLEN];
	uint32_t host;

	memcpy(&address, it->ifa_addr, sizeof(address));
	host = ntohl(address.sin_addr.s_addr);
	if (host >> 16 == 0xa9fe) /* 169.254.0.0/16, link-local */
		return;
	if (inet_ntop(AF_INET, &address.sin_addr, name, sizeof(name)) != NULL)
		put(list, name);
}

static void put_v6(struct text *list, const struct ifaddrs *it)
{
	struct sockaddr_in6 address;
	char name[INET6_ADDRSTRLEN];

	memcpy(&address, it->ifa_addr, sizeof(address));
	if (IN6_IS_ADDR_LINKLOCAL(&address.sin6_addr))
		return;
	if (inet_ntop(AF_INET6, &address.sin6_addr, name, sizeof(name)) != NULL)
		put(list, name);
}

static void put_interfaces(struct text *list)
{
	struct ifaddrs *all;

	if (getifaddrs(&all) == -1)
		return; /* a node id without addresses is one too */
	for (const struct ifaddrs *it = all; it != NULL; it = it->ifa_next)
		if (is_usable(it, AF_INET))
			put_v4(list, it);
	for (const struct ifaddrs *it = all; it != NULL; it = it->ifa_next)
		if (is_usable(it, AF_INET6))
			put_v6(list, it);
	freeifaddrs(all);
}

const char *addresses_join(struct arena *arena, const char *const *given)
{
	char *buf = arena_alloc(arena, LIST_BYTES);
	struct text list;

	if (buf == NULL)
		return NULL;
	text_init(&list, buf, LIST_BYTES);
	if (given == NULL)
		put_interfaces(&list);
	for (; given != NULL && *given != NULL; given++)
		put(&list, *given);
	return buf;
}
