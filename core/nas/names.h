/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists of names out of long answers. */
#ifndef SCALE_CSI_NAS_NAMES_H
#define SCALE_CSI_NAS_NAMES_H

#include <stddef.h>

#include "nas/rpc.h"

/*
 * names_read - the "name" of every row of @rpc's result but @except (may be
 * NULL), sorted bytewise, in @call's arena.  Read where the answer lies.
 * Returns OK, INTERNAL when the answer is no list of rows, or memory's status.
 */
scale_status names_read(struct call *call, const struct rpc *rpc,
			const char *except, const char ***ret_names,
			size_t *ret_n);

#endif
