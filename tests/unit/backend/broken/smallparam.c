/* SPDX-License-Identifier: BSD-2-Clause */
/* Its parameters are smaller than those of minor 0. */
#include "sample.h"

SAMPLE("smallparam", sample.param_size = 8)
