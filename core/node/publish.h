/* SPDX-License-Identifier: BSD-2-Clause */
/* The two ways to publish a volume: a directory is bound, or a device node. */
#ifndef SCALE_CSI_NODE_PUBLISH_H
#define SCALE_CSI_NODE_PUBLISH_H

#include "node/node_impl.h"
#include "node/place.h"

/* Each of them: OK when the volume is at @target as asked for, also if it was.
 */
scale_status publish_files(struct call *call, struct subject *subject,
			   const struct node_volume *given,
			   const struct place *staged, struct place *target,
			   bool readonly);
scale_status publish_device(struct call *call, struct subject *subject,
			    const struct node_volume *given,
			    struct place *target, bool readonly);

/* publish_refuse_target - ALREADY_EXISTS: it is there, but otherwise. */
scale_status publish_refuse_target(struct call *call,
				   const struct subject *subject,
				   const struct place *target);

/*
 * publish_refuse_second - FAILED_PRECONDITION: the access mode allows one
 * target only, and @other is one.
 */
scale_status publish_refuse_second(struct call *call,
				   const struct subject *subject,
				   const struct mountinfo_entry *other);

/*
 * publish_is_single - whether a second target is refused.  Only
 * SINGLE_NODE_SINGLE_WRITER: with SINGLE_NODE_MULTI_WRITER advertised, the
 * other modes of one node come from no Kubernetes, and several pods of a node
 * share them everywhere else.
 */
bool publish_is_single(const struct node_volume *given);

/* publish_undo - after a failure: unmount and remove what was made. */
scale_status publish_undo(struct call *call, struct place *target);

#endif
