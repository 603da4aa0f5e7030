/* SPDX-License-Identifier: BSD-2-Clause */
/* Bytes to messages and back, with a budget and without surprises. */
#include "grpc/codec.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define CODEC_DEPTH_MAX 16

/* What is left of the bytes of one message. */
struct walk {
	const uint8_t *at, *end;
};

static bool walk_take_varint(struct walk *walk, uint64_t *ret_value)
{
	uint64_t value = 0;

	for (unsigned int shift = 0; shift < 64 && walk->at < walk->end;
	     shift += 7) {
		uint8_t byte = *walk->at++;

		value |= (uint64_t)(byte & 0x7f) << shift;
		if ((byte & 0x80) == 0) {
			*ret_value = value;
			return true;
		}
	}
	return false;
}

static bool walk_skip(struct walk *walk, uint64_t len)
{
	if (len > (uint64_t)(walk->end - walk->at))
		return false;
	walk->at += len;
	return true;
}

static scale_status codec_check_bytes(struct call *call,
				      const ProtobufCMessageDescriptor *type,
				      struct walk walk, int depth);

static scale_status codec_bad(struct call *call)
{
	return call_fail(
		call, SCALE_INTERNAL,
		"the request cannot be unpacked: its bytes are no such "
		"message");
}

static scale_status codec_check_text(struct call *call, const char *field,
				     const char *text, size_t len)
{
	if (memchr(text, '\0', len) != NULL)
		return call_fail(call, SCALE_INVALID_ARGUMENT,
				 "%s contains a NUL byte", field);
	if (!text_is_utf8(text, len))
		return call_fail(call, SCALE_INVALID_ARGUMENT,
				 "%s is not valid UTF-8", field);
	return SCALE_OK;
}

/* A length-delimited field: only texts and messages need a look inside. */
static scale_status codec_check_field(struct call *call,
				      const ProtobufCFieldDescriptor *field,
				      struct walk inside, int depth)
{
	if (field == NULL)
		return SCALE_OK;
	if (field->type == PROTOBUF_C_TYPE_STRING)
		return codec_check_text(call, field->name,
					(const char *)inside.at,
					(size_t)(inside.end - inside.at));
	if (field->type == PROTOBUF_C_TYPE_MESSAGE)
		return codec_check_bytes(call, field->descriptor, inside,
					 depth + 1);
	return SCALE_OK;
}

static scale_status codec_check_bytes(struct call *call,
				      const ProtobufCMessageDescriptor *type,
				      struct walk walk, int depth)
{
	if (depth > CODEC_DEPTH_MAX)
		return codec_bad(call);
	while (walk.at < walk.end) {
		struct walk inside;
		uint64_t tag, len;
		scale_status st;

		/* no field has the number 0; protobuf-c takes it for one */
		if (!walk_take_varint(&walk, &tag) || tag > UINT32_MAX ||
		    tag >> 3 == 0)
			return codec_bad(call);
		switch (tag & 7) {
		case 0:
			if (!walk_take_varint(&walk, &len))
				return codec_bad(call);
			break;
		case 1:
			if (!walk_skip(&walk, 8))
				return codec_bad(call);
			break;
		case 2:
			if (!walk_take_varint(&walk, &len))
				return codec_bad(call);
			inside.at = walk.at;
			if (!walk_skip(&walk, len))
				return codec_bad(call);
			inside.end = walk.at;
			st = codec_check_field(
				call,
				protobuf_c_message_descriptor_get_field(
					type, (unsigned int)(tag >> 3)),
				inside, depth);
			if (st != SCALE_OK)
				return st;
			break;
		case 5:
			if (!walk_skip(&walk, 4))
				return codec_bad(call);
			break;
		default: /* groups went out with proto2 */
			return codec_bad(call);
		}
	}
	return SCALE_OK;
}

static void *codec_alloc(void *arena, size_t size)
{
	return arena_alloc(arena, size);
}

static void codec_keep(void *arena, void *pointer)
{
	(void)arena;
	(void)pointer; /* it goes with the arena */
}

scale_status codec_unpack(struct call *call,
			  const ProtobufCMessageDescriptor *type,
			  const uint8_t *bytes, size_t len,
			  ProtobufCMessage **ret_message)
{
	ProtobufCAllocator allocator = {
		.alloc = codec_alloc,
		.free = codec_keep,
		.allocator_data = call->arena,
	};
	scale_status st = codec_check_bytes(
		call, type, (struct walk){bytes, bytes + len}, 0);

	if (st != SCALE_OK)
		return st;
	*ret_message = protobuf_c_message_unpack(type, &allocator, len, bytes);
	if (*ret_message != NULL)
		return SCALE_OK;
	if (arena_used(call->arena) + len > CALL_ARENA_BYTES / 2)
		return call_fail(call, SCALE_RESOURCE_EXHAUSTED,
				 "the request unpacks to more memory than one "
				 "request may use");
	return codec_bad(call);
}

scale_status codec_pack(struct call *call, const ProtobufCMessage *message,
			uint8_t **ret_bytes, size_t *ret_len)
{
	size_t len = protobuf_c_message_get_packed_size(message);
	uint8_t *bytes = malloc(len > 0 ? len : 1);
	scale_status st;

	if (bytes == NULL)
		return call_nomem(call);
	protobuf_c_message_pack(message, bytes);
	st = codec_check_bytes(call, message->descriptor,
			       (struct walk){bytes, bytes + len}, 0);
	if (st != SCALE_OK) {
		free(bytes);
		call->status = SCALE_INTERNAL;
		return call_prefix(call, "the reply cannot be sent");
	}
	*ret_bytes = bytes;
	*ret_len = len;
	return SCALE_OK;
}
