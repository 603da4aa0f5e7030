/* SPDX-License-Identifier: BSD-2-Clause */
/* The one place that decides which code the caller of CSI hears. */
#ifndef SCALE_CSI_CSI_STATUS_H
#define SCALE_CSI_CSI_STATUS_H

#include <scale_backend.h>

#include "work/ledger.h"

/*
 * status_for_caller - the gRPC code for an operation that ended with @reason
 * while its ledger stood at @ledger.
 *
 * The provisioner takes every code but Canceled, DeadlineExceeded, Unavailable
 * and Aborted as final and then forgets the volume (external-provisioner,
 * checkError), so a final code is only heard when nothing can be left behind.
 */
scale_status status_for_caller(scale_status reason, enum ledger_state ledger);

#endif
