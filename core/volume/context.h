/* SPDX-License-Identifier: BSD-2-Clause */
/* The volume context: what a node learns of a volume, for ever. */
#ifndef SCALE_CSI_VOLUME_CONTEXT_H
#define SCALE_CSI_VOLUME_CONTEXT_H

#include "volume/subject.h"

#define CONTEXT_VERSION "1"

/*
 * context_compose - what the backend put, its node parameters under their own
 * keys, and over both the core's: scale-context, protocol, filesystem,
 * content-source, "<backend>-mode".
 * @filesystem: "" for none.  @source_type: "" for a blank volume.
 */
scale_status context_compose(struct call *call, struct subject *subject,
			     const char *filesystem, const char *source_type,
			     struct scale_map *ret_context);

#endif
