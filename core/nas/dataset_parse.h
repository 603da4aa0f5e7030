/* SPDX-License-Identifier: BSD-2-Clause */
/* Rows of the NAS about datasets, in both shapes it has for them. */
#ifndef SCALE_CSI_NAS_DATASET_PARSE_H
#define SCALE_CSI_NAS_DATASET_PARSE_H

#include <stddef.h>

#include "nas/dataset.h"

/*
 * The properties that a read asks for, as a JSON array.  Those that a kind of
 * dataset does not have are left out by the NAS.
 */
#define DATASET_PROPERTIES                                                     \
	"[\"volsize\",\"volblocksize\",\"refquota\",\"available\",\"used\","   \
	"\"origin\",\"mountpoint\",\"keystatus\",\"receive_resume_token\"]"

/*
 * dataset_parse - from a row of zfs.resource.query ({properties: {used:
 * {raw}}}, user properties as texts) or of pool.dataset.* ({used: {rawvalue}},
 * user properties as objects), everything copied into @arena. Returns 0,
 * -EBADMSG, or -ENOMEM.
 */
int dataset_parse(struct arena *arena, const char *json, size_t len,
		  struct dataset *ret);

#endif
