/* SPDX-License-Identifier: BSD-2-Clause */
/* It has neither half. */
#include "sample.h"

SAMPLE("nohalves", sample.controller = NULL; sample.node = NULL)
