/* SPDX-License-Identifier: BSD-2-Clause */
/* One CreateVolume under way: shared by create, settling, source and undo. */
#ifndef SCALE_CSI_VOLUME_CREATION_H
#define SCALE_CSI_VOLUME_CREATION_H

#include "nas/snapshot.h"
#include "volume/plan.h"
#include "volume/subject.h"

/* What a volume is restored or cloned from. */
struct origin {
	const char *snapshot; /* to be cloned: "tank/k8s/a@s" */
	const char *dataset;  /* "tank/k8s/a" */
	bool is_helper;       /* the snapshot is made for this clone */
	uint64_t bytes;       /* what the copy needs at least; 0: unknown */
	struct subject seen;  /* as the backend is shown it */
};

/* What there is at the dataset's path, as far as this operation knows. */
enum presence {
	PRESENCE_UNKNOWN, /* asked and not heard, or not asked */
	PRESENCE_ABSENT,  /* proven */
	PRESENCE_MADE,    /* made by this operation, which may undo it */
	PRESENCE_FOUND    /* was there, and is this very volume */
};

/* Used by the operation's thread only; lives in the call's arena. */
struct creation {
	struct volumes *volumes;
	const struct volume_create *create;
	struct volume_plan plan;
	struct volume_record record; /* as it is to be, or as it was found */
	struct dataset_spec spec;
	struct subject subject;
	struct origin *origin; /* NULL: blank */
	struct rpc rpc;        /* pool.dataset.create, of blank ones */
	bool is_helper_made;   /* the helper snapshot is there, and is ours */
	enum presence presence;
	struct dataset dataset; /* once MADE or FOUND */
	struct verdict verdict;
};

/* ---- adopt.c: something is there already ---- */

/*
 * adopt_found - whether creation->dataset, just read, is what was asked for.
 * Completes what a crash left: marks that a release dropped, a clone that did
 * not grow.
 * Returns OK with presence FOUND; ALREADY_EXISTS, FAILED_PRECONDITION with a
 * sentence that names what is in the way; nothing foreign is touched.
 */
scale_status adopt_found(struct call *call, struct creation *creation);

/* adopt_read - read the path, then adopt_found(); absent is OK with presence
 * ABSENT. */
scale_status adopt_read(struct call *call, struct creation *creation);

/* ---- source.c: restored and cloned volumes ---- */

/*
 * source_look - read source and target together.  When the target is there it
 * is adopted, and the source may be gone; else the source is checked, sizes are
 * chosen and creation->origin is set.
 * Returns OK; NOT_FOUND, INVALID_ARGUMENT, OUT_OF_RANGE; what adopting says.
 */
scale_status source_look(struct call *call, struct creation *creation);

/* source_clone - cut the helper snapshot where there is none yet, clone, grow.
 * OK with presence MADE or FOUND. */
scale_status source_clone(struct call *call, struct creation *creation);

/* source_clean_up - remove the helper snapshot; it goes with the clone. */
scale_status source_clean_up(struct call *call, struct creation *creation);

/* source_helper_name - "csi-clone-" and 16 hex digits of the id's hash. */
const char *source_helper_name(struct call *call, const char *volume_id);

/* ---- grow.c ---- */

/*
 * grow_dataset - to @bytes, with the record.  What the NAS refuses without
 * proving that nothing happened is read back.
 * @native: further API fields to set with it, as in dataset_spec.
 */
scale_status grow_dataset(struct call *call, const struct volumes *volumes,
			  const struct dataset *dataset, uint64_t bytes,
			  const struct scale_map *native);

/* ---- undo.c: it failed for good ---- */

/*
 * undo_creation - take back what this operation made, or leave it to the retry.
 * The call's reason is kept; a proven undo is noted in the ledger.
 */
scale_status undo_creation(struct call *call, struct creation *creation,
			   scale_status status);

#endif
