/* SPDX-License-Identifier: BSD-2-Clause */
/* Host names to addresses, on a thread of its own, with a deadline. */
#ifndef SCALE_CSI_NET_RESOLVE_H
#define SCALE_CSI_NET_RESOLVE_H

#include <stddef.h>
#include <stdint.h>

/*
 * getaddrinfo() blocks and cannot be cancelled, so one thread does it for
 * everybody; whoever gives up leaves it to finish into the void.
 */
struct resolver;

int resolver_new(struct resolver **ret_resolver);
void resolver_free(
	struct resolver *resolver); /* stops it first; NULL is fine */

/*
 * resolver_stop - wait for a lookup under way and end the thread: no callback
 * comes afterwards, and what is asked from then on stays unanswered.
 */
void resolver_stop(struct resolver *resolver);

/*
 * resolver_find - numeric addresses of @host ("10.0.0.5", "2001:db8::1"), at
 * most
 * @max of 46-byte texts, IPv4 and IPv6 in the system's order.  A literal is
 * answered at once.
 * Returns how many, -ETIMEDOUT at @deadline_ns, -ENOENT when the name does not
 * exist, -EAGAIN when name service failed.
 */
int resolver_find(struct resolver *resolver, const char *host,
		  int64_t deadline_ns, char (*ret_addresses)[46], size_t max);

/*
 * resolver_start - the same without waiting: @done is called on the resolver's
 * thread with what resolver_find() would have returned.
 */
int resolver_start(struct resolver *resolver, const char *host,
		   void (*done)(void *arg, int result,
				const char (*addresses)[46]),
		   void *arg);

#endif
