/* SPDX-License-Identifier: BSD-2-Clause */
/* It was built for another major. */
#include "sample.h"

SAMPLE("major", sample.abi_major = SCALE_ABI_MAJOR + 7)
