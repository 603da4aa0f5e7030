/* SPDX-License-Identifier: BSD-2-Clause */
/* Every snapshot below the configured parents, by name. */
#ifndef SCALE_CSI_VOLUME_ZPOOLS_H
#define SCALE_CSI_VOLUME_ZPOOLS_H

#include "nas/rpc.h"
#include "volume/service.h"

/* One listing of names per ZFS pool, since several parents may share one. */
struct zpools {
	struct rpc *rpcs;
	size_t n;
};

/* zpools_submit - ask for the names; then zpools_wait(). */
scale_status zpools_submit(struct call *call, const struct volumes *volumes,
			   struct zpools *ret);

/* zpools_finish - after the wait: the snapshots of datasets below a parent of
 * ours, sorted bytewise. */
scale_status zpools_finish(struct call *call, const struct volumes *volumes,
			   const struct zpools *zpools, const char ***ret_paths,
			   size_t *ret_n);

/* zpools_wait - for the listings and for one more call, which may be NULL. */
scale_status zpools_wait(struct call *call, const struct volumes *volumes,
			 const struct zpools *zpools, struct rpc *also);

#endif
