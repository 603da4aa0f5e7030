/* SPDX-License-Identifier: BSD-2-Clause */
#include "scene.h"

#include <string.h>

#include "volume/creation.h"

#define SOURCE   "scale-iscsi:tank/k8s/src"
#define SNAPSHOT SOURCE "@snap"
#define COPY     "tank/k8s/copy"
#define COPY_ID  "scale-iscsi:" COPY

static void make_source(const char *protocol, uint64_t bytes)
{
	struct volume_create create = scene_create("src", protocol);
	struct snapshot_info info;
	const char *id = strcmp(protocol, "nfs") == 0 ? "scale-nfs:tank/k8s/src"
						      : SOURCE;

	create.required_bytes = bytes;
	assert_int_equal(scene_make(&create), SCALE_OK);
	assert_int_equal(scene_snapshot("snap", id, &info), SCALE_OK);
	fake_backend_reset();
	fake_nas.log[0] = '\0';
}

static struct volume_create copy(enum volume_source_kind kind, uint64_t bytes)
{
	struct volume_create create = scene_create("copy", "iscsi");

	create.required_bytes = bytes;
	create.source_kind = kind;
	create.source_id = kind == VOLUME_FROM_SNAPSHOT ? SNAPSHOT : SOURCE;
	return create;
}

static void a_restore_is_a_marked_clone(void **state)
{
	struct volume_create create = copy(VOLUME_FROM_SNAPSHOT, GIB);

	(void)state;
	make_source("iscsi", GIB);
	assert_int_equal(scene_make(&create), SCALE_OK);
	assert_string_equal(fake_dataset(COPY)->data.origin,
			    "tank/k8s/src@snap");
	assert_string_equal(fake_get(&fake_dataset(COPY)->user, RECORD_ID),
			    COPY_ID);
	assert_string_equal(scene.answer.source_id, SNAPSHOT);
	assert_string_equal(map_get(&scene.answer.context, "content-source"),
			    "snapshot");
	assert_string_equal(fake_nas.log, "clone " COPY "\nchange " COPY "\n");
}

static void a_larger_restore_grows(void **state)
{
	struct volume_create create = copy(VOLUME_FROM_SNAPSHOT, 3 * GIB);

	(void)state;
	make_source("iscsi", GIB);
	assert_int_equal(scene_make(&create), SCALE_OK);
	assert_int_equal(fake_dataset(COPY)->data.volsize_bytes, 3 * GIB);
	assert_int_equal(scene.answer.bytes, 3 * GIB);
}

/* Cut off between clone and growth: the record is larger than the zvol. */
static void a_retry_finishes_the_growth(void **state)
{
	struct volume_create create = copy(VOLUME_FROM_SNAPSHOT, 3 * GIB);

	(void)state;
	make_source("iscsi", GIB);
	fake_nas.faults[FAKE_CHANGE] = (struct fake_fault){
		.status = SCALE_UNAVAILABLE, .outcome = RPC_NOT_SENT};
	assert_int_equal(scene_make(&create), SCALE_UNAVAILABLE);
	assert_int_equal(fake_dataset(COPY)->data.volsize_bytes, GIB);
	assert_int_equal(scene_make(&create), SCALE_OK);
	assert_int_equal(fake_dataset(COPY)->data.volsize_bytes, 3 * GIB);
}

static void a_repeat_needs_no_source(void **state)
{
	struct volume_create create = copy(VOLUME_FROM_SNAPSHOT, GIB);

	(void)state;
	make_source("iscsi", GIB);
	assert_int_equal(scene_make(&create), SCALE_OK);
	fake_snapshot("tank/k8s/src@snap")->exists = false;
	fake_nas.log[0] = '\0';
	assert_int_equal(scene_make(&create), SCALE_OK);
	assert_string_equal(fake_nas.log, "");
}

static void a_clone_has_a_snapshot_of_its_own_that_goes(void **state)
{
	struct volume_create create = copy(VOLUME_FROM_VOLUME, GIB);
	const char *helper;

	(void)state;
	make_source("iscsi", GIB);
	assert_int_equal(scene_make(&create), SCALE_OK);
	helper = fake_dataset(COPY)->data.origin;
	assert_non_null(strstr(helper, "tank/k8s/src@csi-clone-"));
	/* Marked to go with the clone. */
	assert_true(fake_snapshot(helper)->data.is_deferred);
	assert_string_equal(map_get(&scene.answer.context, "content-source"),
			    "volume");
}

static const enum fake_op steps[] = {FAKE_SNAPSHOT_CREATE, FAKE_CLONE,
				     FAKE_SNAPSHOT_DELETE, FAKE_CHANGE};

/* Each call of a clone lost, before and after it was executed. */
static void a_clone_cut_off_anywhere_is_healed_by_the_retry(void **state)
{
	for (size_t i = 0; i < 2 * sizeof(steps) / sizeof(*steps); i++) {
		struct volume_create create = copy(VOLUME_FROM_VOLUME, 2 * GIB);
		scale_status status;

		(void)scene_teardown(state);
		(void)scene_setup(state);
		make_source("iscsi", GIB);
		fake_nas.faults[steps[i / 2]] =
			(struct fake_fault){.status = SCALE_UNAVAILABLE,
					    .outcome = RPC_UNKNOWN,
					    .is_executed = i % 2 != 0};
		status = scene_make(&create);
		if (status != SCALE_OK && status != SCALE_UNAVAILABLE)
			fail_msg("step %zu: %d", i, status);
		create = copy(VOLUME_FROM_VOLUME, 2 * GIB);
		if (scene_make(&create) != SCALE_OK)
			fail_msg("step %zu: %s", i, scene.call.reason);
		assert_int_equal(fake_dataset(COPY)->data.volsize_bytes,
				 2 * GIB);
		assert_int_equal(fake_count_snapshots(), 2);
		if (!fake_snapshot(fake_dataset(COPY)->data.origin)
			     ->data.is_deferred)
			fail_msg("step %zu: the helper stays", i);
		assert_string_equal(
			fake_get(&fake_dataset(COPY)->user, RECORD_PROVISIONED),
			"true");
	}
}

static void a_clone_that_fails_for_good_leaves_nothing(void **state)
{
	struct volume_create create = copy(VOLUME_FROM_VOLUME, GIB);

	(void)state;
	make_source("iscsi", GIB);
	fake_backend.fails = SCALE_PERMISSION_DENIED;
	assert_int_equal(scene_make(&create), SCALE_PERMISSION_DENIED);
	assert_null(fake_dataset(COPY));
	assert_int_equal(fake_count_snapshots(), 1);
	assert_int_equal(ledger_state(&scene.call.ledger), LEDGER_CLEAN);
}

/* Refused by an error that proves nothing, and not there. */
static void a_refused_clone_is_proven_by_reading_back(void **state)
{
	struct volume_create create = copy(VOLUME_FROM_SNAPSHOT, GIB);

	(void)state;
	make_source("iscsi", GIB);
	fake_nas.faults[FAKE_CLONE] = (struct fake_fault){
		.status = SCALE_RESOURCE_EXHAUSTED, .outcome = RPC_REFUSED};
	assert_int_equal(scene_make(&create), SCALE_RESOURCE_EXHAUSTED);
	assert_int_equal(ledger_state(&scene.call.ledger), LEDGER_CLEAN);
}

static void a_smaller_copy_is_out_of_range(void **state)
{
	struct volume_create create = copy(VOLUME_FROM_SNAPSHOT, GIB);

	(void)state;
	make_source("iscsi", 2 * GIB);
	assert_int_equal(scene_make(&create), SCALE_OUT_OF_RANGE);
	assert_reason("2 GiB");
	assert_null(fake_dataset(COPY));
}

static void without_a_size_it_is_the_sources(void **state)
{
	struct volume_create create = copy(VOLUME_FROM_SNAPSHOT, 0);

	(void)state;
	make_source("iscsi", 5 * GIB);
	assert_int_equal(scene_make(&create), SCALE_OK);
	assert_int_equal(scene.answer.bytes, 5 * GIB);
}

static void kinds_do_not_mix(void **state)
{
	struct volume_create create = copy(VOLUME_FROM_SNAPSHOT, GIB);

	(void)state;
	make_source("nfs", GIB);
	create.source_id = "scale-nfs:tank/k8s/src@snap";
	assert_int_equal(scene_make(&create), SCALE_INVALID_ARGUMENT);
	assert_reason("same kind");
}

static const char *const unknown[] = {
	"non-existing-snapshot-id",        "scale-iscsi:tank/k8s/src@other",
	"scale-iscsi:tank/k8s/other@snap", "scale-iscsi:tank/else/src@snap",
	"other:tank/k8s/src@snap",         SOURCE};

static void an_unknown_snapshot_is_not_found(void **state)
{
	(void)state;
	make_source("iscsi", GIB);
	for (size_t i = 0; i < sizeof(unknown) / sizeof(*unknown); i++) {
		struct volume_create create = copy(VOLUME_FROM_SNAPSHOT, GIB);

		create.source_id = unknown[i];
		if (scene_make(&create) != SCALE_NOT_FOUND)
			fail_msg("'%s': %s", unknown[i], scene.call.reason);
	}
}

static void a_deleted_snapshot_is_never_cloned_again(void **state)
{
	struct volume_create create = copy(VOLUME_FROM_SNAPSHOT, GIB);

	(void)state;
	make_source("iscsi", GIB);
	fake_snapshot("tank/k8s/src@snap")->data.is_deferred = true;
	assert_int_equal(scene_make(&create), SCALE_NOT_FOUND);
	assert_reason("deleted");
}

static const char *helper_path(void)
{
	struct call *call = scene_call();
	static char path[128];

	(void)snprintf(path, sizeof(path), "tank/k8s/src@%s",
		       source_helper_name(call, COPY_ID));
	return path;
}

/* What is written on a snapshot of the helper's name that is no helper of this
 * volume. */
static const struct {
	const char *instance, *whose;
} strangers[] = {
	{NULL, NULL},
	{INSTANCE, "scale-iscsi:tank/k8s/other"},
	{"csi.scale.io/uid-2", COPY_ID},
};

static void a_foreign_snapshot_in_the_helpers_place_is_left_alone(void **state)
{
	for (size_t i = 0; i < sizeof(strangers) / sizeof(*strangers) * 2;
	     i++) {
		struct volume_create create = copy(VOLUME_FROM_VOLUME, GIB);
		const char *path = helper_path();
		struct fake_snapshot *theirs;

		(void)scene_teardown(state);
		(void)scene_setup(state);
		make_source("iscsi", GIB);
		theirs = fake_add_snapshot(path);
		if (strangers[i / 2].instance != NULL) {
			fake_set(&theirs->user, RECORD_INSTANCE,
				 strangers[i / 2].instance);
			fake_set(&theirs->user, RECORD_SNAPSHOT_FOR,
				 strangers[i / 2].whose);
		}
		fake_backend.works_ahead = i % 2 != 0;
		assert_int_equal(scene_make(&create),
				 SCALE_FAILED_PRECONDITION);
		assert_non_null(fake_snapshot(path));
		assert_false(fake_snapshot(path)->data.is_deferred);
		assert_int_equal(ledger_state(&scene.call.ledger),
				 LEDGER_CLEAN);
	}
}

/* The hints were lost, so the repeat cleans up: only what the copy hangs on. */
static void a_repeat_removes_no_snapshot_but_its_origin(void **state)
{
	struct volume_create create = copy(VOLUME_FROM_VOLUME, GIB);
	const char *path = helper_path();

	(void)scene_teardown(state);
	(void)scene_setup(state);
	make_source("iscsi", GIB);
	assert_int_equal(scene_make(&create), SCALE_OK);
	fake_set(&fake_dataset(COPY)->user, RECORD_PROVISIONED, "false");
	fake_dataset(COPY)->data.origin = "";
	fake_snapshot(path)->data.is_deferred = false;
	assert_int_equal(scene_make(&create), SCALE_OK);
	assert_false(fake_snapshot(path)->data.is_deferred);
}

static void the_copy_keeps_its_sources_file_system(void **state)
{
	static const struct volume_access xfs = {.mode = 1, .fs_type = "xfs"};
	struct volume_create create = scene_create("src", "iscsi");
	struct snapshot_info info;

	(void)state;
	create.accesses = &xfs;
	assert_int_equal(scene_make(&create), SCALE_OK);
	assert_int_equal(scene_snapshot("snap", SOURCE, &info), SCALE_OK);
	create = copy(VOLUME_FROM_SNAPSHOT, GIB);
	assert_int_equal(scene_make(&create), SCALE_OK);
	assert_string_equal(map_get(&scene.answer.context, "filesystem"),
			    "xfs");
	assert_int_equal(scene_make(&create), SCALE_OK);
}

#define CASE(test)                                                             \
	cmocka_unit_test_setup_teardown(test, scene_setup, scene_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_restore_is_a_marked_clone),
		CASE(a_larger_restore_grows),
		CASE(a_retry_finishes_the_growth),
		CASE(a_repeat_needs_no_source),
		CASE(a_clone_has_a_snapshot_of_its_own_that_goes),
		CASE(a_clone_cut_off_anywhere_is_healed_by_the_retry),
		CASE(a_clone_that_fails_for_good_leaves_nothing),
		CASE(a_refused_clone_is_proven_by_reading_back),
		CASE(a_smaller_copy_is_out_of_range),
		CASE(without_a_size_it_is_the_sources),
		CASE(kinds_do_not_mix),
		CASE(an_unknown_snapshot_is_not_found),
		CASE(a_deleted_snapshot_is_never_cloned_again),
		CASE(a_foreign_snapshot_in_the_helpers_place_is_left_alone),
		CASE(a_repeat_removes_no_snapshot_but_its_origin),
		CASE(the_copy_keeps_its_sources_file_system),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
