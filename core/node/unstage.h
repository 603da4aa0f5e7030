/* SPDX-License-Identifier: BSD-2-Clause */
/* Unstaging a block volume, and what both ways say of lost data. */
#ifndef SCALE_CSI_NODE_UNSTAGE_H
#define SCALE_CSI_NODE_UNSTAGE_H

#include "node/node_impl.h"
#include "node/place.h"

/*
 * unstage_device - flush, unmount, detach; then prove that no superblock is
 * left.
 *
 * umount reports success although its last writes failed, so a syncfs comes
 * first and tells.  When the NAS is dead both hang and cannot be killed: once
 * the device's own transport says that it is down, the backend detaches, which
 * fails what waits, and then the unmount ends.  Data lost that way is an error,
 * told once: the next call finds nothing to do.
 *
 * @place: entry NULL: nothing of this volume is mounted there; it may still be
 *         attached, as a raw volume is.
 */
scale_status unstage_device(struct call *call, struct subject *subject,
			    struct place *place);

/* unstage_tell_lost - INTERNAL: it is over, but not all was written. */
scale_status unstage_tell_lost(struct call *call, const struct subject *subject,
			       const char *why);

#endif
