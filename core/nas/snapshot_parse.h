/* SPDX-License-Identifier: BSD-2-Clause */
/* Rows of the NAS about snapshots. */
#ifndef SCALE_CSI_NAS_SNAPSHOT_PARSE_H
#define SCALE_CSI_NAS_SNAPSHOT_PARSE_H

#include <stddef.h>

#include "nas/snapshot.h"

/*
 * snapshot_parse - from a row of pool.snapshot.query or the reply of
 * pool.snapshot.create, everything copied into @arena.  User properties are
 * those whose name has a colon.
 * Returns 0, -EBADMSG, or -ENOMEM.
 */
int snapshot_parse(struct arena *arena, const char *json, size_t len,
		   struct snapshot *ret);

#endif
