/* SPDX-License-Identifier: BSD-2-Clause */
/* The one place that decides which code the caller of CSI hears. */
#include "csi/status.h"

/* What a reason is called when nothing has been left on the NAS. */
static scale_status status_when_clean(scale_status reason)
{
	switch (reason) {
	case SCALE_CANCELLED:
	case SCALE_INVALID_ARGUMENT:
	case SCALE_DEADLINE_EXCEEDED:
	case SCALE_NOT_FOUND:
	case SCALE_ALREADY_EXISTS:
	case SCALE_PERMISSION_DENIED:
	case SCALE_RESOURCE_EXHAUSTED:
	case SCALE_FAILED_PRECONDITION:
	case SCALE_ABORTED:
	case SCALE_OUT_OF_RANGE:
	case SCALE_UNIMPLEMENTED:
	case SCALE_UNAVAILABLE:
	case SCALE_UNAUTHENTICATED:
		return reason;
	case SCALE_UNKNOWN: /* sent and not answered: never leaves the process
			     */
		return SCALE_UNAVAILABLE;
	default:
		return SCALE_INTERNAL;
	}
}

scale_status status_for_caller(scale_status reason, enum ledger_state ledger)
{
	if (reason == SCALE_OK)
		return SCALE_OK;
	switch (ledger) {
	case LEDGER_CLEAN:
		return status_when_clean(reason);
	case LEDGER_DIRTY:      /* something is left: the retry must come */
	case LEDGER_UNANSWERED: /* something may be left, or may still come */
	default:
		return SCALE_UNAVAILABLE;
	}
}
