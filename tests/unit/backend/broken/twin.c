/* SPDX-License-Identifier: BSD-2-Clause */
/* It claims the id prefix of good. */
#include "sample.h"

SAMPLE("twin", (void)0)
