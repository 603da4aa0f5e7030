/* SPDX-License-Identifier: BSD-2-Clause */
#include "scene.h"

#include <string.h>

#define ID "scale-nfs:tank/k8s/pvc-1"
#define A  "scale1:a"
#define B  "scale1:b"

static void make(void)
{
	static const struct scale_kv kv[] = {{"protocol", "nfs"},
					     {"nfs.mode", "0700"}};
	struct volume_create create = scene_create("pvc-1", "nfs");

	create.parameters = (struct scale_map){kv, 2};
	assert_int_equal(scene_make(&create), SCALE_OK);
	fake_nas.log[0] = '\0';
	fake_nas.calls = 0;
}

static scale_status unpublish(const char *volume_id, const char *node)
{
	struct volume_publish publish = {.volume_id = volume_id,
					 .node_id = node};

	return volume_unpublish(scene_call(), scene.volumes, &publish);
}

static size_t count_records(void)
{
	struct volume_info info;
	size_t n = 0;

	assert_int_equal(volume_get(scene_call(), scene.volumes, ID, &info),
			 SCALE_OK);
	while (info.nodes[n] != NULL)
		n++;
	return n;
}

static void the_first_costs_two_calls_the_repeat_one(void **state)
{
	(void)state;
	make();
	assert_int_equal(scene_publish(ID, A, 1, false), SCALE_OK);
	assert_int_equal(fake_nas.calls, 2);
	fake_nas.calls = 0;
	assert_int_equal(scene_publish(ID, A, 1, false), SCALE_OK);
	assert_int_equal(fake_nas.calls, 1);
	assert_int_equal(count_records(), 1);
}

static void the_backend_sees_what_the_class_said(void **state)
{
	(void)state;
	make();
	assert_int_equal(scene_publish(ID, A, 1, false), SCALE_OK);
	assert_string_equal(fake_backend.mode, "0700");
	assert_int_equal(fake_backend.seen.bytes, GIB);
}

/* A first publish, then another one: what the second one hears. */
static const struct {
	uint32_t mode;
	bool is_readonly;
	const char *node;
	uint32_t then_mode;
	bool then_readonly;
	scale_status want;
} rows[] = {
	{1, false, A, 1, false, SCALE_OK},
	{1, false, A, 1, true, SCALE_ALREADY_EXISTS},
	{1, false, A, 7, false, SCALE_ALREADY_EXISTS},
	{1, false, B, 1, false, SCALE_FAILED_PRECONDITION},
	{6, false, B, 6, false, SCALE_FAILED_PRECONDITION},
	{7, false, B, 7, false, SCALE_FAILED_PRECONDITION},
	{2, true, B, 2, true, SCALE_FAILED_PRECONDITION},
	{5, false, B, 5, false, SCALE_OK},
	{3, true, B, 3, true, SCALE_OK},
	{5, false, B, 1, false, SCALE_FAILED_PRECONDITION},
	{1, false, B, 5, false, SCALE_FAILED_PRECONDITION},
};

static void single_node_modes_have_one_node(void **state)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		(void)scene_teardown(state);
		(void)scene_setup(state);
		make();
		assert_int_equal(
			scene_publish(ID, A, rows[i].mode, rows[i].is_readonly),
			SCALE_OK);
		if (scene_publish(ID, rows[i].node, rows[i].then_mode,
				  rows[i].then_readonly) != rows[i].want)
			fail_msg("row %zu: %s", i, scene.call.reason);
		if (rows[i].want == SCALE_FAILED_PRECONDITION)
			assert_reason("node 'a'");
	}
}

static const struct {
	const char *volume, *node;
	scale_status publish, unpublish;
} strangers[] = {
	{ID, "fake-node-id-1", SCALE_NOT_FOUND, SCALE_OK},
	{"fake-vol-id", A, SCALE_NOT_FOUND, SCALE_OK},
	{"scale-nfs:tank/k8s/gone", A, SCALE_NOT_FOUND, SCALE_OK},
	{"scale-nfs:tank/other/x", A, SCALE_NOT_FOUND, SCALE_OK},
	{"scale-iscsi:tank/k8s/pvc-1", A, SCALE_NOT_FOUND, SCALE_OK},
};

static void strangers_are_not_found_and_detached(void **state)
{
	(void)state;
	make();
	for (size_t i = 0; i < sizeof(strangers) / sizeof(*strangers); i++) {
		if (scene_publish(strangers[i].volume, strangers[i].node, 1,
				  false) != strangers[i].publish)
			fail_msg("publish %zu: %s", i, scene.call.reason);
		if (unpublish(strangers[i].volume, strangers[i].node) !=
		    strangers[i].unpublish)
			fail_msg("unpublish %zu: %s", i, scene.call.reason);
	}
	assert_string_equal(fake_nas.log, "");
}

static void unpublish_removes_one_record_or_all(void **state)
{
	(void)state;
	make();
	assert_int_equal(scene_publish(ID, A, 5, false), SCALE_OK);
	assert_int_equal(scene_publish(ID, B, 5, false), SCALE_OK);
	assert_int_equal(scene_publish(ID, "scale1:c", 5, false), SCALE_OK);
	assert_int_equal(unpublish(ID, A), SCALE_OK);
	assert_int_equal(count_records(), 2);
	fake_nas.log[0] = '\0';
	assert_int_equal(unpublish(ID, A), SCALE_OK);
	assert_string_equal(fake_nas.log, "");
	assert_int_equal(unpublish(ID, ""), SCALE_OK);
	assert_int_equal(count_records(), 0);
}

static void a_mode_the_backend_cannot_do_is_refused(void **state)
{
	struct volume_create create = scene_create("b", "iscsi");

	(void)state;
	assert_int_equal(scene_make(&create), SCALE_OK);
	assert_int_equal(scene_publish("scale-iscsi:tank/k8s/b", A, 5, false),
			 SCALE_INVALID_ARGUMENT);
	assert_int_equal(scene_publish("scale-iscsi:tank/k8s/b", A, 7, false),
			 SCALE_OK);
}

static void a_record_of_a_newer_driver_is_not_overwritten(void **state)
{
	struct fake_dataset *dataset;
	struct scale_map user;

	(void)state;
	make();
	assert_int_equal(scene_publish(ID, A, 1, false), SCALE_OK);
	dataset = fake_dataset("tank/k8s/pvc-1");
	user = map_view(&dataset->user);
	for (size_t i = 0; i < user.n; i++)
		if (strstr(user.kv[i].key, "publish.") != NULL)
			fake_set(&dataset->user, user.kv[i].key, "2;new");
	assert_int_equal(scene_publish(ID, A, 1, false),
			 SCALE_FAILED_PRECONDITION);
	assert_reason("newer driver");
}

static void a_locked_dataset_is_not_published(void **state)
{
	(void)state;
	make();
	fake_dataset("tank/k8s/pvc-1")->data.is_locked = true;
	assert_int_equal(scene_publish(ID, A, 1, false),
			 SCALE_FAILED_PRECONDITION);
	assert_reason("locked");
}

/* Its record may still be written, or its removal still be run. */
static void what_was_lost_holds_a_detach_back(void **state)
{
	for (int kind = DRAIN_CREATE; kind <= DRAIN_DELETE; kind++) {
		(void)scene_teardown(state);
		(void)scene_setup(state);
		make();
		drain_lose(fake_nas.drain, drain_begin(fake_nas.drain, ID,
						       (enum drain_kind)kind));
		assert_int_equal(unpublish(ID, A), SCALE_UNAVAILABLE);
		assert_int_equal(unpublish("scale-nfs:tank/k8s/absent", A),
				 SCALE_OK);
	}
}

#define CASE(test)                                                             \
	cmocka_unit_test_setup_teardown(test, scene_setup, scene_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(the_first_costs_two_calls_the_repeat_one),
		CASE(the_backend_sees_what_the_class_said),
		CASE(single_node_modes_have_one_node),
		CASE(strangers_are_not_found_and_detached),
		CASE(unpublish_removes_one_record_or_all),
		CASE(a_mode_the_backend_cannot_do_is_refused),
		CASE(a_record_of_a_newer_driver_is_not_overwritten),
		CASE(a_locked_dataset_is_not_published),
		CASE(what_was_lost_holds_a_detach_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
