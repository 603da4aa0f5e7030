/* SPDX-License-Identifier: BSD-2-Clause */
/* It says that it can fence and has no unpublish. */
#include "sample.h"

SAMPLE("nofence", sample.can |= SCALE_CAN_FENCE)
