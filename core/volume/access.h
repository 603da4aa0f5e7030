/* SPDX-License-Identifier: BSD-2-Clause */
/* In which ways a backend's volumes can be used. */
#ifndef SCALE_CSI_VOLUME_ACCESS_H
#define SCALE_CSI_VOLUME_ACCESS_H

#include "backend/load.h"
#include "volume/volume.h"

/* CSI's VolumeCapability.AccessMode.Mode (csi.proto 1.13). */
enum access_mode {
	ACCESS_SINGLE_NODE_WRITER = 1,
	ACCESS_SINGLE_NODE_READER = 2,
	ACCESS_MULTI_NODE_READER = 3,
	ACCESS_MULTI_NODE_SINGLE_WRITER = 4,
	ACCESS_MULTI_NODE_WRITER = 5,
	ACCESS_SINGLE_NODE_SINGLE_WRITER = 6,
	ACCESS_SINGLE_NODE_MULTI_WRITER = 7
};

/* access_mode_name - "SINGLE_NODE_WRITER"; the number for others. */
const char *access_mode_name(uint32_t mode);

/* access_is_single_node - one node at a time may have it. */
bool access_is_single_node(uint32_t mode);

/* access_is_reader - nobody writes through it. */
bool access_is_reader(uint32_t mode);

/*
 * access_refuse - why a volume of @kind of this backend cannot be used in all
 * of these ways at once. Returns NULL when it can, else a sentence.
 */
const char *access_refuse(struct call *call, const struct backend *backend,
			  uint32_t kind, const struct volume_access *accesses,
			  size_t n);

/*
 * access_choose - the kind and the file system of a new volume.
 * @class_filesystem: of the class; "" for none.
 * @ret_filesystem: what a block volume is formatted with; "" for raw access and
 *                  for file systems of the NAS.
 * Returns OK or INVALID_ARGUMENT.
 */
scale_status access_choose(struct call *call, const struct backend *backend,
			   const struct volume_access *accesses, size_t n,
			   const char *class_filesystem, uint32_t *ret_kind,
			   const char **ret_filesystem);

#endif
