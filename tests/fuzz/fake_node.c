/* SPDX-License-Identifier: BSD-2-Clause */
/* A node that does nothing, but looks at all it is given. */
#include <assert.h>
#include <string.h>

#include "node/node.h"

static void look_at_map(const struct scale_map *map)
{
	for (size_t i = 0; i < map->n; i++)
		assert(strlen(map->kv[i].key) + strlen(map->kv[i].value) <
		       CALL_ARENA_BYTES);
}

static void look_at_volume(const struct node_volume *volume)
{
	assert(volume->id[0] != '\0');
	assert(volume->access_mode != 0 && volume->fs_type != NULL);
	look_at_map(&volume->context);
	look_at_map(&volume->publish);
	look_at_map(&volume->secrets);
	for (const char *const *it = volume->options; *it != NULL; it++)
		assert(strlen(*it) <= 4096);
}

scale_status node_stage(struct call *call, struct node *node,
			const struct node_volume *volume, const char *staging)
{
	(void)call;
	(void)node;
	look_at_volume(volume);
	assert(staging[0] != '\0');
	return SCALE_OK;
}

scale_status node_unstage(struct call *call, struct node *node,
			  const char *volume_id, const char *staging)
{
	(void)node;
	return call_fail(call, SCALE_NOT_FOUND, "'%s' is not staged at '%s'",
			 volume_id, staging);
}

scale_status node_publish(struct call *call, struct node *node,
			  const struct node_volume *volume, const char *staging,
			  const char *target, bool readonly)
{
	(void)call;
	(void)node;
	(void)readonly;
	look_at_volume(volume);
	assert(staging[0] != '\0' && target[0] != '\0');
	return SCALE_OK;
}

scale_status node_unpublish(struct call *call, struct node *node,
			    const char *volume_id, const char *target)
{
	(void)node;
	return call_fail(call, SCALE_UNAVAILABLE, "'%s' is busy at '%s'",
			 volume_id, target);
}

scale_status node_expand(struct call *call, struct node *node,
			 const char *volume_id, const char *path,
			 const char *staging, uint64_t required_bytes,
			 uint64_t *ret_bytes)
{
	(void)call;
	(void)node;
	assert(volume_id[0] != '\0' && path[0] != '\0' && staging != NULL);
	*ret_bytes = required_bytes;
	return SCALE_OK;
}

scale_status node_get_stats(struct call *call, struct node *node,
			    const char *volume_id, const char *path,
			    struct node_stats *ret_stats)
{
	(void)call;
	(void)node;
	ret_stats->is_raw = strlen(volume_id) > strlen(path);
	return SCALE_OK;
}

scale_status node_get_id(struct call *call, struct node *node,
			 const char **ret_node_id)
{
	(void)call;
	(void)node;
	*ret_node_id = "scale1:node-1";
	return SCALE_OK;
}
