/* SPDX-License-Identifier: BSD-2-Clause */
#include "scene.h"

#include <string.h>

#define PATH "tank/k8s/pvc-1"
#define ID   "scale-nfs:" PATH

static struct volume_create request(void)
{
	return scene_create("pvc-1", "nfs");
}

static scale_status make(void)
{
	struct volume_create create = request();

	return scene_make(&create);
}

static const char *property(const char *key)
{
	struct fake_dataset *dataset = fake_dataset(PATH);

	return dataset != NULL ? fake_get(&dataset->user, key) : NULL;
}

static void
a_fresh_volume_is_born_marked_and_answered_before_hints(void **state)
{
	(void)state;
	fake_backend.hint = "7";
	assert_int_equal(make(), SCALE_OK);
	assert_int_equal(scene.answered, 1);
	assert_string_equal(scene.answer.id, ID);
	assert_int_equal(scene.answer.bytes, GIB);
	assert_string_equal(property(RECORD_ID), ID);
	assert_string_equal(property(RECORD_PROVISIONED), "true");
	assert_string_equal(property("truenas-csi:s.share__id"), "7");
	assert_string_equal(fake_nas.log, "create " PATH "\nchange " PATH "\n");
}

static void who_made_a_volume_is_known_just_after_a_start(void **state)
{
	(void)state;
	assert_int_equal(make(), SCALE_OK);
	assert_true(drain_has_created(fake_nas.drain, ID));
	fake_backend.has_export = false;
	fake_backend.fails = SCALE_PERMISSION_DENIED;
	assert_int_equal(scene_delete(ID), SCALE_PERMISSION_DENIED);
	fake_dataset(PATH)->exists = false;
	fake_backend.fails = SCALE_PERMISSION_DENIED;
	assert_int_equal(make(), SCALE_PERMISSION_DENIED);
	assert_true(drain_has_deleted(fake_nas.drain, ID));
}

/* It may be the predecessor's, whose other calls are still to come. */
static void
an_unanswered_create_proves_no_maker_just_after_a_start(void **state)
{
	(void)state;
	fake_nas.faults[FAKE_CREATE] =
		(struct fake_fault){.status = SCALE_UNAVAILABLE,
				    .outcome = RPC_UNKNOWN,
				    .is_executed = true};
	assert_int_equal(make(), SCALE_OK);
	assert_false(drain_has_created(fake_nas.drain, ID));
}

static void the_context_says_what_a_node_needs(void **state)
{
	(void)state;
	assert_int_equal(make(), SCALE_OK);
	assert_string_equal(map_get(&scene.answer.context, "scale-context"),
			    "1");
	assert_string_equal(map_get(&scene.answer.context, "protocol"), "nfs");
	assert_string_equal(map_get(&scene.answer.context, "mode"), "0777");
	assert_string_equal(map_get(&scene.answer.context, "nfs-mode"), "0777");
	assert_non_null(map_get(&scene.answer.context, "object"));
	assert_null(map_get(&scene.answer.context, "filesystem"));
}

static void a_block_volume_gets_ext4_unless_told(void **state)
{
	struct volume_create create = scene_create("pvc-1", "iscsi");

	(void)state;
	assert_int_equal(scene_make(&create), SCALE_OK);
	assert_string_equal(map_get(&scene.answer.context, "filesystem"),
			    "ext4");
	assert_int_equal(fake_dataset(PATH)->data.kind, SCALE_BLOCK);
}

static void a_repeat_writes_nothing(void **state)
{
	(void)state;
	fake_backend.hint = "7";
	assert_int_equal(make(), SCALE_OK);
	fake_nas.log[0] = '\0';
	fake_nas.calls = 0;
	assert_int_equal(make(), SCALE_OK);
	assert_int_equal(scene.answered, 1);
	assert_string_equal(fake_nas.log, "create " PATH "\n");
	assert_int_equal(fake_nas.calls, 2);
	assert_string_equal(fake_backend.seen.state.kv[0].value, "7");
}

/* The repeat of a zvol is refused by an error that proves nothing. */
static void a_repeat_of_a_zvol_leaves_the_ledger_clean(void **state)
{
	struct volume_create create = scene_create("pvc-1", "iscsi");

	(void)state;
	assert_int_equal(scene_make(&create), SCALE_OK);
	assert_int_equal(scene_make(&create), SCALE_OK);
	assert_int_equal(ledger_state(&scene.call.ledger), LEDGER_CLEAN);
}

static const struct scale_kv other_mode[] = {{"protocol", "nfs"},
					     {"nfs.mode", "0700"}};
static const struct scale_kv other_compression[] = {{"protocol", "nfs"},
						    {"compression", "lz4"}};
static const struct scale_kv other_protocol[] = {{"protocol", "iscsi"}};

static const struct {
	uint64_t required, limit;
	struct scale_map parameters;
	const char *says;
} others[] = {
	{2 * GIB, 2 * GIB, {0}, "a size of 1 GiB"},
	{GIB, 0, {other_mode, 2}, "'nfs.mode'"},
	{GIB, 0, {other_compression, 2}, "'compression'"},
	{GIB, 0, {other_protocol, 1}, "backend 'nfs'"},
};

static void the_same_name_with_other_values_names_what_differs(void **state)
{
	(void)state;
	assert_int_equal(make(), SCALE_OK);
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		struct volume_create create = request();

		create.required_bytes = others[i].required;
		create.limit_bytes = others[i].limit;
		if (others[i].parameters.n > 0)
			create.parameters = others[i].parameters;
		fake_nas.log[0] = '\0';
		if (scene_make(&create) != SCALE_ALREADY_EXISTS)
			fail_msg("row %zu: %s", i, scene.call.reason);
		assert_reason(others[i].says);
		assert_string_equal(fake_nas.log, "create " PATH "\n");
		assert_int_equal(ledger_state(&scene.call.ledger),
				 LEDGER_CLEAN);
		assert_true(fake_backend.has_export);
	}
}

static void a_size_within_the_range_is_the_same_volume(void **state)
{
	struct volume_create create = request();

	(void)state;
	create.required_bytes = 3 * GIB;
	assert_int_equal(scene_make(&create), SCALE_OK);
	create.required_bytes = 2 * GIB;
	assert_int_equal(scene_make(&create), SCALE_OK);
	assert_int_equal(scene.answer.bytes, 3 * GIB);
}

static void a_foreign_dataset_is_left_alone(void **state)
{
	struct fake_dataset *theirs =
		fake_add_dataset(PATH, SCALE_FILESYSTEM, GIB);

	(void)state;
	fake_set(&theirs->user, "scale-csi:managed_resource", "true");
	assert_int_equal(make(), SCALE_ALREADY_EXISTS);
	assert_reason("another driver");
	assert_string_equal(fake_nas.log, "create " PATH "\n");
	assert_int_equal(fake_backend.destroyed, 0);
	assert_int_equal(ledger_state(&scene.call.ledger), LEDGER_CLEAN);
}

static void what_cannot_be_used_is_not_adopted(void **state)
{
	(void)state;
	assert_int_equal(make(), SCALE_OK);
	fake_dataset(PATH)->data.is_inconsistent = true;
	assert_int_equal(make(), SCALE_FAILED_PRECONDITION);
	assert_reason("not finished");
	fake_dataset(PATH)->data.is_inconsistent = false;
	fake_dataset(PATH)->data.is_locked = true;
	assert_int_equal(make(), SCALE_FAILED_PRECONDITION);
	assert_reason("locked");
}

static void a_backend_that_worked_ahead_takes_it_back(void **state)
{
	(void)state;
	fake_add_dataset(PATH, SCALE_FILESYSTEM, GIB);
	fake_backend.works_ahead = true;
	assert_int_equal(make(), SCALE_ALREADY_EXISTS);
	assert_int_equal(ledger_state(&scene.call.ledger), LEDGER_CLEAN);
	assert_int_equal(fake_backend.destroyed, 0);
}

static void an_unmarked_dataset_of_ours_is_taken_over(void **state)
{
	struct fake_dataset *bare =
		fake_add_dataset(PATH, SCALE_FILESYSTEM, GIB);

	(void)state;
	fake_set(&bare->user, "org.truenas:managedby", INSTANCE);
	assert_int_equal(make(), SCALE_OK);
	assert_string_equal(property(RECORD_ID), ID);
}

static void an_unmarked_dataset_with_a_snapshot_is_not(void **state)
{
	struct fake_dataset *bare =
		fake_add_dataset(PATH, SCALE_FILESYSTEM, GIB);

	(void)state;
	fake_set(&bare->user, "org.truenas:managedby", INSTANCE);
	fake_add_snapshot(PATH "@daily");
	assert_int_equal(make(), SCALE_ALREADY_EXISTS);
	assert_reason("@daily");
	assert_null(property(RECORD_ID));
}

static void dropped_marks_are_written_before_anything_else(void **state)
{
	(void)state;
	fake_nas.drops_marks = true;
	fake_nas.faults[FAKE_CHANGE] = (struct fake_fault){
		.status = SCALE_UNAVAILABLE, .outcome = RPC_NOT_SENT};
	assert_int_equal(make(), SCALE_UNAVAILABLE);
	assert_false(fake_backend.has_export);
	assert_int_equal(make(), SCALE_OK);
	assert_string_equal(property(RECORD_ID), ID);
}

static void an_unanswered_create_that_happened_goes_on(void **state)
{
	(void)state;
	fake_nas.faults[FAKE_CREATE] =
		(struct fake_fault){.status = SCALE_UNAVAILABLE,
				    .outcome = RPC_UNKNOWN,
				    .is_executed = true};
	assert_int_equal(make(), SCALE_OK);
	assert_true(drain_has_created(fake_nas.drain, ID));
	assert_int_equal(ledger_state(&scene.call.ledger), LEDGER_DIRTY);
}

static void an_unanswered_create_that_is_not_seen_is_unavailable(void **state)
{
	(void)state;
	fake_nas.faults[FAKE_CREATE] = (struct fake_fault){
		.status = SCALE_UNAVAILABLE, .outcome = RPC_UNKNOWN};
	assert_int_equal(make(), SCALE_UNAVAILABLE);
	assert_int_equal(ledger_state(&scene.call.ledger), LEDGER_UNANSWERED);
	assert_false(drain_has_created(fake_nas.drain, ID));
	assert_int_equal(make(), SCALE_OK);
}

static void a_full_pool_is_proven_by_reading_back(void **state)
{
	(void)state;
	fake_nas.faults[FAKE_CREATE] = (struct fake_fault){
		.status = SCALE_RESOURCE_EXHAUSTED, .outcome = RPC_REFUSED};
	assert_int_equal(make(), SCALE_RESOURCE_EXHAUSTED);
	assert_int_equal(ledger_state(&scene.call.ledger), LEDGER_CLEAN);
	assert_int_equal(fake_count_datasets(), 0);
}

static void a_final_failure_takes_back_what_was_made(void **state)
{
	(void)state;
	fake_backend.fails = SCALE_PERMISSION_DENIED;
	assert_int_equal(make(), SCALE_PERMISSION_DENIED);
	assert_reason("told to fail");
	assert_int_equal(fake_count_datasets(), 0);
	assert_int_equal(fake_backend.destroyed, 1);
	assert_int_equal(ledger_state(&scene.call.ledger), LEDGER_CLEAN);
	assert_int_equal(scene.answered, 0);
}

static void an_undo_that_fails_stays_in_the_ledger(void **state)
{
	(void)state;
	fake_backend.fails = SCALE_PERMISSION_DENIED;
	fake_nas.faults[FAKE_DELETE] =
		(struct fake_fault){.status = SCALE_ABORTED,
				    .outcome = RPC_REFUSED,
				    .is_certain = true};
	assert_int_equal(make(), SCALE_PERMISSION_DENIED);
	assert_int_equal(ledger_state(&scene.call.ledger), LEDGER_DIRTY);
	assert_int_equal(make(), SCALE_OK);
}

static void a_failure_that_a_retry_heals_is_left_to_it(void **state)
{
	(void)state;
	fake_backend.fails = SCALE_UNAVAILABLE;
	assert_int_equal(make(), SCALE_UNAVAILABLE);
	assert_int_equal(fake_count_datasets(), 1);
	assert_int_equal(fake_backend.destroyed, 0);
	assert_int_equal(make(), SCALE_OK);
}

/* What an earlier try finished may be in use: it is never undone. */
static void an_existing_volume_survives_a_final_failure(void **state)
{
	(void)state;
	assert_int_equal(make(), SCALE_OK);
	fake_backend.fails = SCALE_PERMISSION_DENIED;
	assert_int_equal(make(), SCALE_PERMISSION_DENIED);
	assert_int_equal(fake_count_datasets(), 1);
	assert_true(fake_backend.has_export);
	assert_int_equal(fake_backend.destroyed, 0);
}

static void
an_existing_volume_survives_an_unanswered_repeat_that_fails(void **state)
{
	(void)state;
	assert_int_equal(make(), SCALE_OK);
	fake_nas.faults[FAKE_CREATE] = (struct fake_fault){
		.status = SCALE_UNAVAILABLE, .outcome = RPC_UNKNOWN};
	fake_backend.fails = SCALE_PERMISSION_DENIED;
	assert_int_equal(make(), SCALE_PERMISSION_DENIED);
	assert_int_equal(fake_count_datasets(), 1);
	assert_true(fake_backend.has_export);
	assert_int_equal(fake_backend.destroyed, 0);
}

static void a_refusal_does_not_pass_for_absence(void **state)
{
	(void)state;
	assert_int_equal(make(), SCALE_OK);
	fake_backend.works_ahead = true;
	fake_nas.faults[FAKE_CREATE] =
		(struct fake_fault){.status = SCALE_INVALID_ARGUMENT,
				    .outcome = RPC_REFUSED,
				    .is_certain = true};
	assert_int_equal(make(), SCALE_INVALID_ARGUMENT);
	assert_true(fake_backend.has_export);
	assert_int_equal(fake_backend.destroyed, 0);
}

static void lost_hints_do_not_harm(void **state)
{
	(void)state;
	fake_nas.faults[FAKE_CHANGE] = (struct fake_fault){
		.status = SCALE_UNAVAILABLE, .outcome = RPC_NOT_SENT};
	assert_int_equal(make(), SCALE_OK);
	assert_int_equal(scene.answered, 1);
	assert_null(property(RECORD_PROVISIONED));
	assert_int_equal(make(), SCALE_OK);
	assert_string_equal(property(RECORD_PROVISIONED), "true");
}

static void a_backend_that_never_asks_is_judged_all_the_same(void **state)
{
	(void)state;
	fake_add_dataset(PATH, SCALE_FILESYSTEM, GIB);
	fake_backend.is_deaf = true;
	assert_int_equal(make(), SCALE_ALREADY_EXISTS);
	assert_int_equal(scene.answered, 0);
}

static void a_removal_under_way_holds_a_create_back(void **state)
{
	(void)state;
	drain_lose(fake_nas.drain,
		   drain_begin(fake_nas.drain, ID, DRAIN_DELETE));
	assert_int_equal(make(), SCALE_UNAVAILABLE);
	assert_int_equal(fake_nas.calls, 0);
}

static void long_names_share_a_path_over_protocols(void **state)
{
	char name[129];
	struct volume_create create = request();
	const char *nfs_id, *iscsi_id;
	char kept[129];

	(void)state;
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	create.name = name;
	assert_int_equal(volume_plan_create(scene_call(), scene.volumes,
					    &create, &nfs_id),
			 SCALE_OK);
	assert_true(strlen(nfs_id) + 1 + ID_SNAPSHOT_ROOM <= ID_MAX);
	(void)snprintf(kept, sizeof(kept), "%s", strchr(nfs_id, ':'));
	create = scene_create(name, "iscsi");
	assert_int_equal(volume_plan_create(scene_call(), scene.volumes,
					    &create, &iscsi_id),
			 SCALE_OK);
	assert_string_equal(strchr(iscsi_id, ':'), kept);
}

#define CASE(test)                                                             \
	cmocka_unit_test_setup_teardown(test, scene_setup, scene_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_fresh_volume_is_born_marked_and_answered_before_hints),
		cmocka_unit_test_setup_teardown(
			who_made_a_volume_is_known_just_after_a_start,
			scene_setup_predecessor, scene_teardown),
		cmocka_unit_test_setup_teardown(
			an_unanswered_create_proves_no_maker_just_after_a_start,
			scene_setup_predecessor, scene_teardown),
		CASE(the_context_says_what_a_node_needs),
		CASE(a_block_volume_gets_ext4_unless_told),
		CASE(a_repeat_writes_nothing),
		CASE(a_repeat_of_a_zvol_leaves_the_ledger_clean),
		CASE(the_same_name_with_other_values_names_what_differs),
		CASE(a_size_within_the_range_is_the_same_volume),
		CASE(a_foreign_dataset_is_left_alone),
		CASE(what_cannot_be_used_is_not_adopted),
		CASE(a_backend_that_worked_ahead_takes_it_back),
		CASE(an_unmarked_dataset_of_ours_is_taken_over),
		CASE(an_unmarked_dataset_with_a_snapshot_is_not),
		CASE(dropped_marks_are_written_before_anything_else),
		CASE(an_unanswered_create_that_happened_goes_on),
		CASE(an_unanswered_create_that_is_not_seen_is_unavailable),
		CASE(a_full_pool_is_proven_by_reading_back),
		CASE(a_final_failure_takes_back_what_was_made),
		CASE(an_undo_that_fails_stays_in_the_ledger),
		CASE(a_failure_that_a_retry_heals_is_left_to_it),
		CASE(an_existing_volume_survives_a_final_failure),
		CASE(an_existing_volume_survives_an_unanswered_repeat_that_fails),
		CASE(a_refusal_does_not_pass_for_absence),
		CASE(lost_hints_do_not_harm),
		CASE(a_backend_that_never_asks_is_judged_all_the_same),
		CASE(a_removal_under_way_holds_a_create_back),
		CASE(long_names_share_a_path_over_protocols),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
