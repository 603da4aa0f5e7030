/* SPDX-License-Identifier: BSD-2-Clause */
/* What a StorageClass says, checked and split between core and backend. */
#ifndef SCALE_CSI_VOLUME_CLASS_H
#define SCALE_CSI_VOLUME_CLASS_H

#include "volume/service.h"

struct volume_class {
	struct backend *backend;
	const struct volume_pool *pool;
	const char *filesystem;       /* "" : not said */
	bool is_thick;                /* `sparse: false` */
	uint64_t volblocksize_bytes;  /* 0: not said */
	const char *compression;      /* as the API spells it; NULL: inherit */
	const char *comments;         /* "namespace/pvc (cluster)" */
	struct scale_map params;      /* the backend's, defaults filled in */
	struct scale_map own_said;    /* core keys that are not the default */
	struct scale_map params_said; /* the backend's that are not */
};

/* class_params - the core's own class keys, for help and schema. */
const struct scale_param *class_params(size_t *ret_n);

/*
 * class_parse - the parameters of a class as the CO sends them.  Keys below
 * csi.storage.k8s.io/ only make the comment.
 * @name: the volume's, for the comment.
 * Returns OK; INVALID_ARGUMENT; FAILED_PRECONDITION when the protocol names a
 * backend that is not loaded.
 */
scale_status class_parse(struct call *call, const struct volumes *volumes,
			 const struct scale_map *given, const char *name,
			 struct volume_class *ret_class);

/*
 * class_complete - the backend's parameters again from those recorded: what was
 * not recorded is the default.  What this version of the backend does not know
 * is kept as it is, so that an upgrade never hides a volume.
 */
scale_status class_complete(struct call *call, const struct backend *backend,
			    const struct scale_map *recorded,
			    struct scale_map *ret_params);

#endif
