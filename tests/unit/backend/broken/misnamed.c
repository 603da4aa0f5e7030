/* SPDX-License-Identifier: BSD-2-Clause */
/* It calls itself otherwise than its file. */
#include "sample.h"

SAMPLE("other", (void)0)
