/* SPDX-License-Identifier: BSD-2-Clause */
/* The controller's configuration, checked and kept. */
#include "volume/volume.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "volume/service.h"

#define CONFIG_BYTES (64u << 10)

__attribute__((format(printf, 3, 4))) static int
refuse(char *ret_error, size_t size, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(ret_error, size, fmt, ap); /* cut: a long name */
	va_end(ap);
	return -EINVAL;
}

static bool overlaps(const char *a, const char *b)
{
	return strcmp(a, b) == 0 || id_is_below(a, b) || id_is_below(b, a);
}

/* A parent that is a pool itself ("tank") is accepted: its children are
 * two parts long, which is all an id asks for. */
static bool is_dataset_path(const char *path)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789-_.:/";

	return path[0] != '\0' && path[0] != '/' &&
	       path[strlen(path) - 1] != '/' && strstr(path, "//") == NULL &&
	       strstr(path, "..") == NULL &&
	       path[strspn(path, allowed)] == '\0';
}

static int check_pool(const struct volume_pool *pool, char *ret_error,
		      size_t size)
{
	if (pool->name == NULL || pool->name[0] == '\0')
		return refuse(ret_error, size, "a pool has no name");
	if (pool->parent == NULL || !is_dataset_path(pool->parent))
		return refuse(ret_error, size,
			      "the parent '%s' of pool '%s' is no dataset "
			      "path: write it as 'tank/k8s'",
			      pool->parent != NULL ? pool->parent : "",
			      pool->name);
	if (strlen(pool->parent) > ID_PARENT_MAX)
		return refuse(ret_error, size,
			      "the parent '%s' of pool '%s' is %zu bytes long, "
			      "at most %d leave room for volume and snapshot "
			      "names: choose a shorter one",
			      pool->parent, pool->name, strlen(pool->parent),
			      ID_PARENT_MAX);
	return 0;
}

static int check_pools(const struct volumes_config *config, char *ret_error,
		       size_t size)
{
	if (config->n_pools == 0)
		return refuse(ret_error, size,
			      "no pool is configured: name at least one");
	for (size_t i = 0; i < config->n_pools; i++) {
		const struct volume_pool *pool = &config->pools[i];
		int rc = check_pool(pool, ret_error, size);

		if (rc != 0)
			return rc;
		for (size_t j = 0; j < i; j++) {
			const struct volume_pool *other = &config->pools[j];

			if (strcmp(pool->name, other->name) == 0)
				return refuse(ret_error, size,
					      "two pools are called '%s'",
					      pool->name);
			if (overlaps(pool->parent, other->parent))
				return refuse(ret_error, size,
					      "the parents '%s' and '%s' of "
					      "pools '%s' and '%s' overlap",
					      other->parent, pool->parent,
					      other->name, pool->name);
		}
	}
	return 0;
}

static const char *copy_text(struct arena *arena, const char *text)
{
	return arena_strdup(arena, text != NULL ? text : "");
}

static int copy_config(struct volumes *volumes,
		       const struct volumes_config *config)
{
	struct arena *arena = volumes->arena;
	struct volume_pool *pools =
		arena_array(arena, config->n_pools, sizeof(*pools));

	volumes->driver = copy_text(arena, config->driver);
	volumes->instance = copy_text(arena, config->instance);
	volumes->cluster = copy_text(arena, config->cluster);
	if (pools == NULL || volumes->driver == NULL ||
	    volumes->instance == NULL || volumes->cluster == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < config->n_pools; i++) {
		pools[i].name = copy_text(arena, config->pools[i].name);
		pools[i].parent = copy_text(arena, config->pools[i].parent);
		if (pools[i].name == NULL || pools[i].parent == NULL)
			return -ENOMEM;
	}
	volumes->pools = pools;
	volumes->n_pools = config->n_pools;
	volumes->backends = config->backends;
	volumes->nas = config->nas;
	volumes->host = config->host;
	volumes->log = config->log;
	return 0;
}

int volumes_new(const struct volumes_config *config,
		struct volumes **ret_volumes, char *ret_error, size_t size)
{
	struct volumes *volumes;
	int rc = check_pools(config, ret_error, size);

	if (rc != 0)
		return rc;
	volumes = calloc(1, sizeof(*volumes));
	if (volumes == NULL)
		return -ENOMEM;
	volumes->arena = arena_new(CONFIG_BYTES);
	rc = volumes->arena != NULL ? copy_config(volumes, config) : -ENOMEM;
	if (rc != 0) {
		volumes_free(volumes);
		return rc;
	}
	*ret_volumes = volumes;
	return 0;
}

void volumes_free(struct volumes *volumes)
{
	if (volumes == NULL)
		return;
	arena_free(volumes->arena);
	free(volumes);
}

const struct volume_pool *volumes_find_pool(const struct volumes *volumes,
					    const char *name)
{
	if (name == NULL || name[0] == '\0')
		return &volumes->pools[0];
	for (size_t i = 0; i < volumes->n_pools; i++)
		if (strcmp(volumes->pools[i].name, name) == 0)
			return &volumes->pools[i];
	return NULL;
}

const struct volume_pool *volumes_pool_of(const struct volumes *volumes,
					  const char *dataset)
{
	for (size_t i = 0; i < volumes->n_pools; i++)
		if (id_is_below(dataset, volumes->pools[i].parent))
			return &volumes->pools[i];
	return NULL;
}
