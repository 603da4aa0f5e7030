/* SPDX-License-Identifier: BSD-2-Clause */
/* The mode of a fresh volume's root directory. */
#ifndef SCALE_CSI_NODE_ROOT_MODE_H
#define SCALE_CSI_NODE_ROOT_MODE_H

#include "node/node_impl.h"
#include "node/place.h"

/*
 * root_mode_apply - give the root directory the mode that the volume context
 * names as "<backend>-mode", if the directory is as the NAS makes it: root's,
 * 0755 and empty.  Then nobody has used the volume or chosen a mode, and a pod
 * that is not root could not write.  No such key: nothing is done.
 *
 * Runs stat, find and chmod as children: the server may die at any moment.
 */
scale_status root_mode_apply(struct call *call, const struct subject *subject,
			     const struct place *place);

#endif
