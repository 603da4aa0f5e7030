/* SPDX-License-Identifier: BSD-2-Clause */
/* The node's half: names the mount source; the host mounts. */
#include "nfs.h"

#include <string.h>

static const char *map_find(const struct scale_map *map, const char *key)
{
	for (size_t i = 0; i < map->n; i++)
		if (strcmp(map->kv[i].key, key) == 0)
			return map->kv[i].value;
	return NULL;
}

static int options_have(const char *const *options, const char *name)
{
	size_t len = strlen(name);

	for (; options != NULL && *options != NULL; options++)
		if (strncmp(*options, name, len) == 0 &&
		    ((*options)[len] == '=' || (*options)[len] == '\0'))
			return 1;
	return 0;
}

/*
 * What the class and the user asked for, on top of hard: a NAS that reboots for
 * ten minutes must not turn into errors.  The user's own words win.
 */
static scale_status mount_options(struct scale_call *call,
				  const struct scale_volume *volume,
				  const struct scale_attach *attach,
				  const char *const **ret_options)
{
	const char *version = map_find(&volume->context, NFS_KEY_VERSION);
	const char *nconnect = map_find(&volume->context, NFS_KEY_NCONN);
	const char **options;
	size_t n = 0, given = 0;

	while (attach->options != NULL && attach->options[given] != NULL)
		given++;
	options = call->host->alloc(call, (given + 4) * sizeof(*options));
	if (options == NULL)
		return scale_fail(call, SCALE_RESOURCE_EXHAUSTED,
				  "the call has used up its memory");
	if (!options_have(attach->options, "soft") &&
	    !options_have(attach->options, "softerr"))
		options[n++] = "hard";
	if (version != NULL && !options_have(attach->options, "vers") &&
	    !options_have(attach->options, "nfsvers"))
		options[n++] = scale_text(call, "vers=%s", version);
	if (nconnect != NULL && !options_have(attach->options, "nconnect"))
		options[n++] = scale_text(call, "nconnect=%s", nconnect);
	for (size_t i = 0; i < given; i++)
		options[n++] = attach->options[i];
	*ret_options = options;
	return SCALE_OK;
}

scale_status nfs_attach(void *self, struct scale_call *call,
			const struct scale_volume *volume,
			const struct scale_attach *attach,
			struct scale_attached *ret_attached)
{
	const char *server = map_find(&attach->publish, NFS_PUBLISH_SERVER);
	const char *share = map_find(&attach->publish, NFS_PUBLISH_SHARE);
	const char **sources = call->host->alloc(call, 2 * sizeof(*sources));
	scale_status st;

	(void)self;
	if (server == NULL || share == NULL)
		return scale_fail(call, SCALE_FAILED_PRECONDITION,
				  "the publish context of '%s' names no server "
				  "and share; publish the volume again",
				  volume->id);
	if (sources == NULL)
		return scale_fail(call, SCALE_RESOURCE_EXHAUSTED,
				  "the call has used up its memory");
	st = mount_options(call, volume, attach, &ret_attached->options);
	if (st != SCALE_OK)
		return st;
	/* an IPv6 literal needs its brackets in front of the path's colon */
	if (strchr(server, ':') != NULL)
		sources[0] = scale_text(call, "[%s]:%s", server, share);
	else
		sources[0] = scale_text(call, "%s:%s", server, share);
	ret_attached->fs_type = "nfs";
	ret_attached->sources = sources;
	return SCALE_OK;
}

/* Nothing but mounts connects a node to a share, and those are the host's. */
scale_status nfs_detach(void *self, struct scale_call *call,
			const struct scale_volume *volume,
			const struct scale_attached *found)
{
	(void)self;
	(void)call;
	(void)volume;
	(void)found;
	return SCALE_OK;
}
