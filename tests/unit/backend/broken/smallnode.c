/* SPDX-License-Identifier: BSD-2-Clause */
/* Its node table is smaller than that of minor 0. */
#include "sample.h"

SAMPLE("smallnode", sample_node.struct_size = 16)
