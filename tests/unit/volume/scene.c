/* SPDX-License-Identifier: BSD-2-Clause */
/* A controller over the fakes, and calls to make on it. */
#include "scene.h"

#include <string.h>

struct scene scene;

static const struct volume_pool pools[] = {{"main", "tank/k8s"}};

static int setup(bool predecessor)
{
	struct volumes_config config = {
		.driver = "csi.scale.io",
		.instance = INSTANCE,
		.cluster = "prod",
		.pools = pools,
		.n_pools = 1,
		.backends = &fake_table,
	};
	char error[256];

	scene = (struct scene){0};
	fake_nas_reset(predecessor);
	fake_backend_reset();
	return volumes_new(&config, &scene.volumes, error, sizeof(error));
}

int scene_setup(void **state)
{
	(void)state;
	return setup(false);
}

int scene_setup_predecessor(void **state)
{
	(void)state;
	return setup(true);
}

int scene_teardown(void **state)
{
	(void)state;
	volumes_free(scene.volumes);
	arena_free(scene.arena);
	scene = (struct scene){0};
	fake_nas_done();
	return 0;
}

struct call *scene_call(void)
{
	arena_free(scene.arena);
	scene.arena = arena_new(CALL_ARENA_BYTES);
	call_init(&scene.call, scene.arena, NULL, NULL, CLOCK_NEVER);
	return &scene.call;
}

struct volume_create scene_create(const char *name, const char *protocol)
{
	static const struct volume_access access = {
		.mode = 1, .fs_type = "", .options = NULL};
	/* One for each request a test may have at a time. */
	static struct scale_kv kvs[4];
	static size_t next;
	struct scale_kv *kv = &kvs[next++ % 4];

	*kv = (struct scale_kv){"protocol", protocol};
	return (struct volume_create){
		.name = name,
		.required_bytes = GIB,
		.accesses = &access,
		.n_accesses = 1,
		.parameters = {kv, 1},
		.source_id = "",
	};
}

static void answer(struct call *call, const struct volume_info *info, void *arg)
{
	struct scene *at = arg;

	(void)call;
	at->answered++;
	at->answer = *info;
}

scale_status scene_make(const struct volume_create *create)
{
	struct volume_info info = {0};

	scene.answered = 0;
	return volume_create(scene_call(), scene.volumes, create, answer,
			     &scene, &info);
}

scale_status scene_snapshot(const char *name, const char *volume_id,
			    struct snapshot_info *ret)
{
	static const struct scale_map nothing;

	return volume_snapshot(scene_call(), scene.volumes, name, volume_id,
			       &nothing, ret);
}

scale_status scene_delete(const char *volume_id)
{
	static const struct scale_map nothing;

	return volume_delete(scene_call(), scene.volumes, volume_id, &nothing);
}

scale_status scene_publish(const char *volume_id, const char *node,
			   uint32_t mode, bool is_readonly)
{
	struct volume_publish publish = {
		.volume_id = volume_id,
		.node_id = node,
		.access = {.mode = mode, .fs_type = ""},
		.is_readonly = is_readonly,
	};
	struct scale_map context;

	return volume_publish(scene_call(), scene.volumes, &publish, &context);
}
