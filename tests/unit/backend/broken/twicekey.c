/* SPDX-License-Identifier: BSD-2-Clause */
/* It declares a key twice. */
#include "sample.h"

SAMPLE("twicekey", sample_params[1].key = "blocks")
