/* SPDX-License-Identifier: BSD-2-Clause */
/* It calls a function that nobody has. */
#include "sample.h"

int undefined_nowhere(void);

SAMPLE("undefined", sample.can = (uint32_t)undefined_nowhere())
