/* SPDX-License-Identifier: BSD-2-Clause */
/* Every snapshot below the configured parents, by name. */
#include "volume/zpools.h"

#include <stdlib.h>
#include <string.h>

#include "nas/snapshot.h"

static bool shares_zpool(const char *a, const char *b)
{
	size_t len = strcspn(a, "/");

	return len == strcspn(b, "/") && strncmp(a, b, len) == 0;
}

static bool is_asked_before(const struct volumes *volumes, size_t pool)
{
	for (size_t i = 0; i < pool; i++)
		if (shares_zpool(volumes->pools[i].parent,
				 volumes->pools[pool].parent))
			return true;
	return false;
}

scale_status zpools_submit(struct call *call, const struct volumes *volumes,
			   struct zpools *ret)
{
	struct zpools zpools = {
		.rpcs = arena_array(call->arena, volumes->n_pools,
				    sizeof(*zpools.rpcs)),
	};

	if (zpools.rpcs == NULL)
		return call_nomem(call);
	for (size_t i = 0; i < volumes->n_pools; i++)
		if (!is_asked_before(volumes, i))
			snapshot_list_names_submit(
				call, volumes->nas, volumes->pools[i].parent,
				true, &zpools.rpcs[zpools.n++]);
	*ret = zpools;
	return SCALE_OK;
}

scale_status zpools_wait(struct call *call, const struct volumes *volumes,
			 const struct zpools *zpools, struct rpc *also)
{
	struct rpc **rpcs =
		arena_array(call->arena, zpools->n + 1, sizeof(*rpcs));
	size_t n = 0;

	if (rpcs == NULL) /* the rpcs end with the call */
		return call_nomem(call);
	for (size_t i = 0; i < zpools->n; i++)
		rpcs[n++] = &zpools->rpcs[i];
	if (also != NULL)
		rpcs[n++] = also;
	(void)rpc_wait(call, volumes->nas, rpcs, n);
	return SCALE_OK;
}

static int compare_paths(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Of "tank/k8s/pvc-1@s": whether the dataset lies below a parent. */
static bool is_below_parent(const struct volumes *volumes, const char *path)
{
	const char *at = strchr(path, '@');

	for (size_t i = 0; i < volumes->n_pools; i++) {
		size_t len = strlen(volumes->pools[i].parent);

		if (at != NULL && (size_t)(at - path) > len + 1 &&
		    id_is_below(path, volumes->pools[i].parent))
			return true;
	}
	return false;
}

scale_status zpools_finish(struct call *call, const struct volumes *volumes,
			   const struct zpools *zpools, const char ***ret_paths,
			   size_t *ret_n)
{
	const char **all = NULL;
	size_t n_all = 0;

	for (size_t i = 0; i < zpools->n; i++) {
		const char **paths, **more;
		size_t n;
		scale_status status = snapshot_list_names_finish(
			call, &zpools->rpcs[i], &paths, &n);

		if (status != SCALE_OK)
			return status;
		more = arena_array(call->arena, n_all + n, sizeof(*more));
		if (more == NULL)
			return call_nomem(call);
		if (n_all > 0)
			memcpy(more, all, n_all * sizeof(*more));
		all = more;
		for (size_t k = 0; k < n; k++)
			if (is_below_parent(volumes, paths[k]))
				all[n_all++] = paths[k];
	}
	if (n_all > 1)
		qsort(all, n_all, sizeof(*all), compare_paths);
	*ret_paths = all;
	*ret_n = n_all;
	return SCALE_OK;
}
