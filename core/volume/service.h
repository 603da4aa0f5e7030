/* SPDX-License-Identifier: BSD-2-Clause */
/* The controller's state and the way from an id to what it names. */
#ifndef SCALE_CSI_VOLUME_SERVICE_H
#define SCALE_CSI_VOLUME_SERVICE_H

#include "backend/id.h"
#include "volume/volume.h"

/* Constant after volumes_new(), texts included. */
struct volumes {
	struct arena *arena; /* owns every text and array below */
	const char *driver, *instance, *cluster;
	const struct volume_pool *pools;
	size_t n_pools;
	const struct backend_table *backends;
	struct nas *nas;
	struct host *host;
	struct log *log;
};

/* volumes_find_pool - by name; NULL or "" is the first one.  NULL: none. */
const struct volume_pool *volumes_find_pool(const struct volumes *volumes,
					    const char *name);

/* volumes_pool_of - whose parent @dataset lies below; NULL: none. */
const struct volume_pool *volumes_pool_of(const struct volumes *volumes,
					  const char *dataset);

/* What a volume or snapshot id names; texts live in the call's arena. */
struct volume_ref {
	struct id id;
	struct backend *backend;
	const struct volume_pool *pool;
	uint32_t kind; /* SCALE_FILESYSTEM or SCALE_BLOCK; 0: the backend has
			* both, the dataset tells */
};

enum ref_what { REF_VOLUME, REF_SNAPSHOT };

/*
 * ref_resolve - take an id apart and find its backend and pool.
 * Returns OK; NOT_FOUND with a sentence when the id is malformed, bears no
 * prefix of a loaded backend, or lies below no configured parent.
 */
scale_status ref_resolve(struct call *call, const struct volumes *volumes,
			 const char *text, enum ref_what what,
			 struct volume_ref *ret_ref);

/*
 * ref_resolve_for_delete - the same for a delete, which must not take what it
 * does not know for gone: FAILED_PRECONDITION when prefix or parent is ours and
 * the other is not.
 * @ret_nothing: true when the id is malformed: no volume of ours ever had it,
 *               so the delete is done; the status is then OK.
 */
scale_status ref_resolve_for_delete(struct call *call,
				    const struct volumes *volumes,
				    const char *text, enum ref_what what,
				    struct volume_ref *ret_ref,
				    bool *ret_nothing);

/* ref_export_path - "/mnt/tank/pvc-1" or "zvol/tank/pvc-1"; NULL when out. */
const char *ref_export_path(struct call *call, const char *dataset,
			    uint32_t kind);

/* backend_kind - what its `can` leaves open: 0 when it has both kinds. */
uint32_t backend_kind(const struct backend *backend);

#endif
