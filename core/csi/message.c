/* SPDX-License-Identifier: BSD-2-Clause */
/* Maps and capabilities between protobuf-c structs and ours. */
#include "csi/message.h"

#include <string.h>

#include "csi/verb.h"

static void *reply_alloc(void *arena, size_t size)
{
	return arena_alloc(arena, size);
}

static void reply_keep(void *arena, void *pointer)
{
	(void)arena;
	(void)pointer; /* it goes with the arena */
}

/* The init helpers are not generated (they are half the code), but unpacking
 * nothing gives a message with every field unset. */
void *reply_new(struct call *call, const ProtobufCMessageDescriptor *type)
{
	static const uint8_t nothing[1];
	ProtobufCAllocator allocator = {
		.alloc = reply_alloc,
		.free = reply_keep,
		.allocator_data = call->arena,
	};

	return protobuf_c_message_unpack(type, &allocator, 0, nothing);
}

/* Where a string member of a message lies. */
static char **message_field(void *message,
			    const ProtobufCMessageDescriptor *type,
			    const char *name)
{
	const ProtobufCFieldDescriptor *field =
		protobuf_c_message_descriptor_get_field_by_name(type, name);

	return (char **)(void *)((char *)message + field->offset);
}

bool message_put_map(struct call *call, const struct scale_map *map,
		     const ProtobufCMessageDescriptor *entry, size_t *ret_n,
		     void ***ret_entries)
{
	void **entries = arena_array(call->arena, map->n, sizeof(*entries));

	if (entries == NULL)
		return false;
	for (size_t i = 0; i < map->n; i++) {
		void *made = reply_new(call, entry);
		char *key = arena_strdup(call->arena, map->kv[i].key);
		char *value = arena_strdup(call->arena, map->kv[i].value);

		if (made == NULL || key == NULL || value == NULL)
			return false;
		*message_field(made, entry, "key") = key;
		*message_field(made, entry, "value") = value;
		entries[i] = made;
	}
	*ret_n = map->n;
	*ret_entries = entries;
	return true;
}

static scale_status message_take_options(struct call *call, size_t n,
					 const char *const *flags,
					 const char *const **ret_options)
{
	const char **options =
		arena_array(call->arena, n + 1, sizeof(*options));

	if (options == NULL)
		return call_nomem(call);
	for (size_t i = 0; i < n; i++)
		options[i] = flags[i];
	*ret_options = options;
	return SCALE_OK;
}

scale_status message_take_access(struct call *call,
				 const Csi__V1__VolumeCapability *capability,
				 struct volume_access *ret_access)
{
	struct volume_access access = {.fs_type = ""};
	scale_status st;

	if (capability->access_mode == NULL ||
	    capability->access_mode->mode ==
		    CSI__V1__VOLUME_CAPABILITY__ACCESS_MODE__MODE__UNKNOWN)
		return call_fail(call, SCALE_INVALID_ARGUMENT,
				 "the volume capability has no access mode");
	access.mode = (uint32_t)capability->access_mode->mode;
	switch (capability->access_type_case) {
	case CSI__V1__VOLUME_CAPABILITY__ACCESS_TYPE_BLOCK:
		access.is_raw = true;
		st = message_take_options(call, 0, NULL, &access.options);
		break;
	case CSI__V1__VOLUME_CAPABILITY__ACCESS_TYPE_MOUNT:
		access.fs_type = capability->mount->fs_type;
		st = message_take_options(
			call, capability->mount->n_mount_flags,
			capability->mount->mount_flags, &access.options);
		break;
	default:
		return call_fail(call, SCALE_INVALID_ARGUMENT,
				 "the volume capability says neither mount nor "
				 "block");
	}
	if (st == SCALE_OK)
		*ret_access = access;
	return st;
}

scale_status message_take_accesses(struct call *call, size_t n,
				   Csi__V1__VolumeCapability *const *list,
				   struct volume_access **ret_accesses)
{
	struct volume_access *accesses =
		arena_array(call->arena, n, sizeof(*accesses));

	if (accesses == NULL)
		return call_nomem(call);
	for (size_t i = 0; i < n; i++) {
		scale_status st =
			message_take_access(call, list[i], &accesses[i]);

		if (st != SCALE_OK)
			return st;
		if (accesses[i].is_raw != accesses[0].is_raw)
			return call_fail(call, SCALE_INVALID_ARGUMENT,
					 "the volume capabilities ask for both "
					 "mount and block: a volume is one of "
					 "them");
	}
	*ret_accesses = accesses;
	return SCALE_OK;
}

bool message_mode_is_readonly(uint32_t mode)
{
	return mode == CSI__V1__VOLUME_CAPABILITY__ACCESS_MODE__MODE__SINGLE_NODE_READER_ONLY ||
	       mode == CSI__V1__VOLUME_CAPABILITY__ACCESS_MODE__MODE__MULTI_NODE_READER_ONLY;
}

void message_set_access(struct node_volume *volume,
			const struct volume_access *access)
{
	volume->is_raw = access->is_raw;
	volume->access_mode = access->mode;
	volume->is_readonly = message_mode_is_readonly(access->mode);
	volume->fs_type = access->fs_type;
	volume->options = access->options;
}
