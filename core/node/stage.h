/* SPDX-License-Identifier: BSD-2-Clause */
/* The two ways to stage a volume: files are mounted, a device is prepared. */
#ifndef SCALE_CSI_NODE_STAGE_H
#define SCALE_CSI_NODE_STAGE_H

#include "node/node_impl.h"
#include "node/place.h"

/* Each of them: OK when @place is staged as @given asks for, also if it was. */
scale_status stage_files(struct call *call, struct subject *subject,
			 const struct node_volume *given, struct place *place);
scale_status stage_device(struct call *call, struct subject *subject,
			  const struct node_volume *given, struct place *place);

/* stage_refuse_other - ALREADY_EXISTS: something else is mounted at @place. */
scale_status stage_refuse_other(struct call *call,
				const struct subject *subject,
				const struct place *place);

/* stage_check_same - whether what is mounted there is as read-only as asked. */
scale_status stage_check_same(struct call *call, const struct subject *subject,
			      const struct node_volume *given,
			      const struct place *place);

#endif
