/* SPDX-License-Identifier: BSD-2-Clause */
/* Volume and snapshot ids, and the names that follow from them alone. */
#ifndef SCALE_CSI_BACKEND_ID_H
#define SCALE_CSI_BACKEND_ID_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

/*
 * A volume id is "<prefix>:<dataset path>", a snapshot id the same with
 * "@<snapshot>" behind it.  Both halves of the driver read them, which is why
 * this lies below volume/ and node/.
 */
#define ID_MAX           128 /* CSI: no id is longer */
#define ID_PREFIX_MAX    16
#define ID_SNAPSHOT_ROOM 24 /* bytes a snapshot's name may take */
#define ID_LEAF_ROOM     40 /* "pvc-<uuid>": every parent leaves room for it */
#define ID_OBJECT_MAX                                                          \
	60 /* in a subsystem's NQN, TrueNAS puts 66 bytes                      \
	    * before it, and CSI wants 128 in all */

/* The longest parent path that leaves room for all of the above. */
#define ID_PARENT_MAX                                                          \
	(ID_MAX - ID_PREFIX_MAX - 1 - 1 - ID_LEAF_ROOM - 1 - ID_SNAPSHOT_ROOM)

struct id {
	const char *volume;   /* "scale-nfs:tank/k8s/pvc-1", without "@..." */
	const char *prefix;   /* "scale-nfs" */
	const char *dataset;  /* "tank/k8s/pvc-1" */
	const char *snapshot; /* "snap-1", or NULL */
};

/*
 * id_parse - take @text apart; the texts live in @arena.
 * Returns 0; -EINVAL when it is not of this form (no prefix, a character ZFS
 * does not allow, "..", an empty part, no slash in the path, too long);
 * -ENOMEM.
 */
int id_parse(struct arena *arena, const char *text, struct id *ret_id);

/* id_is_below - whether @dataset lies strictly below @parent. */
bool id_is_below(const char *dataset, const char *parent);

/*
 * id_make_leaf - the dataset's last part for a volume called @name: @name
 * itself where ZFS can take it and it fits @room bytes, else a readable cut of
 * it, "-", and 16 hex digits of its SHA-256.  NULL when memory is out.
 */
char *id_make_leaf(struct arena *arena, const char *name, size_t room);

/* id_make_snapshot - the same for a snapshot's name, in ID_SNAPSHOT_ROOM. */
char *id_make_snapshot(struct arena *arena, const char *name);

/*
 * id_make_object - the name a backend gives its objects on the NAS: 1..60 of
 * [a-z0-9.-], a readable cut of the last part, "-", and 16 hex digits of the
 * SHA-256 of @volume_id, so that no two volumes share one.
 */
char *id_make_object(struct arena *arena, const char *volume_id);

#endif
