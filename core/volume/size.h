/* SPDX-License-Identifier: BSD-2-Clause */
/* How large a volume becomes for what was asked. */
#ifndef SCALE_CSI_VOLUME_SIZE_H
#define SCALE_CSI_VOLUME_SIZE_H

#include <stdint.h>

#include "work/call.h"

/* What the NAS uses when no volblocksize is named (dRAID pools excepted). */
#define SIZE_VOLBLOCK_DEFAULT (16u << 10)
#define SIZE_DEFAULT          (UINT64_C(1) << 30)
#define SIZE_MAX_BYTES        (UINT64_C(1) << 50)

/*
 * size_choose - the smallest size of at least @required_bytes that a zvol or a
 * file system can have: a multiple of the volblocksize, 1 MiB at least; a quota
 * of 1 GiB at least, since pool.dataset.create takes no smaller refquota
 * (truenas-api: refquota is 0 or >= 1073741824).
 * @required_bytes: 0: SIZE_DEFAULT, or the limit if that is less.
 * @limit_bytes: 0: none.
 * @volblocksize_bytes: 0: the default.
 * Returns OK; OUT_OF_RANGE with a sentence when no size fits.
 */
scale_status size_choose(struct call *call, uint32_t kind,
			 uint64_t volblocksize_bytes, uint64_t required_bytes,
			 uint64_t limit_bytes, uint64_t *ret_bytes);

/* size_text - "10 GiB", or bytes where that is not exact; NULL when out. */
const char *size_text(struct call *call, uint64_t bytes);

#endif
