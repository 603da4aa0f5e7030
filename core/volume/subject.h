/* SPDX-License-Identifier: BSD-2-Clause */
/* A volume as a backend is shown it, with one invocation over it. */
#ifndef SCALE_CSI_VOLUME_SUBJECT_H
#define SCALE_CSI_VOLUME_SUBJECT_H

#include "backend/invoke.h"
#include "nas/dataset.h"
#include "volume/record.h"
#include "volume/service.h"

/*
 * The backend runs while the host still reads the dataset, so `volume` is
 * filled in twice: what follows from the id at once, the rest (size, parameters
 * as recorded, hints) by subject_learn() before export_path() answers.
 */
struct subject {
	struct backend *backend;
	struct scale_volume volume;
	struct invocation inv;
};

/*
 * subject_init - what the id alone says; params are the class defaults.
 * @kind: 0 where only the dataset tells.
 */
scale_status subject_init(struct call *call, const struct volumes *volumes,
			  struct backend *backend, const struct id *id,
			  uint32_t kind, struct subject *ret);

/* subject_learn - the rest, from the dataset and its record. */
scale_status subject_learn(struct call *call, struct subject *subject,
			   const struct dataset *dataset,
			   const struct volume_record *record);

/* dataset_bytes - the size that was provisioned; 0: unknown. */
uint64_t dataset_bytes(const struct dataset *dataset,
		       const struct volume_record *record);

/*
 * The host's answer to export_path(), made up once and then repeated.
 */
struct verdict {
	bool is_known;
	scale_status status;
	const char *reason;
	const char *path;
};

/* verdict_keep - make it up: @path counts only with OK, the reason is the one
 * recorded in the call.  Returns @status. */
scale_status verdict_keep(struct call *call, struct verdict *verdict,
			  scale_status status, const char *path);

/* verdict_tell - say it again; the reason is recorded anew. */
scale_status verdict_tell(struct call *call, const struct verdict *verdict,
			  const char **ret_path);

/* retry_heals - whether a status invites the CO to ask again, so that nothing
 * needs to be undone. */
bool retry_heals(scale_status status);

#endif
