/* SPDX-License-Identifier: BSD-2-Clause */
#include "scene.h"

#include <stdio.h>
#include <string.h>

#define A "scale-iscsi:tank/k8s/a"
#define B "scale-iscsi:tank/k8s/b"

static void make(void)
{
	struct volume_create create = scene_create("a", "iscsi");

	assert_int_equal(scene_make(&create), SCALE_OK);
	create = scene_create("b", "iscsi");
	assert_int_equal(scene_make(&create), SCALE_OK);
	fake_nas.log[0] = '\0';
	fake_nas.calls = 0;
}

static scale_status delete (const char *id)
{
	return volume_snapshot_delete(scene_call(), scene.volumes, id);
}

static void a_snapshot_is_born_with_its_handle(void **state)
{
	struct snapshot_info info;

	(void)state;
	make();
	assert_int_equal(scene_snapshot("s", A, &info), SCALE_OK);
	assert_string_equal(info.id, A "@s");
	assert_string_equal(info.volume_id, A);
	assert_int_equal(info.bytes, GIB);
	assert_int_equal(info.created_s, 1700000000);
	assert_int_equal(fake_nas.calls, 3); /* two together, then one */
	assert_string_equal(fake_get(&fake_snapshot("tank/k8s/a@s")->user,
				     RECORD_SNAPSHOT_HANDLE),
			    A "@s");
}

static void a_repeat_finds_the_same_one(void **state)
{
	struct snapshot_info info, again;

	(void)state;
	make();
	assert_int_equal(scene_snapshot("s", A, &info), SCALE_OK);
	fake_nas.log[0] = '\0';
	assert_int_equal(scene_snapshot("s", A, &again), SCALE_OK);
	assert_string_equal(again.id, A "@s");
	assert_string_equal(fake_nas.log, "");
}

static void long_names_are_cut_and_still_found(void **state)
{
	struct snapshot_info info;
	char name[129], kept[160];

	(void)state;
	make();
	memset(name, 's', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(scene_snapshot(name, A, &info), SCALE_OK);
	(void)snprintf(kept, sizeof(kept), "%s", info.id);
	assert_true(strlen(kept) <= ID_MAX);
	assert_int_equal(scene_snapshot(name, A, &info), SCALE_OK);
	assert_string_equal(info.id, kept);
	assert_int_equal(scene_snapshot(name, B, &info), SCALE_ALREADY_EXISTS);
}

static void a_name_is_one_over_all_volumes(void **state)
{
	struct snapshot_info info;

	(void)state;
	make();
	assert_int_equal(scene_snapshot("s", A, &info), SCALE_OK);
	assert_int_equal(scene_snapshot("s", B, &info), SCALE_ALREADY_EXISTS);
	assert_reason(A "@s");
	/* a foreign one of that name on another volume is nobody's business */
	fake_add_snapshot("tank/k8s/b@t");
	assert_int_equal(scene_snapshot("t", A, &info), SCALE_OK);
}

static void a_foreign_snapshot_in_the_way_is_said(void **state)
{
	struct snapshot_info info;

	(void)state;
	make();
	fake_add_snapshot("tank/k8s/a@s");
	assert_int_equal(scene_snapshot("s", A, &info), SCALE_ALREADY_EXISTS);
	assert_reason("tank/k8s/a@s");
}

static void a_deleted_one_that_lingers_frees_its_name(void **state)
{
	struct snapshot_info info;

	(void)state;
	make();
	assert_int_equal(scene_snapshot("s", A, &info), SCALE_OK);
	fake_snapshot("tank/k8s/a@s")->data.is_deferred = true;
	assert_int_equal(scene_snapshot("s", A, &info), SCALE_OK);
	assert_int_equal(fake_count_snapshots(), 2);
	assert_false(fake_snapshot("tank/k8s/a@s")->data.is_deferred);
}

static void a_source_that_is_not_ours_is_not_found(void **state)
{
	struct snapshot_info info;

	(void)state;
	fake_add_dataset("tank/k8s/x", SCALE_BLOCK, GIB);
	assert_int_equal(scene_snapshot("s", "scale-iscsi:tank/k8s/x", &info),
			 SCALE_NOT_FOUND);
	assert_int_equal(scene_snapshot("s", "fake-vol-id", &info),
			 SCALE_NOT_FOUND);
	assert_int_equal(fake_count_snapshots(), 0);
}

static void an_uncertain_refusal_is_read_back(void **state)
{
	struct snapshot_info info;

	(void)state;
	make();
	fake_nas.faults[FAKE_SNAPSHOT_CREATE] = (struct fake_fault){
		.status = SCALE_RESOURCE_EXHAUSTED, .outcome = RPC_REFUSED};
	assert_int_equal(scene_snapshot("s", A, &info),
			 SCALE_RESOURCE_EXHAUSTED);
	assert_int_equal(ledger_state(&scene.call.ledger), LEDGER_CLEAN);
	fake_nas.faults[FAKE_SNAPSHOT_CREATE] =
		(struct fake_fault){.status = SCALE_INTERNAL,
				    .outcome = RPC_REFUSED,
				    .is_executed = true};
	assert_int_equal(scene_snapshot("s", A, &info), SCALE_OK);
}

static void a_class_parameter_is_refused(void **state)
{
	static const struct scale_kv kv[] = {
		{"csi.storage.k8s.io/volumesnapshot/name", "x"},
		{"detached", "true"}};
	struct scale_map parameters = {kv, 2};
	struct snapshot_info info;

	(void)state;
	make();
	assert_int_equal(volume_snapshot(scene_call(), scene.volumes, "s", A,
					 &parameters, &info),
			 SCALE_INVALID_ARGUMENT);
	assert_reason("'detached'");
	parameters.n = 1;
	assert_int_equal(volume_snapshot(scene_call(), scene.volumes, "s", A,
					 &parameters, &info),
			 SCALE_OK);
}

static const struct {
	const char *id;
	scale_status want;
} ids[] = {
	{"fake", SCALE_OK},
	{A "@never", SCALE_OK},
	{A, SCALE_OK}, /* no snapshot's id */
	{"scale-nvmeof:tank/k8s/a@s", SCALE_FAILED_PRECONDITION},
	{"scale-iscsi:tank/else/a@s", SCALE_FAILED_PRECONDITION},
	{A "@foreign", SCALE_FAILED_PRECONDITION},
	{A "@held", SCALE_FAILED_PRECONDITION},
	{A "@s", SCALE_OK},
};

static void only_what_is_ours_is_removed(void **state)
{
	struct snapshot_info info;

	(void)state;
	make();
	fake_add_snapshot("tank/k8s/a@foreign");
	assert_int_equal(scene_snapshot("held", A, &info), SCALE_OK);
	assert_int_equal(scene_snapshot("s", A, &info), SCALE_OK);
	fake_snapshot("tank/k8s/a@held")->data.is_held = true;
	for (size_t i = 0; i < sizeof(ids) / sizeof(*ids); i++)
		if (delete (ids[i].id) != ids[i].want)
			fail_msg("'%s': %s", ids[i].id, scene.call.reason);
	assert_int_equal(fake_count_snapshots(), 2);
}

static void one_with_clones_goes_with_the_last_of_them(void **state)
{
	struct volume_create create = scene_create("copy", "iscsi");
	struct snapshot_info info;

	(void)state;
	make();
	assert_int_equal(scene_snapshot("s", A, &info), SCALE_OK);
	create.source_kind = VOLUME_FROM_SNAPSHOT;
	create.source_id = A "@s";
	assert_int_equal(scene_make(&create), SCALE_OK);
	assert_int_equal(delete (A "@s"), SCALE_OK);
	assert_true(fake_snapshot("tank/k8s/a@s")->data.is_deferred);
	assert_int_equal(delete (A "@s"), SCALE_OK);
}

static void just_after_a_start_absence_proves_nothing(void **state)
{
	struct snapshot_info info;

	(void)state;
	assert_int_equal(delete (A "@s"), SCALE_UNAVAILABLE);
	make();
	assert_int_equal(scene_snapshot("s", A, &info), SCALE_OK);
	assert_int_equal(delete (A "@s"), SCALE_OK);
	assert_int_equal(delete (A "@s"), SCALE_OK);
}

static size_t list(const char *id, const char *volume, uint32_t max,
		   const char *token, const char **ret_next)
{
	struct snapshot_info *infos = NULL;
	size_t n = 0;

	assert_int_equal(volume_snapshot_list(&scene.call, scene.volumes, id,
					      volume, max, token, &infos, &n,
					      ret_next),
			 SCALE_OK);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(infos[i].bytes, GIB);
	return n;
}

static void make_list(void)
{
	struct snapshot_info info;

	make();
	for (unsigned int i = 0; i < 7; i++) {
		char name[8];

		(void)snprintf(name, sizeof(name), "s%u", i);
		assert_int_equal(scene_snapshot(name, i < 5 ? A : B, &info),
				 SCALE_OK);
	}
	fake_add_snapshot("tank/k8s/a@foreign");
	fake_snapshot("tank/k8s/b@s6")->data.is_deferred = true;
	scene_call();
}

static const struct {
	const char *id, *volume;
	size_t want;
} filters[] = {
	{"", "", 6},
	{A "@s1", "", 1},
	{A "@s9", "", 0},
	{"nobody", "", 0},
	{A "@foreign", "", 0},
	{B "@s6", "", 0},
	{"", A, 5},
	{"", B, 1},
	{"", "nobody", 0},
	{A "@s1", A, 1},
	{A "@s1", B, 0},
	{"", "scale-iscsi:tank/k8s/gone", 0},
};

static void filters_give_what_they_say(void **state)
{
	(void)state;
	make_list();
	for (size_t i = 0; i < sizeof(filters) / sizeof(*filters); i++) {
		const char *next;

		if (list(filters[i].id, filters[i].volume, 0, "", &next) !=
		    filters[i].want)
			fail_msg("'%s' '%s'", filters[i].id, filters[i].volume);
		assert_string_equal(next, "");
	}
}

static void pages_add_up(void **state)
{
	(void)state;
	make_list();
	for (uint32_t max = 1; max <= 7; max++) {
		const char *token = "";
		size_t all = 0;

		scene_call();
		do {
			size_t n = list("", "", max, token, &token);

			assert_true(n == max || token[0] == '\0');
			all += n;
		} while (token[0] != '\0');
		assert_int_equal(all, 6);
	}
}

static void a_broken_read_says_why(void **state)
{
	struct snapshot_info *infos;
	const char *next;
	size_t n;

	(void)state;
	make_list();
	fake_nas.faults[FAKE_READ] = (struct fake_fault){
		.status = SCALE_UNAVAILABLE, .outcome = RPC_NOT_SENT};
	assert_int_equal(volume_snapshot_list(&scene.call, scene.volumes,
					      A "@s1", "", 0, "", &infos, &n,
					      &next),
			 SCALE_UNAVAILABLE);
	assert_reason("scripted failure");
}

#define CASE(test)                                                             \
	cmocka_unit_test_setup_teardown(test, scene_setup, scene_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_snapshot_is_born_with_its_handle),
		CASE(a_repeat_finds_the_same_one),
		CASE(long_names_are_cut_and_still_found),
		CASE(a_name_is_one_over_all_volumes),
		CASE(a_foreign_snapshot_in_the_way_is_said),
		CASE(a_deleted_one_that_lingers_frees_its_name),
		CASE(a_source_that_is_not_ours_is_not_found),
		CASE(an_uncertain_refusal_is_read_back),
		CASE(a_class_parameter_is_refused),
		CASE(only_what_is_ours_is_removed),
		CASE(one_with_clones_goes_with_the_last_of_them),
		cmocka_unit_test_setup_teardown(
			just_after_a_start_absence_proves_nothing,
			scene_setup_predecessor, scene_teardown),
		CASE(filters_give_what_they_say),
		CASE(pages_add_up),
		CASE(a_broken_read_says_why),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
