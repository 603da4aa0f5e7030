/* SPDX-License-Identifier: BSD-2-Clause */
/* Bytes to messages and back, with a budget and without surprises. */
#ifndef SCALE_CSI_GRPC_CODEC_H
#define SCALE_CSI_GRPC_CODEC_H

#include <stddef.h>
#include <stdint.h>

#include <protobuf-c/protobuf-c.h>

#include "work/call.h"

/*
 * codec_unpack - a request in the call's arena.
 *
 * protobuf-c takes invalid UTF-8, cuts a string at its first NUL without a word
 * and allocates up to fifty times the size of what it is sent, so the bytes are
 * walked first and the arena's budget bounds the rest.
 *
 * Returns OK; INTERNAL for bytes that are no such message, as grpc-go answers;
 * INVALID_ARGUMENT for a text that is not UTF-8 or holds a NUL;
 * RESOURCE_EXHAUSTED when it unpacks to more than the budget.
 */
scale_status codec_unpack(struct call *call,
			  const ProtobufCMessageDescriptor *type,
			  const uint8_t *bytes, size_t len,
			  ProtobufCMessage **ret_message);

/*
 * codec_pack - the bytes of a reply, malloc'd.  INTERNAL when a text in it is
 * not UTF-8: clients would refuse the whole reply.
 */
scale_status codec_pack(struct call *call, const ProtobufCMessage *message,
			uint8_t **ret_bytes, size_t *ret_len);

#endif
