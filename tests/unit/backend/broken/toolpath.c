/* SPDX-License-Identifier: BSD-2-Clause */
/* Its tool is not a bare name. */
#include "sample.h"

static const char *const tools[] = {"/bin/sh", NULL};

SAMPLE("toolpath", sample.tools = tools)
