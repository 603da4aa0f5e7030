/* SPDX-License-Identifier: BSD-2-Clause */
/* Its controller table is smaller than that of minor 0. */
#include "sample.h"

SAMPLE("smallcontroller", sample_controller.struct_size = 16)
