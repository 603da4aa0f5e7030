/* SPDX-License-Identifier: BSD-2-Clause */
/* Snapshots on the NAS, and clones made of them. */
#ifndef SCALE_CSI_NAS_SNAPSHOT_H
#define SCALE_CSI_NAS_SNAPSHOT_H

#include <stdbool.h>
#include <stdint.h>

#include <scale_backend.h>

#include "nas/dataset.h"
#include "nas/rpc.h"

/*
 * On 25.10 all of it comes from pool.snapshot.query, which gives every ZFS
 * property of a snapshot (truenas-api.md 5.5): is_deferred is defer_destroy,
 * has_clones is clones not empty, is_held is userrefs above 0.
 */
struct snapshot {
	const char *path;    /* "tank/k8s/pvc-1@snap-1" */
	const char *dataset; /* "tank/k8s/pvc-1" */
	const char *name;    /* "snap-1" */
	uint64_t created_s;  /* seconds since 1970 */
	uint64_t createtxg;
	uint64_t volsize_bytes; /* of a zvol's snapshot; else 0 */
	uint64_t referenced_bytes;
	bool is_deferred; /* defer_destroy=on: counts as deleted */
	bool has_clones;
	bool is_held;
	struct scale_map
		user; /* user properties; the dataset's shine through */
};

/*
 * snapshot_read_submit, snapshot_read_finish, snapshot_read - one snapshot by
 * its full name, with user properties.  NOT_FOUND (recorded) when absent.
 */
void snapshot_read_submit(struct call *call, struct nas *nas, const char *path,
			  struct rpc *rpc);
scale_status snapshot_read_finish(struct call *call, const struct rpc *rpc,
				  const char *path, struct snapshot *ret);
scale_status snapshot_read(struct call *call, struct nas *nas, const char *path,
			   struct snapshot *ret);

/*
 * snapshot_list_names_submit, ..._finish - names only (the one fast listing of
 * 25.10: select is exactly ["name"]) of all snapshots of @dataset, or of the
 * whole pool of @dataset if @whole_pool.  Sorted bytewise.
 */
void snapshot_list_names_submit(struct call *call, struct nas *nas,
				const char *dataset, bool whole_pool,
				struct rpc *rpc);
scale_status snapshot_list_names_finish(struct call *call,
					const struct rpc *rpc,
					const char ***ret_paths, size_t *ret_n);

/*
 * snapshot_read_dataset_submit, ..._finish - every snapshot of one dataset with
 * properties: what DeleteVolume must see.  A missing dataset has none.
 *
 * Asked for as rows, 25.10 would list every snapshot of every pool, so this
 * asks for the names; finish() then reads those there are one by one, in
 * parallel. Usually there are none, and it is one quick call.
 */
void snapshot_read_dataset_submit(struct call *call, struct nas *nas,
				  const char *dataset, struct rpc *rpc);
scale_status snapshot_read_dataset_finish(struct call *call, struct nas *nas,
					  const struct rpc *rpc,
					  struct snapshot **ret_snapshots,
					  size_t *ret_n);

/*
 * snapshot_create - with user properties in the same call, so that it is born
 * marked.  ALREADY_EXISTS when the NAS says so: read back and decide.
 */
scale_status snapshot_create(struct call *call, struct nas *nas,
			     const char *dataset, const char *name,
			     const struct scale_map *user,
			     struct snapshot *ret);

/*
 * snapshot_delete - remove one snapshot.
 * @defer: with clones or holds, mark it to go with the last of them.
 * Returns OK, also when it was gone; FAILED_PRECONDITION when clones or holds
 * keep it and @defer is false.
 */
scale_status snapshot_delete(struct call *call, struct nas *nas,
			     const char *path, bool defer);

/* snapshot_rename - same dataset, new name; frees the old one. */
scale_status snapshot_rename(struct call *call, struct nas *nas,
			     const char *path, const char *new_name);

/*
 * snapshot_clone - a clone at @spec->path with our marks: in the same call
 * where the release takes user properties there (<= 25.10), else right after.
 * ALREADY_EXISTS when the NAS says that something is there; NOT_FOUND when the
 * snapshot is not.  Of @spec a zvol's size is left out: a clone has that of its
 * snapshot, and grows by dataset_change() afterwards.
 */
scale_status snapshot_clone(struct call *call, struct nas *nas,
			    const char *snapshot,
			    const struct dataset_spec *spec);

#endif
