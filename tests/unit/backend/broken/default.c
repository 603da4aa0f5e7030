/* SPDX-License-Identifier: BSD-2-Clause */
/* Its default is outside of its own limits. */
#include "sample.h"

SAMPLE("default", sample_params[0].fallback = "65")
