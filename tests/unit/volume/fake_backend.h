/* SPDX-License-Identifier: BSD-2-Clause */
/* Two backends for the volume verbs, linked in place of backend/invoke.h. */
#ifndef SCALE_CSI_TEST_VOLUME_FAKE_BACKEND_H
#define SCALE_CSI_TEST_VOLUME_FAKE_BACKEND_H

#include "backend/invoke.h"
#include "backend/table.h"

struct fake_backend {
	scale_status fails; /* what the next invocation comes to, after it
			     * asked for the path */
	bool is_deaf;       /* never asks export_path() */
	bool works_ahead;   /* makes an object before it asks, and removes
			     * it again when the answer is no */
	const char *hint;   /* put as STATE "share_id" */
	bool has_export;    /* of whatever volume */
	unsigned int created, destroyed, published, unpublished, resized;
	struct scale_volume
		seen;  /* the last volume, as it was after settling */
	char mode[64]; /* its parameter `mode` at that time */
};

extern struct fake_backend fake_backend;
extern const struct backend_table fake_table; /* iscsi, nfs */

void fake_backend_reset(void);

#endif
