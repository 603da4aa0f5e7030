/* SPDX-License-Identifier: BSD-2-Clause */
/* It has a mutable parameter and no modify. */
#include "sample.h"

SAMPLE("nomodify", sample_params[0].flags |= SCALE_PARAM_MUTABLE)
