/* SPDX-License-Identifier: BSD-2-Clause */
/* Nothing is wrong with it; it takes one call at a time. */
#include "sample.h"

SAMPLE("serial",
       (sample.thread_model = SCALE_SERIAL, sample.id_prefix = "scale-serial"))
