/* SPDX-License-Identifier: BSD-2-Clause */
/* What differs between TrueNAS releases, asked for as abilities. */
#ifndef SCALE_CSI_NAS_RELEASE_H
#define SCALE_CSI_NAS_RELEASE_H

#include <stdbool.h>
#include <stdint.h>

/* Chosen once after login; code above never compares versions. */
struct release {
	uint32_t number;            /* the first release of this row: 251000 */
	bool has_nvmet;             /* 25.10 */
	bool has_resource_query;    /* zfs.resource.query, 25.10 */
	bool has_resource_destroy;  /* zfs.resource.destroy, 26 */
	bool has_resource_snapshot; /* zfs.resource.snapshot.*, 26 */
	bool clones_take_user;      /* dataset_properties may hold user
				     * properties: <= 25.10 */
	bool delete_may_lie;        /* pool.dataset.delete: true, not done */
	bool cancels_lost_calls;    /* 26: a lost socket cancels its calls */
	bool has_service_control;   /* 25.10 */
};

/*
 * release_parse - "TrueNAS-25.10.5", "TrueNAS-26.0.0-BETA.1" to 251005, 260000;
 * 0 when it is none of these forms.
 */
uint32_t release_parse(const char *version);

/* release_find - the abilities of @number; NULL when it is too old (< 25.04).
 */
const struct release *release_find(uint32_t number);

/*
 * release_has_method - whether release @number (251005) serves @method, as far
 * as releases are known to differ; true for everything else.
 */
bool release_has_method(uint32_t number, const char *method);

#endif
