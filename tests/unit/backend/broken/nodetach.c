/* SPDX-License-Identifier: BSD-2-Clause */
/* It lacks a function that every node half has. */
#include "sample.h"

SAMPLE("nodetach", sample_node.detach = NULL)
