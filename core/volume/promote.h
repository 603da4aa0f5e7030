/* SPDX-License-Identifier: BSD-2-Clause */
/* Freeing a volume from the clones of its deleted snapshots. */
#ifndef SCALE_CSI_VOLUME_PROMOTE_H
#define SCALE_CSI_VOLUME_PROMOTE_H

#include "nas/snapshot.h"
#include "volume/service.h"

/*
 * promote_clone - hand the snapshots of @dataset over to the clone of the
 * newest one, so that the dataset can be destroyed; the volume stays usable.
 * Every one of @snapshots is deleted already and waits for its clones, or is a
 * helper (owner_is_helper), which is marked to go first.
 *
 * ZFS moves the origin and all older snapshots with their names
 * (vmrig.md 10.2), so the clone of the newest takes them all in one step.
 * Returns OK; FAILED_PRECONDITION with a sentence when the clone is not ours or
 * has a snapshot of the same name, and nothing was moved.
 */
scale_status promote_clone(struct call *call, const struct volumes *volumes,
			   const char *dataset,
			   const struct snapshot *snapshots, size_t n);

#endif
