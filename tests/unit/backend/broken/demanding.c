/* SPDX-License-Identifier: BSD-2-Clause */
/* It needs a host that is newer than this one. */
#include "sample.h"

SAMPLE("demanding", sample.host_minor_min = SCALE_ABI_MINOR + 5)
