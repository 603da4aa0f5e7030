/* SPDX-License-Identifier: BSD-2-Clause */
/* Specs of new datasets and clones as the NAS's methods want them. */
#ifndef SCALE_CSI_NAS_DATASET_SPEC_H
#define SCALE_CSI_NAS_DATASET_SPEC_H

#include <stdbool.h>

#include "nas/dataset.h"
#include "nas/json.h"

/* dataset_spec_create - the parameters of pool.dataset.create; NULL: memory. */
const char *dataset_spec_create(struct arena *arena,
				const struct dataset_spec *spec);

/*
 * dataset_spec_clone - the value of dataset_properties for pool.snapshot.clone:
 * ZFS's names and words.  A zvol's size cannot be given there.
 * @with_user: user properties too.
 */
const char *dataset_spec_clone(struct arena *arena,
			       const struct dataset_spec *spec, bool with_user);

#endif
