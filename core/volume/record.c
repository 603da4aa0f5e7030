/* SPDX-License-Identifier: BSD-2-Clause */
/* User properties to struct volume_record, there and back. */
#include "volume/record.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/sha256.h"
#include "base/text.h"

/* Families of properties: what follows is a key of somebody else's. */
#define FAMILY_CLASS  DATASET_PROPERTY_PREFIX "c."
#define FAMILY_PARAMS DATASET_PROPERTY_PREFIX "p."
#define FAMILY_STATE  DATASET_PROPERTY_PREFIX "s."
/* Hints under the names that people know from other drivers for this NAS. */
#define KNOWN_KEYS   "truenas_"
#define FAMILY_KNOWN DATASET_PROPERTY_PREFIX KNOWN_KEYS

#define HASH_DIGITS 16

/*
 * Property names are lower case from TrueNAS 26 on, keys of parameters are
 * not: "maprootUser" becomes "maproot_user", and a "_" is doubled.
 */
static const char *property_name(struct call *call, const char *family,
				 const char *key)
{
	size_t size = strlen(family) + 2 * strlen(key) + 1;
	char *name = arena_alloc(call->arena, size);
	size_t n = strlen(family);

	if (name == NULL)
		return NULL;
	memcpy(name, family, n);
	for (; *key != '\0'; key++) {
		if (isupper((unsigned char)*key) || *key == '_')
			name[n++] = '_';
		name[n++] = (char)tolower((unsigned char)*key);
	}
	return name;
}

static const char *property_key(struct call *call, const char *encoded)
{
	char *key = arena_alloc(call->arena, strlen(encoded) + 1);
	size_t n = 0;

	if (key == NULL)
		return NULL;
	for (; *encoded != '\0'; encoded++) {
		if (*encoded != '_') {
			key[n++] = *encoded;
			continue;
		}
		if (encoded[1] == '\0')
			break; /* nobody's writing of ours */
		encoded++;
		key[n++] = (char)toupper((unsigned char)*encoded);
	}
	return key;
}

static const char *value_or_empty(const struct scale_map *user, const char *key)
{
	const char *value = map_get(user, key);

	return value != NULL ? value : "";
}

static uint64_t number_or_zero(const struct scale_map *user, const char *key)
{
	uint64_t value;

	return text_parse_u64(value_or_empty(user, key), &value) == 0 ? value
								      : 0;
}

static void read_families(struct call *call, const struct scale_map *user,
			  struct map_builder *class, struct map_builder *params,
			  struct map_builder *state)
{
	static const char prefix[] = DATASET_PROPERTY_PREFIX;

	for (size_t i = 0; i < user->n; i++) {
		const char *name = user->kv[i].key;
		const char *value = user->kv[i].value;

		if (text_starts(name, FAMILY_CLASS))
			map_put(class,
				property_key(call, name + strlen(FAMILY_CLASS)),
				value);
		else if (text_starts(name, FAMILY_PARAMS))
			map_put(params,
				property_key(call,
					     name + strlen(FAMILY_PARAMS)),
				value);
		else if (text_starts(name, FAMILY_STATE))
			map_put(state,
				property_key(call, name + strlen(FAMILY_STATE)),
				value);
		else if (text_starts(name, FAMILY_KNOWN))
			map_put(state, name + strlen(prefix), value);
	}
}

scale_status record_read(struct call *call, const struct scale_map *user,
			 struct volume_record *ret_record)
{
	struct map_builder class, params, state;
	struct volume_record record = {
		.version = number_or_zero(user, RECORD_VERSION_KEY),
		.managed = value_or_empty(user, RECORD_MANAGED),
		.id = value_or_empty(user, RECORD_ID),
		.instance = value_or_empty(user, RECORD_INSTANCE),
		.name = value_or_empty(user, RECORD_NAME),
		.protocol = value_or_empty(user, RECORD_PROTOCOL),
		.filesystem = value_or_empty(user, RECORD_FILESYSTEM),
		.source_type = value_or_empty(user, RECORD_SOURCE_TYPE),
		.source_id = value_or_empty(user, RECORD_SOURCE_ID),
		.bytes = number_or_zero(user, RECORD_BYTES),
		.is_provisioned =
			strcmp(value_or_empty(user, RECORD_PROVISIONED),
			       "true") == 0,
	};

	map_init(&class, call->arena);
	map_init(&params, call->arena);
	map_init(&state, call->arena);
	read_families(call, user, &class, &params, &state);
	record.class = map_view(&class);
	record.params = map_view(&params);
	record.state = map_view(&state);
	if (class.failed || params.failed || state.failed)
		return call_nomem(call);
	*ret_record = record;
	return SCALE_OK;
}

const char *record_fit(struct call *call, const char *text)
{
	char hex[HASH_DIGITS + 1];
	size_t cut;

	if (strlen(text) <= RECORD_VALUE_MAX)
		return text;
	cut = text_cut(text, RECORD_VALUE_MAX - HASH_DIGITS - 1);
	sha256_hex(text, HASH_DIGITS, hex);
	return call_printf(call, "%.*s-%s", (int)cut, text, hex);
}

static scale_status put_family(struct call *call, const char *family,
			       const struct scale_map *from,
			       struct map_builder *user)
{
	for (size_t i = 0; i < from->n; i++) {
		if (strlen(from->kv[i].value) > RECORD_VALUE_MAX)
			return call_fail(call, SCALE_INVALID_ARGUMENT,
					 "the value of parameter '%s' is %zu "
					 "bytes long, the NAS keeps at most %d "
					 "with a volume: shorten it",
					 from->kv[i].key,
					 strlen(from->kv[i].value),
					 RECORD_VALUE_MAX);
		map_put(user, property_name(call, family, from->kv[i].key),
			from->kv[i].value);
	}
	return user->failed ? call_nomem(call) : SCALE_OK;
}

static void put_unless_empty(struct map_builder *user, const char *key,
			     const char *value)
{
	if (value == NULL || value[0] != '\0')
		map_put(user, key, value);
}

scale_status record_put_marks(struct call *call,
			      const struct volume_record *record,
			      struct map_builder *user)
{
	scale_status status;

	map_put(user, RECORD_MANAGED, "true");
	map_put(user, RECORD_VERSION_KEY,
		call_printf(call, "%d", RECORD_VERSION));
	map_put(user, RECORD_ID, record->id);
	map_put(user, RECORD_INSTANCE, record->instance);
	map_put(user, RECORD_NAME, record_fit(call, record->name));
	map_put(user, RECORD_PROTOCOL, record->protocol);
	map_put(user, RECORD_BYTES,
		call_printf(call, "%llu", (unsigned long long)record->bytes));
	put_unless_empty(user, RECORD_FILESYSTEM, record->filesystem);
	put_unless_empty(user, RECORD_SOURCE_TYPE, record->source_type);
	put_unless_empty(user, RECORD_SOURCE_ID, record->source_id);
	status = put_family(call, FAMILY_CLASS, &record->class, user);
	if (status == SCALE_OK)
		status = put_family(call, FAMILY_PARAMS, &record->params, user);
	return status;
}

scale_status record_put_state(struct call *call, const struct scale_map *state,
			      struct map_builder *user)
{
	static const char prefix[] = DATASET_PROPERTY_PREFIX;
	struct map_builder others;
	struct scale_map view;

	map_init(&others, call->arena);
	for (size_t i = 0; i < state->n; i++) {
		const struct scale_kv *kv = &state->kv[i];

		if (text_starts(kv->key, KNOWN_KEYS))
			map_put(user,
				call_printf(call, "%s%s", prefix, kv->key),
				kv->value);
		else
			map_put(&others, kv->key, kv->value);
	}
	view = map_view(&others);
	if (others.failed)
		return call_nomem(call);
	return put_family(call, FAMILY_STATE, &view, user);
}

const char *record_find_difference(const struct scale_map *a,
				   const struct scale_map *b)
{
	for (size_t i = 0; i < a->n; i++) {
		const char *other = map_get(b, a->kv[i].key);

		if (other == NULL || strcmp(other, a->kv[i].value) != 0)
			return a->kv[i].key;
	}
	for (size_t i = 0; i < b->n; i++)
		if (map_get(a, b->kv[i].key) == NULL)
			return b->kv[i].key;
	return NULL;
}

const char *record_kind_name(uint32_t kind)
{
	return kind == SCALE_BLOCK ? "zvol" : "file system";
}
