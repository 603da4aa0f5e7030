/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of the NAS in memory share. */
#ifndef SCALE_CSI_TEST_VOLUME_FAKE_PARTS_H
#define SCALE_CSI_TEST_VOLUME_FAKE_PARTS_H

#include "fake_nas.h"

/* What is asked for, kept where the window keeps its slot. */
struct rpc_slot {
	enum fake_op op;
	const char *path;
	const struct dataset_spec *spec;
	bool is_pool;
	scale_status status;
};

/* fake_submit - the call is executed when it is waited for. */
void fake_submit(struct rpc *rpc, enum fake_op op, const char *path,
		 const struct dataset_spec *spec);

void fake_note_write(const char *what, const char *path);
struct fake_fault fake_take_fault(enum fake_op op);
bool fake_will_execute(enum fake_op op);

/* fake_mutate - the answer to a mutation, as scripted or else @natural, noted
 * in the ledger; @is_certain: whether a natural refusal proves something. */
scale_status fake_mutate(struct call *call, enum fake_op op,
			 scale_status natural, bool is_certain);

/* fake_compare_texts - for qsort(). */
int fake_compare_texts(const void *a, const void *b);

#endif
