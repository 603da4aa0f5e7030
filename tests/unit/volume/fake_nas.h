/* SPDX-License-Identifier: BSD-2-Clause */
/* A NAS for the volume verbs: a few datasets and snapshots in memory, linked in
 * place of the functions of nas/dataset.h and nas/snapshot.h. */
#ifndef SCALE_CSI_TEST_VOLUME_FAKE_NAS_H
#define SCALE_CSI_TEST_VOLUME_FAKE_NAS_H

#include "base/map.h"
#include "nas/snapshot.h"
#include "work/drain.h"

#define FAKE_MAX 64

struct fake_dataset {
	struct dataset data; /* texts and properties live in fake_nas.arena */
	struct map_builder user;
	bool exists;
};

struct fake_snapshot {
	struct snapshot data;
	struct map_builder user;
	bool exists;
};

enum fake_op {
	FAKE_READ,
	FAKE_CREATE,
	FAKE_CHANGE,
	FAKE_DELETE,
	FAKE_SNAPSHOT_CREATE,
	FAKE_SNAPSHOT_DELETE,
	FAKE_CLONE,
	FAKE_PROMOTE,
	FAKE_OPS
};

/* What goes wrong with the next call of an operation. */
struct fake_fault {
	scale_status status;      /* OK: nothing */
	enum rpc_outcome outcome; /* REFUSED, or UNKNOWN: never answered */
	bool is_executed;         /* it happened all the same */
	bool is_certain;          /* refused so that nothing happened */
};

struct fake_nas {
	struct arena *arena;
	struct drain *drain;
	struct fake_dataset datasets[FAKE_MAX];
	struct fake_snapshot snapshots[FAKE_MAX];
	struct fake_fault faults[FAKE_OPS];
	bool drops_marks;    /* as 26.0 betas do */
	unsigned int writes; /* mutations executed or not */
	unsigned int calls;
	uint64_t txg;
	char log[4096]; /* "create tank/k8s/a\n": mutations in order */
};

extern struct fake_nas fake_nas;

/* fake_nas_reset - empty, with the parent tank/k8s; @predecessor: as after a
 * start. */
void fake_nas_reset(bool predecessor);
void fake_nas_done(void);

struct fake_dataset *fake_dataset(const char *path); /* NULL: absent */
struct fake_snapshot *fake_snapshot(const char *path);
struct fake_dataset *fake_add_dataset(const char *path, uint32_t kind,
				      uint64_t bytes);
struct fake_snapshot *fake_add_snapshot(const char *path);
void fake_set(struct map_builder *user, const char *key, const char *value);
const char *fake_get(struct map_builder *user, const char *key);
size_t fake_count_datasets(void); /* less the parent */
size_t fake_count_snapshots(void);

#endif
