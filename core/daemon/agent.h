/* SPDX-License-Identifier: BSD-2-Clause */
/* The node program's life: start, serve, stop. */
#ifndef SCALE_CSI_DAEMON_AGENT_H
#define SCALE_CSI_DAEMON_AGENT_H

#include "daemon/controller.h"

/* agent_serve - as controller_serve(), on a node, without a NAS. */
int agent_serve(const struct serve_options *options);

#endif
