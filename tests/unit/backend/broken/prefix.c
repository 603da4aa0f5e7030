/* SPDX-License-Identifier: BSD-2-Clause */
/* Its id prefix is not one. */
#include "sample.h"

SAMPLE("prefix", sample.id_prefix = "Scale:")
