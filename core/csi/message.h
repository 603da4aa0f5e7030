/* SPDX-License-Identifier: BSD-2-Clause */
/* Maps and capabilities between protobuf-c structs and ours. */
#ifndef SCALE_CSI_CSI_MESSAGE_H
#define SCALE_CSI_CSI_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/map.h"
#include "csi.pb-c.h"
#include "node/node.h"
#include "volume/volume.h"
#include "work/call.h"

/* Keys the sidecars add for themselves; never compared, never refused. */
#define MESSAGE_K8S_PREFIX "csi.storage.k8s.io/"

/*
 * MESSAGE_MAP - the entries of a map field as a scale_map in @arena; the last
 * of equal keys wins, as proto3 has it.  Every map field has an entry type of
 * its own with the members key and value, hence a macro.
 */
#define MESSAGE_MAP(arena_, n_, entries_)                                      \
	__extension__({                                                        \
		struct map_builder builder_;                                   \
		map_init(&builder_, (arena_));                                 \
		for (size_t i_ = 0; i_ < (n_); i_++)                           \
			map_put(&builder_, (entries_)[i_]->key,                \
				(entries_)[i_]->value);                        \
		map_view(&builder_);                                           \
	})

/*
 * message_put_map - fill a reply's map field.
 * @entry: the descriptor of its entry type.
 * Returns false when memory is out.
 */
bool message_put_map(struct call *call, const struct scale_map *map,
		     const ProtobufCMessageDescriptor *entry, size_t *ret_n,
		     void ***ret_entries);

/* message_take_access - one capability; its texts stay where they are. */
scale_status message_take_access(struct call *call,
				 const Csi__V1__VolumeCapability *capability,
				 struct volume_access *ret_access);

/* message_take_accesses - several; block and mount must not be mixed. */
scale_status message_take_accesses(struct call *call, size_t n,
				   Csi__V1__VolumeCapability *const *list,
				   struct volume_access **ret_accesses);

/* message_make_volume - a volume as CSI tells of it, in the call's arena. */
scale_status message_make_volume(struct call *call,
				 const struct volume_info *info,
				 Csi__V1__Volume **ret_volume);

/*
 * MESSAGE_NODE_VOLUME - the volume a NodeStageVolume or NodePublishVolume
 * request describes, but for its capability: see message_set_access().  The two
 * types have these members in common and no type, hence a macro.
 */
#define MESSAGE_NODE_VOLUME(arena_, request_)                                  \
	((struct node_volume){                                                 \
		.id = (request_)->volume_id,                                   \
		.context = MESSAGE_MAP((arena_), (request_)->n_volume_context, \
				       (request_)->volume_context),            \
		.publish =                                                     \
			MESSAGE_MAP((arena_), (request_)->n_publish_context,   \
				    (request_)->publish_context),              \
		.secrets = MESSAGE_MAP((arena_), (request_)->n_secrets,        \
				       (request_)->secrets),                   \
	})

/* message_set_access - what a capability says, for the node's verbs. */
void message_set_access(struct node_volume *volume,
			const struct volume_access *access);

/* message_mode_is_readonly - whether an access mode never writes. */
bool message_mode_is_readonly(uint32_t mode);

#endif
