/* SPDX-License-Identifier: BSD-2-Clause */
/* What a volume on the NAS looks like to CSI. */
#ifndef SCALE_CSI_VOLUME_INFO_H
#define SCALE_CSI_VOLUME_INFO_H

#include "nas/dataset.h"
#include "volume/record.h"
#include "volume/volume.h"

/*
 * info_fill - id, size, source and nodes, copied into @arena.  The volume
 * context stays empty: a part of it is the backend's and not kept on the NAS,
 * and CSI wants the same context every time or none.
 * Returns 0 or -ENOMEM.
 */
int info_fill(struct call *call, struct arena *arena,
	      const struct dataset *dataset, const struct volume_record *record,
	      struct volume_info *ret_info);

/* info_bytes - about how much of a reply it takes. */
size_t info_bytes(const struct volume_info *info);

#endif
