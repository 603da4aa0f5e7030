/* SPDX-License-Identifier: BSD-2-Clause */
/* What makes two requests the same. */
#include "csi/fingerprint.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "csi/message.h"

/* The text that is hashed: "name=len:bytes" for every field that is set. */
struct canon {
	struct arena *arena;
	char *buf;
	size_t len, size;
	bool failed;
};

static void canon_put(struct canon *canon, const void *bytes, size_t len)
{
	if (canon->failed)
		return;
	if (canon->size - canon->len < len) {
		size_t size = (canon->size + len) * 2;
		char *grown = arena_alloc(canon->arena, size);

		if (grown == NULL) {
			canon->failed = true;
			return;
		}
		if (canon->len > 0)
			memcpy(grown, canon->buf, canon->len);
		canon->buf = grown;
		canon->size = size;
	}
	if (len > 0)
		memcpy(canon->buf + canon->len, bytes, len);
	canon->len += len;
}

static void canon_put_text(struct canon *canon, const char *text)
{
	uint32_t len = text != NULL ? (uint32_t)strlen(text) : 0;

	canon_put(canon, &len, sizeof(len));
	canon_put(canon, text, len);
}

static void canon_put_message(struct canon *canon,
			      const ProtobufCMessage *message);

/* A map's entry type has exactly the fields key and value. */
static bool canon_is_entry(const ProtobufCMessageDescriptor *type)
{
	return type->n_fields == 2 &&
	       strcmp(type->fields[0].name, "key") == 0 &&
	       strcmp(type->fields[1].name, "value") == 0;
}

static const char *canon_entry_text(const ProtobufCMessage *entry, int which)
{
	const ProtobufCFieldDescriptor *field =
		&entry->descriptor->fields[which];

	return *(char *const *)(const void *)((const char *)entry +
					      field->offset);
}

static int canon_compare_entries(const void *a, const void *b)
{
	const ProtobufCMessage *const *x = a, *const *y = b;

	return strcmp(canon_entry_text(*x, 0), canon_entry_text(*y, 0));
}

static void canon_put_map(struct canon *canon, size_t n,
			  ProtobufCMessage *const *entries)
{
	ProtobufCMessage **sorted =
		arena_array(canon->arena, n, sizeof(*sorted));

	if (sorted == NULL) {
		canon->failed = true;
		return;
	}
	memcpy(sorted, entries, n * sizeof(*sorted));
	qsort(sorted, n, sizeof(*sorted), canon_compare_entries);
	for (size_t i = 0; i < n; i++) {
		if (text_starts(canon_entry_text(sorted[i], 0),
				MESSAGE_K8S_PREFIX))
			continue;
		canon_put_text(canon, canon_entry_text(sorted[i], 0));
		canon_put_text(canon, canon_entry_text(sorted[i], 1));
	}
}

/* The size of a scalar as protobuf-c stores it. */
static size_t canon_scalar_size(ProtobufCType type)
{
	switch (type) {
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_SINT64:
	case PROTOBUF_C_TYPE_SFIXED64:
	case PROTOBUF_C_TYPE_UINT64:
	case PROTOBUF_C_TYPE_FIXED64:
	case PROTOBUF_C_TYPE_DOUBLE:
		return 8;
	default:
		return 4;
	}
}

static void canon_put_value(struct canon *canon, ProtobufCType type,
			    const void *at)
{
	switch (type) {
	case PROTOBUF_C_TYPE_STRING:
		canon_put_text(canon, *(char *const *)at);
		break;
	case PROTOBUF_C_TYPE_MESSAGE:
		canon_put_message(canon, *(ProtobufCMessage *const *)at);
		break;
	case PROTOBUF_C_TYPE_BYTES: {
		const ProtobufCBinaryData *bytes = at;

		canon_put(canon, bytes->data, bytes->len);
		break;
	}
	default:
		canon_put(canon, at, canon_scalar_size(type));
	}
}

static size_t canon_element_size(ProtobufCType type)
{
	return type == PROTOBUF_C_TYPE_STRING || type == PROTOBUF_C_TYPE_MESSAGE
		       ? sizeof(void *)
		       : canon_scalar_size(type);
}

static void canon_put_field(struct canon *canon,
			    const ProtobufCMessage *message,
			    const ProtobufCFieldDescriptor *field)
{
	const char *at = (const char *)message + field->offset;
	const char *quantifier =
		(const char *)message + field->quantifier_offset;

	if (strcmp(field->name, "secrets") == 0)
		return;
	canon_put_text(canon, field->name);
	if (field->label == PROTOBUF_C_LABEL_REPEATED) {
		size_t n = *(const size_t *)(const void *)quantifier;
		const char *items = *(char *const *)(const void *)at;

		if (n > 0 && field->type == PROTOBUF_C_TYPE_MESSAGE &&
		    canon_is_entry(field->descriptor)) {
			canon_put_map(
				canon, n,
				*(ProtobufCMessage * *const *)(const void *)at);
			return;
		}
		for (size_t i = 0; i < n; i++)
			canon_put_value(
				canon, field->type,
				items + i * canon_element_size(field->type));
		return;
	}
	if ((field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0 &&
	    *(const uint32_t *)(const void *)quantifier != field->id)
		return;
	if (field->type == PROTOBUF_C_TYPE_MESSAGE &&
	    *(ProtobufCMessage *const *)(const void *)at == NULL)
		return;
	canon_put_value(canon, field->type, at);
}

static void canon_put_message(struct canon *canon,
			      const ProtobufCMessage *message)
{
	for (unsigned int i = 0; i < message->descriptor->n_fields; i++)
		canon_put_field(canon, message,
				&message->descriptor->fields[i]);
	canon_put(canon, "}", 1);
}

scale_status fingerprint_request(struct call *call,
				 const ProtobufCMessage *request,
				 uint8_t ret_hash[SHA256_BYTES])
{
	struct canon canon = {.arena = call->arena};

	canon_put_text(&canon, request->descriptor->name);
	canon_put_message(&canon, request);
	if (canon.failed)
		return call_nomem(call);
	sha256_digest(canon.buf, canon.len, ret_hash);
	return SCALE_OK;
}
