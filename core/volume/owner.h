/* SPDX-License-Identifier: BSD-2-Clause */
/* Whose a dataset or snapshot is, as far as its properties prove it. */
#ifndef SCALE_CSI_VOLUME_OWNER_H
#define SCALE_CSI_VOLUME_OWNER_H

#include "nas/snapshot.h"
#include "volume/record.h"

/*
 * User properties are inherited, and newer releases report every source as
 * local, so a mark counts only if its value names the very thing it is on.
 */
enum owner {
	OWNER_OURS,    /* marked as this very volume, by this installation */
	OWNER_SIBLING, /* this installation's, under another volume id */
	OWNER_OTHER,   /* another installation's, or another driver's */
	OWNER_NEWER,   /* ours, in a form newer than we can read */
	OWNER_MOVED,   /* its marks name another dataset: renamed by hand, or
			* made inside of a volume; of no use to anybody */
	OWNER_NOBODY   /* bears no mark */
};

/*
 * owner_of - whose @dataset is.
 * @volume_id: the id it should bear; NULL: any that names this dataset.
 */
enum owner owner_of(const struct dataset *dataset,
		    const struct volume_record *record, const char *instance,
		    const char *volume_id);

/* owner_may_take - whether an unmarked dataset was made by this installation,
 * which a release then forgot to mark: `managedby` says so. */
bool owner_may_take(const struct dataset *dataset, const char *instance);

/*
 * owner_fail - refuse with a sentence that says whose it is.
 * @status: what it is called here: NOT_FOUND, FAILED_PRECONDITION, ...
 */
scale_status owner_fail(struct call *call, enum owner owner,
			scale_status status, const struct dataset *dataset,
			const struct volume_record *record);

/* owner_has_snapshot - whether @snapshot is @instance's, under @handle. */
bool owner_has_snapshot(const struct snapshot *snapshot, const char *instance,
			const char *handle);

/* owner_snapshot_id - the id of a snapshot of @instance's, or NULL when it is
 * not one, or was renamed since: a handle that names another path. */
const char *owner_snapshot_id(const struct snapshot *snapshot,
			      const char *instance);

/* owner_is_helper - whether it only serves a clone that @instance makes or
 * made; *@ret_for: the volume it is for. */
bool owner_is_helper(const struct snapshot *snapshot, const char *instance,
		     const char **ret_for);

#endif
