/* SPDX-License-Identifier: BSD-2-Clause */
/* What we write on a dataset or snapshot, as user properties. */
#ifndef SCALE_CSI_VOLUME_RECORD_H
#define SCALE_CSI_VOLUME_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include <scale_backend.h>

#include "base/map.h"
#include "nas/dataset.h"
#include "work/call.h"

#define RECORD_VERSION 1

/* No property value is longer: TrueNAS 26 and later allow no more. */
#define RECORD_VALUE_MAX 255

/* Names of properties; all of [a-z0-9:._-], as TrueNAS 26 wants them. */
#define RECORD_MANAGED     DATASET_PROPERTY_PREFIX "managed_resource"
#define RECORD_VERSION_KEY DATASET_PROPERTY_PREFIX "csi_record"
#define RECORD_ID          DATASET_PROPERTY_PREFIX "csi_volume_id"
#define RECORD_INSTANCE    DATASET_PROPERTY_PREFIX "csi_instance_id"
#define RECORD_NAME        DATASET_PROPERTY_PREFIX "csi_volume_name"
#define RECORD_PROTOCOL    DATASET_PROPERTY_PREFIX "csi_protocol"
#define RECORD_FILESYSTEM  DATASET_PROPERTY_PREFIX "csi_filesystem"
#define RECORD_BYTES       DATASET_PROPERTY_PREFIX "csi_bytes"
#define RECORD_SOURCE_TYPE                                                     \
	DATASET_PROPERTY_PREFIX "csi_volume_content_source_type"
#define RECORD_SOURCE_ID   DATASET_PROPERTY_PREFIX "csi_volume_content_source_id"
#define RECORD_PROVISIONED DATASET_PROPERTY_PREFIX "provision_success"

#define RECORD_SNAPSHOT_HANDLE DATASET_PROPERTY_PREFIX "csi_snapshot_handle"
#define RECORD_SNAPSHOT_NAME   DATASET_PROPERTY_PREFIX "csi_snapshot_name"
#define RECORD_SNAPSHOT_SOURCE                                                 \
	DATASET_PROPERTY_PREFIX "csi_snapshot_source_volume_id"
#define RECORD_SNAPSHOT_BYTES DATASET_PROPERTY_PREFIX "csi_snapshot_bytes"
/* On a snapshot that only serves a clone: the id of the volume it is for. */
#define RECORD_SNAPSHOT_FOR DATASET_PROPERTY_PREFIX "csi_clone_for"

/* A volume's record.  Texts are the call's; "" for what is not there. */
struct volume_record {
	uint64_t version;    /* 0: none, or not readable */
	const char *managed; /* "true" */
	const char *id, *instance, *name, *protocol, *filesystem;
	const char *source_type; /* "snapshot", "volume" */
	const char *source_id;
	uint64_t bytes;          /* what was asked for, rounded */
	bool is_provisioned;     /* the export was made and answered for */
	struct scale_map class;  /* the core's own class keys, if not default */
	struct scale_map params; /* the backend's, if not default */
	struct scale_map state;  /* its hints */
};

/*
 * record_read - what the properties @user say; nothing is judged here.
 * Returns OK, or RESOURCE_EXHAUSTED (memory).
 */
scale_status record_read(struct call *call, const struct scale_map *user,
			 struct volume_record *ret_record);

/*
 * record_put_marks - the properties a volume is born with.
 * Returns OK; INVALID_ARGUMENT when a parameter does not fit a property.
 */
scale_status record_put_marks(struct call *call,
			      const struct volume_record *record,
			      struct map_builder *user);

/* record_put_state - the hints written behind the answer. */
scale_status record_put_state(struct call *call, const struct scale_map *state,
			      struct map_builder *user);

/*
 * record_fit - @text, or where it is longer than a property may be, a cut of it
 * with 16 hex digits of its hash, so that two stay two.  NULL when out.
 */
const char *record_fit(struct call *call, const char *text);

/* record_find_difference - the first key whose value differs; or NULL. */
const char *record_find_difference(const struct scale_map *a,
				   const struct scale_map *b);

/* record_kind_name - "file system" or "zvol", for texts. */
const char *record_kind_name(uint32_t kind);

#endif
