/* SPDX-License-Identifier: BSD-2-Clause */
/* The addresses under which this node reaches a NAS. */
#ifndef SCALE_CSI_NODE_ADDRESSES_H
#define SCALE_CSI_NODE_ADDRESSES_H

#include "base/arena.h"

/*
 * addresses_join - "10.0.0.7,fd00::7": @given (ends in NULL), or if it is NULL
 * those of the interfaces that are up, IPv4 first, without loopback, link-local
 * and multicast, and without interfaces that lead to pods and containers only.
 * Returns a text in @arena ("" for none), or NULL when memory is out.
 */
const char *addresses_join(struct arena *arena, const char *const *given);

/* addresses_is_internal - whether an interface of this name leads to pods only.
 */
int addresses_is_internal(const char *interface);

#endif
