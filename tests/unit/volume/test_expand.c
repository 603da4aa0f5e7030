/* SPDX-License-Identifier: BSD-2-Clause */
#include "scene.h"

#include <string.h>

#define NFS   "scale-nfs:tank/k8s/n"
#define ISCSI "scale-iscsi:tank/k8s/b"

static void make(void)
{
	struct volume_create create = scene_create("n", "nfs");

	assert_int_equal(scene_make(&create), SCALE_OK);
	create = scene_create("b", "iscsi");
	assert_int_equal(scene_make(&create), SCALE_OK);
	fake_nas.calls = 0;
}

static const struct {
	const char *id;
	uint64_t required, limit;
	scale_status want;
	uint64_t bytes;
	bool on_node;
} rows[] = {
	{NFS, 2 * GIB, 0, SCALE_OK, 2 * GIB, false},
	{NFS, 2 * GIB + 1, 2 * GIB + 1, SCALE_OK, 2 * GIB + 1, false},
	{ISCSI, 2 * GIB, 2 * GIB, SCALE_OK, 2 * GIB, true},
	{ISCSI, 2 * GIB + 1, 0, SCALE_OK, 2 * GIB + 16384, true},
	{ISCSI, 2 * GIB + 1, 2 * GIB + 2, SCALE_OUT_OF_RANGE, 0, false},
	/* there already, perhaps from the try before */
	{ISCSI, GIB, 0, SCALE_OK, GIB, true},
	{ISCSI, 1, 0, SCALE_OK, GIB, true},
	{ISCSI, 1, 2, SCALE_OUT_OF_RANGE, 0, false},
	{"scale-nfs:tank/k8s/gone", 2 * GIB, 0, SCALE_NOT_FOUND, 0, false},
	{"fake", 2 * GIB, 0, SCALE_NOT_FOUND, 0, false},
};

static void sizes_go_up_and_never_down(void **state)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		uint64_t bytes = 0;
		bool on_node = false;
		scale_status status;

		(void)scene_teardown(state);
		(void)scene_setup(state);
		make();
		status = volume_expand(scene_call(), scene.volumes, rows[i].id,
				       rows[i].required, rows[i].limit, &bytes,
				       &on_node);
		if (status != rows[i].want || bytes != rows[i].bytes ||
		    on_node != rows[i].on_node)
			fail_msg("row %zu: %d, %llu: %s", i, status,
				 (unsigned long long)bytes, scene.call.reason);
		if (status == SCALE_OK) {
			assert_int_equal(fake_backend.resized, 1);
			assert_true(fake_nas.calls <= 2);
		}
	}
}

/* Refused by an error that proves nothing: what is there decides. */
static void a_refusal_is_read_back(void **state)
{
	uint64_t bytes;
	bool on_node;

	(void)state;
	make();
	fake_nas.faults[FAKE_CHANGE] = (struct fake_fault){
		.status = SCALE_RESOURCE_EXHAUSTED, .outcome = RPC_REFUSED};
	assert_int_equal(volume_expand(scene_call(), scene.volumes, ISCSI,
				       2 * GIB, 0, &bytes, &on_node),
			 SCALE_RESOURCE_EXHAUSTED);
	assert_int_equal(ledger_state(&scene.call.ledger), LEDGER_CLEAN);
	fake_nas.faults[FAKE_CHANGE] =
		(struct fake_fault){.status = SCALE_INTERNAL,
				    .outcome = RPC_REFUSED,
				    .is_executed = true};
	assert_int_equal(volume_expand(scene_call(), scene.volumes, ISCSI,
				       2 * GIB, 0, &bytes, &on_node),
			 SCALE_OK);
	assert_int_equal(bytes, 2 * GIB);
}

/* A smaller quota written late would be the last word; a zvol does not shrink.
 */
static void a_lost_growth_holds_the_next_one_back(void **state)
{
	uint64_t bytes = 0;
	bool on_node;

	(void)state;
	make();
	drain_lose(fake_nas.drain,
		   drain_begin(fake_nas.drain, NFS, DRAIN_CREATE));
	drain_lose(fake_nas.drain,
		   drain_begin(fake_nas.drain, ISCSI, DRAIN_CREATE));
	assert_int_equal(volume_expand(scene_call(), scene.volumes, NFS,
				       2 * GIB, 0, &bytes, &on_node),
			 SCALE_UNAVAILABLE);
	assert_int_equal(volume_expand(scene_call(), scene.volumes, NFS, GIB, 0,
				       &bytes, &on_node),
			 SCALE_OK);
	assert_int_equal(volume_expand(scene_call(), scene.volumes, ISCSI,
				       2 * GIB, 0, &bytes, &on_node),
			 SCALE_OK);
}

static void capacity_is_the_parents(void **state)
{
	static const struct scale_kv none[] = {{"pool", "none"}};
	struct scale_map nothing = {0}, unknown = {none, 1};
	uint64_t bytes = 0;

	(void)state;
	assert_int_equal(volume_get_capacity(scene_call(), scene.volumes,
					     &nothing, &bytes),
			 SCALE_OK);
	assert_int_equal(bytes, UINT64_C(1) << 40);
	assert_int_equal(volume_get_capacity(scene_call(), scene.volumes,
					     &unknown, &bytes),
			 SCALE_INVALID_ARGUMENT);
	fake_dataset("tank/k8s")->exists = false;
	assert_int_equal(volume_get_capacity(scene_call(), scene.volumes,
					     &nothing, &bytes),
			 SCALE_FAILED_PRECONDITION);
	assert_reason("'tank/k8s'");
}

#define CASE(test)                                                             \
	cmocka_unit_test_setup_teardown(test, scene_setup, scene_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(sizes_go_up_and_never_down),
		CASE(a_refusal_is_read_back),
		CASE(a_lost_growth_holds_the_next_one_back),
		CASE(capacity_is_the_parents),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
