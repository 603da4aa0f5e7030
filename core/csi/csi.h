/* SPDX-License-Identifier: BSD-2-Clause */
/* What the verbs need to know of the process they run in. */
#ifndef SCALE_CSI_CSI_CSI_H
#define SCALE_CSI_CSI_CSI_H

#include "node/node.h"
#include "volume/volume.h"

/* Constant while the server runs. */
struct csi {
	const char *driver; /* the name of the driver: "csi.scale.io" */
	const char *version;
	struct volumes *volumes; /* the controller's; NULL on a node */
	struct node *node;       /* the node's; NULL on the controller */
	int64_t max_volumes;     /* per node; 0: no limit told */
};

#endif
