/* SPDX-License-Identifier: BSD-2-Clause */
/* Lets the backend attach a volume, and proves that it is the volume. */
#ifndef SCALE_CSI_NODE_ATTACH_H
#define SCALE_CSI_NODE_ATTACH_H

#include "node/device.h"
#include "node/node_impl.h"

/*
 * attach_files - name what is to be mounted for a volume of files.
 * @ret_attached: fs_type, sources and options.
 */
scale_status attach_files(struct call *call, struct subject *subject,
			  const struct node_volume *given,
			  struct scale_attached *ret_attached);

/*
 * attach_device - the device of a block volume: attached if it is not, and what
 * it says it is compared with "wwid" of the publish context before anybody
 * touches it.  Attached already: found again.
 */
scale_status attach_device(struct call *call, struct subject *subject,
			   const struct node_volume *given,
			   struct device *ret_device);

/*
 * attach_undo - after a stage that failed for good: detach, unless something of
 * the device is mounted or held.  CSI does not ask for an unstage after a final
 * error, and a session left behind would keep the volume from being deleted.
 * @device: what attach_device() gave; dev 0: it failed, and the backend's list
 *          says whether there is something to detach.
 * Returns the failure that is recorded in @call; UNAVAILABLE when the undoing
 * failed too, so that the CO comes again.
 */
scale_status attach_undo(struct call *call, struct subject *subject,
			 const struct device *device);

#endif
