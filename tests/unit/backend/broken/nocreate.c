/* SPDX-License-Identifier: BSD-2-Clause */
/* It lacks a function that every controller half has. */
#include "sample.h"

SAMPLE("nocreate", sample_controller.create = NULL)
