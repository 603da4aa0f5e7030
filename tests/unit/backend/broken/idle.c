/* SPDX-License-Identifier: BSD-2-Clause */
/* It can export nothing. */
#include "sample.h"

SAMPLE("idle", sample.can = 0)
