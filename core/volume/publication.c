/* SPDX-License-Identifier: BSD-2-Clause */
/* To which nodes a volume is published: a property of the dataset for each. */
#include "volume/publication.h"

#include <errno.h>
#include <string.h>

#include "base/sha256.h"
#include "base/text.h"
#include "volume/record.h"

#define KEY_PREFIX DATASET_PROPERTY_PREFIX "publish."
#define KEY_DIGITS 16
/* Version, mode and the three semicolons, with room for larger numbers. */
#define HEAD_ROOM 24

const char *publication_key(struct call *call, const char *node)
{
	char hex[KEY_DIGITS + 1];

	sha256_hex(node, KEY_DIGITS, hex);
	return call_printf(call, "%s%s", KEY_PREFIX, hex);
}

const char *publication_format(struct call *call,
			       const struct publication *publication)
{
	size_t cut = text_cut(publication->node, RECORD_VALUE_MAX - HEAD_ROOM);

	return call_printf(call, "%d;%u;%s;%.*s", PUBLICATION_VERSION,
			   publication->mode,
			   publication->is_readonly ? "ro" : "rw", (int)cut,
			   publication->node);
}

/* Cuts the next field off *@rest; NULL when there is no ';' behind it. */
static const char *next_field(struct call *call, const char **rest)
{
	const char *end = strchr(*rest, ';');
	const char *field;

	if (end == NULL)
		return NULL;
	field = arena_strndup(call->arena, *rest, (size_t)(end - *rest));
	*rest = end + 1;
	return field;
}

static int parse_number(const char *field, uint32_t *ret)
{
	uint64_t value;

	if (field == NULL || text_parse_u64(field, &value) != 0 ||
	    value > UINT32_MAX)
		return -EINVAL;
	*ret = (uint32_t)value;
	return 0;
}

int publication_parse(struct call *call, const char *value,
		      struct publication *ret)
{
	struct publication found = {.node = ""};
	const char *rest = value, *field;

	if (parse_number(next_field(call, &rest), &found.version) != 0)
		return -EINVAL;
	if (found.version > PUBLICATION_VERSION) {
		ret->version = found.version;
		return -ENOTSUP;
	}
	if (found.version == 0 ||
	    parse_number(next_field(call, &rest), &found.mode) != 0 ||
	    found.mode == 0)
		return -EINVAL;
	field = next_field(call, &rest);
	if (field == NULL || rest[0] == '\0')
		return -EINVAL;
	found.is_readonly = strcmp(field, "ro") == 0;
	if (!found.is_readonly && strcmp(field, "rw") != 0)
		return -EINVAL;
	found.node = arena_strdup(call->arena, rest);
	if (found.node == NULL)
		return -ENOMEM;
	*ret = found;
	return 0;
}

scale_status publications_read(struct call *call, const struct scale_map *user,
			       struct publication **ret, size_t *ret_n)
{
	struct publication *found =
		arena_array(call->arena, user->n + 1, sizeof(*found));
	size_t n = 0;

	if (found == NULL)
		return call_nomem(call);
	for (size_t i = 0; i < user->n; i++) {
		if (!text_starts(user->kv[i].key, KEY_PREFIX))
			continue;
		if (publication_parse(call, user->kv[i].value, &found[n]) != 0)
			found[n].node = "(unreadable record)";
		found[n++].key = user->kv[i].key;
	}
	*ret = found;
	*ret_n = n;
	return SCALE_OK;
}
