/* SPDX-License-Identifier: BSD-2-Clause */
#include "scene.h"

#include <stdlib.h>
#include <string.h>

#include "volume/service.h"

/* Memory that runs out at the n-th allocation of a verb, for every n. */
#define N_MAX 4000

static scale_status create(struct call *call)
{
	struct volume_create request = scene_create("a", "nfs");
	struct volume_info info;

	return volume_create(call, scene.volumes, &request, NULL, NULL, &info);
}

static scale_status copy(struct call *call)
{
	struct volume_create request = scene_create("copy", "nfs");
	struct volume_info info;

	request.source_kind = VOLUME_FROM_VOLUME;
	request.source_id = "scale-nfs:tank/k8s/a";
	return volume_create(call, scene.volumes, &request, NULL, NULL, &info);
}

static scale_status publish(struct call *call)
{
	struct volume_publish request = {
		.volume_id = "scale-nfs:tank/k8s/a",
		.node_id = "scale1:w",
		.access = {.mode = 1, .fs_type = ""},
	};
	struct scale_map context;

	return volume_publish(call, scene.volumes, &request, &context);
}

static scale_status list(struct call *call)
{
	struct volume_info *infos;
	const char *next;
	size_t n;

	return volume_list(call, scene.volumes, 0, "", &infos, &n, &next);
}

static scale_status snapshot(struct call *call)
{
	static const struct scale_map nothing;
	struct snapshot_info info;

	return volume_snapshot(call, scene.volumes, "s", "scale-nfs:tank/k8s/a",
			       &nothing, &info);
}

static scale_status destroy(struct call *call)
{
	static const struct scale_map nothing;

	return volume_delete(call, scene.volumes, "scale-nfs:tank/k8s/a",
			     &nothing);
}

static const struct {
	scale_status (*verb)(struct call *call);
	bool on_existing;
} rows[] = {
	{create, false}, {copy, true},     {publish, true},
	{list, true},    {snapshot, true}, {destroy, true},
};

static void prepare(void **state, bool on_existing)
{
	(void)scene_teardown(state);
	(void)scene_setup(state);
	if (on_existing)
		assert_int_equal(create(scene_call()), SCALE_OK);
}

/* Whatever memory does, what a failed verb leaves behind is healed by the same
 * request. */
static void a_verb_without_memory_fails_and_can_be_repeated(void **state)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		unsigned long n = 1;
		scale_status status;

		do {
			struct call *call;

			prepare(state, rows[i].on_existing);
			call = scene_call();
			arena_set_failure(call->arena, n);
			status = rows[i].verb(call);
			arena_set_failure(call->arena, 0);
			if (status != SCALE_OK &&
			    rows[i].verb(scene_call()) != SCALE_OK)
				fail_msg("row %zu, n %lu: %s", i, n,
					 scene.call.reason);
		} while (status != SCALE_OK && ++n < N_MAX);
		assert_in_range(n, 4, N_MAX - 1); /* it did allocate */
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			a_verb_without_memory_fails_and_can_be_repeated,
			scene_setup, scene_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
