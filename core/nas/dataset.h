/* SPDX-License-Identifier: BSD-2-Clause */
/* Datasets and zvols on the NAS: read, made, changed, removed. */
#ifndef SCALE_CSI_NAS_DATASET_H
#define SCALE_CSI_NAS_DATASET_H

#include <stdbool.h>
#include <stdint.h>

#include <scale_backend.h>

#include "nas/rpc.h"

/* The prefix of every user property of ours. */
#define DATASET_PROPERTY_PREFIX "truenas-csi:"

/* What is known of a dataset.  All memory is the call's. */
struct dataset {
	const char *path;       /* "tank/k8s/pvc-1" */
	uint32_t kind;          /* SCALE_FILESYSTEM or SCALE_BLOCK */
	uint64_t volsize_bytes; /* zvol; else 0 */
	uint64_t volblocksize_bytes;
	uint64_t refquota_bytes; /* file system; 0: none */
	uint64_t available_bytes;
	uint64_t used_bytes;
	uint64_t guid; /* 0: not reported */
	uint64_t createtxg;
	const char *origin;     /* "tank/k8s/a@s", or "" */
	const char *mountpoint; /* "/mnt/tank/k8s/pvc-1", or "" */
	bool is_locked;         /* encrypted, key not loaded */
	bool is_inconsistent;   /* a receive that was not finished, told by its
				 * resume token: the NAS shows nothing else, and
				 * one without a token leaves no dataset */
	struct scale_map user;  /* user properties: full names, as reported,
				 * inherited ones among them: see ownership */
};

/*
 * Reading one dataset by its path, at the cost of that dataset alone
 * (zfs.resource.query with `paths`, 25.10 and later).  Split in two, so that it
 * can be waited for together with other calls.
 */
void dataset_read_submit(struct call *call, struct nas *nas, const char *path,
			 struct rpc *rpc);
/*
 * dataset_read_finish - after rpc_wait().
 * Returns OK; NOT_FOUND (recorded) when there is none; the rpc's status.
 */
scale_status dataset_read_finish(struct call *call, const struct rpc *rpc,
				 const char *path, struct dataset *ret);
/* dataset_read - both, and the wait between. */
scale_status dataset_read(struct call *call, struct nas *nas, const char *path,
			  struct dataset *ret);

/* What a new dataset is to be. */
struct dataset_spec {
	const char *path;
	uint32_t kind;
	uint64_t bytes;              /* volsize, a multiple of volblocksize; or
				      * refquota, 0 for none, else at least 1 GiB */
	uint64_t volblocksize_bytes; /* zvol; 0: the NAS's default */
	bool is_thick;           /* zvol: reserve its space.  Sparse ones get
				  * force_size, else the NAS refuses above 80 % of
				  * what is free */
	const char *compression; /* "LZ4" as the API spells it; NULL: inherit */
	const char *comments;    /* shown in the NAS's own pages; NULL */
	const char *managedby;   /* who made it; NULL */
	struct scale_map native; /* further API fields: "sync" -> "\"ALWAYS\"",
				  * values are JSON */
	struct scale_map user;   /* user properties, born with it */
};

/*
 * dataset_create_submit - pool.dataset.create.
 * dataset_create_finish - after rpc_wait().  Returns OK with *@ret (may be
 * NULL) from the reply and *@ret_marked telling whether the reply shows every
 * property of @spec->user (26.0 betas drop them); ALREADY_EXISTS when the NAS
 * says so (to be read back by the caller); RESOURCE_EXHAUSTED when there is no
 * space; INVALID_ARGUMENT, FAILED_PRECONDITION (parent missing or locked), the
 * rpc's status otherwise.  An error that proves nothing is left unanswered in
 * the ledger.
 */
void dataset_create_submit(struct call *call, struct nas *nas,
			   const struct dataset_spec *spec, struct rpc *rpc);
scale_status dataset_create_finish(struct call *call, const struct rpc *rpc,
				   const struct dataset_spec *spec,
				   struct dataset *ret, bool *ret_marked);

/* What to change; only what is set. */
struct dataset_change {
	uint64_t volsize_bytes;   /* 0: leave */
	uint64_t refquota_bytes;  /* 0: leave */
	struct scale_map set;     /* user properties to set */
	const char *const *unset; /* user properties to remove; ends in NULL; or
				   * NULL */
	struct scale_map native;  /* as in dataset_spec */
};
void dataset_change_submit(struct call *call, struct nas *nas, const char *path,
			   const struct dataset_change *change,
			   struct rpc *rpc);
scale_status dataset_change_finish(struct call *call, const struct rpc *rpc,
				   const char *path, struct dataset *ret);
scale_status dataset_change(struct call *call, struct nas *nas,
			    const char *path,
			    const struct dataset_change *change);

/*
 * dataset_delete - remove one dataset, never its children, snapshots or clones.
 * Where the release may answer `true` without having done it, reads back.
 * Returns OK, also when it was gone already; FAILED_PRECONDITION when it has
 * children or snapshots; ABORTED while it is busy; the rpc's status.
 */
scale_status dataset_delete(struct call *call, struct nas *nas,
			    const char *path);

/*
 * dataset_list_names - the paths of everything below @parent, sorted bytewise,
 * read incrementally.  NOT_FOUND when the parent is missing.
 */
scale_status dataset_list_names(struct call *call, struct nas *nas,
				const char *parent, const char ***ret_paths,
				size_t *ret_n);

/*
 * dataset_read_many - up to 500 datasets by path in one call, split further so
 * that a request stays below 32 KiB; @fn sees each that still exists, in no
 * order, with memory that lasts for that call of @fn only.
 */
scale_status
dataset_read_many(struct call *call, struct nas *nas, const char *const *paths,
		  size_t n, int (*fn)(const struct dataset *dataset, void *arg),
		  void *arg);

/*
 * dataset_find_clone - whether any dataset of the pool has its origin among the
 * snapshots of @path; *@ret_clone names one, or is NULL.  One quick call when
 * there are no snapshots, else a walk through the pool.
 */
scale_status dataset_find_clone(struct call *call, struct nas *nas,
				const char *path, const char **ret_clone);

#endif
