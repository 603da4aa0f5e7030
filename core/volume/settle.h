/* SPDX-License-Identifier: BSD-2-Clause */
/* What must wait while a call sent earlier may still be executed. */
#ifndef SCALE_CSI_VOLUME_SETTLE_H
#define SCALE_CSI_VOLUME_SETTLE_H

#include "volume/service.h"

/*
 * A NAS up to 25.10 goes on with the calls of a lost connection (work/drain.h).
 * Each of these returns OK, or UNAVAILABLE with a sentence that says for how
 * long.  @id: a volume or snapshot id; @doing: "deleting volume".
 */

/* settle_check_change - before anything is made or changed: a removal sent
 * earlier, run late, would take what is made now. */
scale_status settle_check_change(struct call *call,
				 const struct volumes *volumes, const char *id,
				 const char *doing);

/*
 * settle_check_delete - before a delete: what was sent earlier may still come
 * to be, or may remove, by a number given out again, another one's export.
 */
scale_status settle_check_delete(struct call *call,
				 const struct volumes *volumes, const char *id,
				 const char *doing);

/* settle_check_gone - before OK is said to the delete of what is absent. */
scale_status settle_check_gone(struct call *call, const struct volumes *volumes,
			       const char *id, const char *doing);

#endif
