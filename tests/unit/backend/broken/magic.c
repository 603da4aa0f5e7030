/* SPDX-License-Identifier: BSD-2-Clause */
/* Its descriptor does not begin with the magic. */
#include "sample.h"

SAMPLE("magic", sample.magic = 0x12345678)
