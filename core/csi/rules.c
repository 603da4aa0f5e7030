/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests are checked here, once, from tables, before anything looks at them.
 */
#include "csi/rules.h"

#include <limits.h>
#include <string.h>

#include "base/text.h"
#include "csi.pb-c.h"

#define RULES_TEXT_MAX    128
#define RULES_NODE_ID_MAX 256
#define RULES_MAP_MAX     4096
#define RULES_FLAGS_MAX   4096
/* Secrets may carry service account tokens, which alone can pass 4 KiB. */
#define RULES_SECRETS_MAX 65536

/* Fields that must be set, in the order in which their absence is told. */
static const struct {
	const char *request;
	const char *fields[5];
} rules_required[] = {
	{"CreateVolumeRequest", {"name", "volume_capabilities"}},
	{"DeleteVolumeRequest", {"volume_id"}},
	{"ControllerPublishVolumeRequest",
	 {"volume_id", "node_id", "volume_capability"}},
	{"ControllerUnpublishVolumeRequest", {"volume_id"}},
	{"ValidateVolumeCapabilitiesRequest",
	 {"volume_id", "volume_capabilities"}},
	{"ControllerGetVolumeRequest", {"volume_id"}},
	{"ControllerExpandVolumeRequest", {"volume_id", "capacity_range"}},
	{"CreateSnapshotRequest", {"name", "source_volume_id"}},
	{"DeleteSnapshotRequest", {"snapshot_id"}},
	{"NodeStageVolumeRequest",
	 {"volume_id", "staging_target_path", "volume_capability"}},
	{"NodeUnstageVolumeRequest", {"volume_id", "staging_target_path"}},
	{"NodePublishVolumeRequest",
	 {"volume_id", "target_path", "volume_capability",
	  "staging_target_path"}},
	{"NodeUnpublishVolumeRequest", {"volume_id", "target_path"}},
	{"NodeGetVolumeStatsRequest", {"volume_id", "volume_path"}},
	{"NodeExpandVolumeRequest", {"volume_id", "volume_path"}},
};

/* Fields that may be longer than the usual 128 bytes. */
static const struct {
	const char *field;
	size_t max;
} rules_longer[] = {
	{"staging_target_path", PATH_MAX - 1}, {"target_path", PATH_MAX - 1},
	{"volume_path", PATH_MAX - 1},         {"node_id", RULES_NODE_ID_MAX},
	{"mount_flags", RULES_FLAGS_MAX},
};

static const void *rules_member(const ProtobufCMessage *message, unsigned off)
{
	return (const char *)message + off;
}

static size_t rules_count(const ProtobufCMessage *message,
			  const ProtobufCFieldDescriptor *field)
{
	return *(const size_t *)rules_member(message, field->quantifier_offset);
}

static bool rules_is_set(const ProtobufCMessage *message, const char *name)
{
	const ProtobufCFieldDescriptor *field =
		protobuf_c_message_descriptor_get_field_by_name(
			message->descriptor, name);

	if (field->label == PROTOBUF_C_LABEL_REPEATED)
		return rules_count(message, field) > 0;
	if (field->type == PROTOBUF_C_TYPE_STRING)
		return **(char *const *)rules_member(message, field->offset) !=
		       '\0';
	return *(void *const *)rules_member(message, field->offset) != NULL;
}

static scale_status rules_check_required(struct call *call,
					 const ProtobufCMessage *request)
{
	const char *type = request->descriptor->short_name;

	for (size_t i = 0; i < sizeof(rules_required) / sizeof(*rules_required);
	     i++) {
		const char *const *field = rules_required[i].fields;

		if (strcmp(rules_required[i].request, type) != 0)
			continue;
		for (; *field != NULL; field++)
			if (!rules_is_set(request, *field))
				return call_fail(call, SCALE_INVALID_ARGUMENT,
						 "the request lacks %s, which "
						 "is required",
						 *field);
	}
	return SCALE_OK;
}

static scale_status rules_check_text(struct call *call, const char *field,
				     const char *text)
{
	size_t max = RULES_TEXT_MAX;
	size_t len = strlen(text);

	for (size_t i = 0; i < sizeof(rules_longer) / sizeof(*rules_longer);
	     i++)
		if (strcmp(rules_longer[i].field, field) == 0)
			max = rules_longer[i].max;
	if (len > max)
		return call_fail(call, SCALE_INVALID_ARGUMENT,
				 "%s has %zu bytes, at most %zu are allowed",
				 field, len, max);
	if (text_has_control(text, len))
		return call_fail(call, SCALE_INVALID_ARGUMENT,
				 "%s contains a control character", field);
	return SCALE_OK;
}

/* A map is a repeated message of the fields key and value. */
static bool rules_is_map(const ProtobufCFieldDescriptor *field)
{
	const ProtobufCMessageDescriptor *type = field->descriptor;

	return field->label == PROTOBUF_C_LABEL_REPEATED &&
	       field->type == PROTOBUF_C_TYPE_MESSAGE && type->n_fields == 2 &&
	       strcmp(type->fields[0].name, "key") == 0 &&
	       strcmp(type->fields[1].name, "value") == 0;
}

static scale_status rules_check_map(struct call *call,
				    const ProtobufCMessage *message,
				    const ProtobufCFieldDescriptor *field)
{
	ProtobufCMessage *const *entries =
		*(ProtobufCMessage *const *const *)rules_member(message,
								field->offset);
	bool is_secret = strcmp(field->name, "secrets") == 0;
	size_t max = is_secret ? RULES_SECRETS_MAX : RULES_MAP_MAX;
	size_t bytes = 0;

	for (size_t i = 0; i < rules_count(message, field); i++)
		for (unsigned int part = 0; part < 2; part++)
			bytes += strlen(*(char *const *)rules_member(
				entries[i],
				entries[i]->descriptor->fields[part].offset));
	if (bytes > max)
		return call_fail(call, SCALE_INVALID_ARGUMENT,
				 "%s has %zu bytes, at most %zu are allowed",
				 field->name, bytes, max);
	return SCALE_OK;
}

static scale_status rules_check_message(struct call *call,
					const ProtobufCMessage *message);

static scale_status rules_check_value(struct call *call,
				      const ProtobufCFieldDescriptor *field,
				      const void *at)
{
	switch (field->type) {
	case PROTOBUF_C_TYPE_STRING:
		return rules_check_text(call, field->name, *(char *const *)at);
	case PROTOBUF_C_TYPE_MESSAGE:
		if (*(ProtobufCMessage *const *)at == NULL)
			return SCALE_OK;
		return rules_check_message(call,
					   *(ProtobufCMessage *const *)at);
	case PROTOBUF_C_TYPE_ENUM:
		if (protobuf_c_enum_descriptor_get_value(
			    field->descriptor, *(const int *)at) == NULL)
			return call_fail(call, SCALE_INVALID_ARGUMENT,
					 "%s is %d, which no version of CSI "
					 "known here defines",
					 field->name, *(const int *)at);
		return SCALE_OK;
	case PROTOBUF_C_TYPE_INT64:
		if (*(const int64_t *)at < 0)
			return call_fail(call, SCALE_INVALID_ARGUMENT,
					 "%s is negative", field->name);
		return SCALE_OK;
	case PROTOBUF_C_TYPE_INT32:
		if (*(const int32_t *)at < 0)
			return call_fail(call, SCALE_INVALID_ARGUMENT,
					 "%s is negative", field->name);
		return SCALE_OK;
	default:
		return SCALE_OK;
	}
}

static scale_status rules_check_repeated(struct call *call,
					 const ProtobufCMessage *message,
					 const ProtobufCFieldDescriptor *field)
{
	size_t stride = field->type == PROTOBUF_C_TYPE_ENUM ? sizeof(int)
							    : sizeof(void *);
	const char *items =
		*(char *const *)rules_member(message, field->offset);
	size_t total = 0;
	scale_status st;

	if (rules_is_map(field))
		return rules_check_map(call, message, field);
	for (size_t i = 0; i < rules_count(message, field); i++) {
		st = rules_check_value(call, field, items + i * stride);
		if (st != SCALE_OK)
			return st;
		if (field->type == PROTOBUF_C_TYPE_STRING)
			total += strlen(
				*(char *const *)(const void *)(items +
							       i * stride));
	}
	if (total > RULES_FLAGS_MAX)
		return call_fail(call, SCALE_INVALID_ARGUMENT,
				 "%s has %zu bytes, at most %d are allowed",
				 field->name, total, RULES_FLAGS_MAX);
	return SCALE_OK;
}

static scale_status rules_check_range(struct call *call,
				      const Csi__V1__CapacityRange *range)
{
	if (range->required_bytes == 0 && range->limit_bytes == 0)
		return call_fail(call, SCALE_INVALID_ARGUMENT,
				 "the capacity range gives neither "
				 "required_bytes nor limit_bytes");
	if (range->limit_bytes != 0 &&
	    range->required_bytes > range->limit_bytes)
		return call_fail(
			call, SCALE_INVALID_ARGUMENT,
			"required_bytes %lld is above limit_bytes %lld",
			(long long)range->required_bytes,
			(long long)range->limit_bytes);
	return SCALE_OK;
}

static scale_status rules_check_message(struct call *call,
					const ProtobufCMessage *message)
{
	const ProtobufCMessageDescriptor *type = message->descriptor;

	for (unsigned int i = 0; i < type->n_fields; i++) {
		const ProtobufCFieldDescriptor *field = &type->fields[i];
		scale_status st;

		if (field->label == PROTOBUF_C_LABEL_REPEATED) {
			st = rules_check_repeated(call, message, field);
		} else {
			const uint32_t *which =
				rules_member(message, field->quantifier_offset);

			if ((field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0 &&
			    *which != field->id)
				continue;
			st = rules_check_value(
				call, field,
				rules_member(message, field->offset));
		}
		if (st != SCALE_OK)
			return st;
	}
	if (type == &csi__v1__capacity_range__descriptor)
		return rules_check_range(
			call, (const Csi__V1__CapacityRange *)message);
	return SCALE_OK;
}

scale_status rules_check(struct call *call, const ProtobufCMessage *request)
{
	scale_status st = rules_check_required(call, request);

	return st != SCALE_OK ? st : rules_check_message(call, request);
}
