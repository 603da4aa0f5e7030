/* SPDX-License-Identifier: BSD-2-Clause */
/* Which address of the NAS to try next. */
#ifndef SCALE_CSI_NAS_LINK_DIAL_H
#define SCALE_CSI_NAS_LINK_DIAL_H

#include <stddef.h>

#include "nas/url.h"

#define DIAL_ADDRESS_BYTES 46

/*
 * Goes round the addresses of a name and asks for them anew after each round.
 * While name service is out, those found last are tried again.  Used by the
 * loop's thread but for its own resolver thread.
 */
struct dial;

/* dial_new - @woken(@arg) on another thread when dial_next() may go on. */
int dial_new(const struct nas_url *endpoint, void (*woken)(void *arg),
	     void *arg, struct dial **ret_dial);

/* dial_stop - no woken() afterwards; while dial_next() may still be called. */
void dial_stop(struct dial *dial);
void dial_free(struct dial *dial); /* nobody uses it any more; NULL is fine */

/*
 * dial_next - the address to try.
 * Returns 0; -EAGAIN: ask again once woken; or another negative errno with a
 * sentence in @ret_why, after which the next call begins anew.  Plain
 * connections get loopback addresses only.
 */
int dial_next(struct dial *dial, char ret_address[DIAL_ADDRESS_BYTES],
	      char *ret_why, size_t size);

#endif
