/* SPDX-License-Identifier: BSD-2-Clause */
/* Nothing is wrong with it. */
#include "sample.h"

SAMPLE("good", (void)0)
