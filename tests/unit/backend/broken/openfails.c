/* SPDX-License-Identifier: BSD-2-Clause */
/* Its open() fails. */
#include "sample.h"

static scale_status refuse(struct scale_call *call, void **self)
{
	(void)self;
	return scale_fail(call, SCALE_FAILED_PRECONDITION,
			  "the moon is not full");
}

SAMPLE("openfails", (sample.open = refuse, sample.id_prefix = "scale-moon"))
