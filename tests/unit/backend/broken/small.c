/* SPDX-License-Identifier: BSD-2-Clause */
/* Its descriptor is smaller than that of minor 0. */
#include "sample.h"

SAMPLE("small", sample.struct_size = 64)
