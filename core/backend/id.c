/* SPDX-License-Identifier: BSD-2-Clause */
/* Volume and snapshot ids, and the names that follow from them alone. */
#include "backend/id.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "base/sha256.h"

#define ID_HASH_DIGITS 16

/* What ZFS takes in a component of a name, less the blank. */
static bool id_is_zfs_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' ||
	       c == ':';
}

static bool id_is_component(const char *part, size_t len)
{
	if (len == 0 || (len == 1 && part[0] == '.') ||
	    (len == 2 && part[0] == '.' && part[1] == '.'))
		return false;
	for (size_t i = 0; i < len; i++)
		if (!id_is_zfs_char(part[i]))
			return false;
	return true;
}

static bool id_is_path(const char *path)
{
	size_t parts = 0;

	for (;;) {
		size_t len = strcspn(path, "/");

		if (!id_is_component(path, len))
			return false;
		parts++;
		if (path[len] == '\0')
			return parts >= 2;
		path += len + 1;
	}
}

static bool id_is_prefix(const char *text, size_t len)
{
	if (len == 0 || len > ID_PREFIX_MAX || !islower((unsigned char)*text))
		return false;
	for (size_t i = 0; i < len; i++)
		if (!islower((unsigned char)text[i]) &&
		    !isdigit((unsigned char)text[i]) && text[i] != '-')
			return false;
	return true;
}

int id_parse(struct arena *arena, const char *text, struct id *ret_id)
{
	size_t len = strnlen(text, ID_MAX + 1);
	const char *colon = memchr(text, ':', len);
	const char *at = memchr(text, '@', len);
	struct id id = {0};

	if (len > ID_MAX || colon == NULL || (at != NULL && at < colon))
		return -EINVAL;
	if (!id_is_prefix(text, (size_t)(colon - text)))
		return -EINVAL;
	if (at != NULL && !id_is_component(at + 1, strlen(at + 1)))
		return -EINVAL;
	id.volume = arena_strndup(arena, text,
				  at != NULL ? (size_t)(at - text) : len);
	id.prefix = arena_strndup(arena, text, (size_t)(colon - text));
	id.snapshot = at != NULL ? arena_strdup(arena, at + 1) : NULL;
	if (id.volume == NULL || id.prefix == NULL ||
	    (at != NULL && id.snapshot == NULL))
		return -ENOMEM;
	id.dataset = id.volume + (colon - text) + 1;
	if (!id_is_path(id.dataset))
		return -EINVAL;
	*ret_id = id;
	return 0;
}

bool id_is_below(const char *dataset, const char *parent)
{
	size_t len = strlen(parent);

	return strncmp(dataset, parent, len) == 0 && dataset[len] == '/' &&
	       dataset[len + 1] != '\0';
}

/* A cut of @name of what @allowed takes, "-" in place of the rest, and a hash
 * of @hashed. */
static char *id_make_hashed(struct arena *arena, const char *name,
			    const char *hashed, size_t room,
			    bool (*allowed)(char))
{
	char hex[ID_HASH_DIGITS + 1];
	size_t cut = room - ID_HASH_DIGITS - 1;
	char *made = arena_alloc(arena, room + 1);
	size_t n = 0;

	if (made == NULL)
		return NULL;
	for (; *name != '\0' && n < cut; name++) {
		char c = allowed(*name) ? *name : '-';

		/* a part begins with a letter or a digit */
		if (n == 0 && !isalnum((unsigned char)c))
			continue;
		made[n++] = c;
	}
	if (n == 0)
		made[n++] = 'v';
	sha256_hex(hashed, ID_HASH_DIGITS, hex);
	made[n++] = '-';
	memcpy(made + n, hex, sizeof(hex));
	return made;
}

static char *id_make_part(struct arena *arena, const char *name, size_t room)
{
	size_t len = strlen(name);

	if (len <= room && id_is_component(name, len) &&
	    isalnum((unsigned char)name[0]))
		return arena_strdup(arena, name);
	return id_make_hashed(arena, name, name, room, id_is_zfs_char);
}

char *id_make_leaf(struct arena *arena, const char *name, size_t room)
{
	return id_make_part(arena, name, room);
}

char *id_make_snapshot(struct arena *arena, const char *name)
{
	return id_make_part(arena, name, ID_SNAPSHOT_ROOM);
}

/* What iSCSI target names take on the NAS, less the colon. */
static bool id_is_object_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' ||
	       c == '-';
}

char *id_make_object(struct arena *arena, const char *volume_id)
{
	const char *leaf = strrchr(volume_id, '/');
	char *lower = arena_strdup(arena, leaf != NULL ? leaf + 1 : volume_id);

	if (lower == NULL)
		return NULL;
	for (char *c = lower; *c != '\0'; c++)
		*c = (char)tolower((unsigned char)*c);
	return id_make_hashed(arena, lower, volume_id, ID_OBJECT_MAX,
			      id_is_object_char);
}
