/* SPDX-License-Identifier: BSD-2-Clause */
#include "scene.h"

#include <string.h>

#define PATH "tank/k8s/pvc-1"
#define ID   "scale-nfs:" PATH

static void make(void)
{
	struct volume_create create = scene_create("pvc-1", "nfs");

	assert_int_equal(scene_make(&create), SCALE_OK);
	fake_nas.log[0] = '\0';
}

static void a_delete_removes_export_and_dataset(void **state)
{
	(void)state;
	make();
	fake_nas.calls = 0;
	assert_int_equal(scene_delete(ID), SCALE_OK);
	assert_int_equal(fake_count_datasets(), 0);
	assert_false(fake_backend.has_export);
	assert_string_equal(fake_nas.log, "delete " PATH "\n");
	/* three reads together, then the delete */
	assert_int_equal(fake_nas.calls, 4);
	assert_false(drain_has_created(fake_nas.drain, ID));
}

static void a_repeat_is_ok(void **state)
{
	(void)state;
	make();
	assert_int_equal(scene_delete(ID), SCALE_OK);
	assert_int_equal(scene_delete(ID), SCALE_OK);
}

static void leftovers_of_an_absent_volume_are_removed(void **state)
{
	(void)state;
	fake_backend.has_export = true;
	assert_int_equal(scene_delete(ID), SCALE_OK);
	assert_false(fake_backend.has_export);
}

/* A pool that is not imported takes all of its datasets out of sight. */
static void nothing_is_gone_while_its_parent_is(void **state)
{
	(void)state;
	fake_dataset("tank/k8s")->exists = false;
	fake_backend.has_export = true;
	assert_int_equal(scene_delete(ID), SCALE_FAILED_PRECONDITION);
	assert_reason("'tank/k8s' of pool");
	assert_true(fake_backend.has_export);
}

static const struct {
	const char *id;
	scale_status want;
} ids[] = {
	{"fake-vol-id", SCALE_OK},
	{"", SCALE_OK},
	{"scale-nfs:tank/k8s/../x", SCALE_OK},
	{ID "@snap", SCALE_OK},
	{"scale-nfs:tank/other/x", SCALE_FAILED_PRECONDITION},
	{"scale-nfs:tank/k8s", SCALE_FAILED_PRECONDITION},
	{"scale-nvmeof:tank/k8s/x", SCALE_FAILED_PRECONDITION},
	{"other:tank/other/x", SCALE_NOT_FOUND},
	/* well-formed, absent */
	{"scale-nfs:tank/k8s/x", SCALE_OK},
};

static void ids_are_told_apart(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(ids) / sizeof(*ids); i++)
		if (scene_delete(ids[i].id) != ids[i].want)
			fail_msg("'%s': %s", ids[i].id, scene.call.reason);
}

static void publish(void)
{
	assert_int_equal(scene_publish(ID, "scale1:worker-1", 1, false),
			 SCALE_OK);
}

static void snapshot(void)
{
	struct snapshot_info info;

	assert_int_equal(scene_snapshot("nightly", ID, &info), SCALE_OK);
}

static void foreign_snapshot(void)
{
	fake_add_snapshot(PATH "@auto-2026");
}

static void held_snapshot(void)
{
	snapshot();
	fake_snapshot(PATH "@nightly")->data.is_held = true;
}

/* A deleted snapshot whose clone lives: somebody else's. */
static void foreign_clone(void)
{
	struct fake_dataset *clone;

	snapshot();
	fake_snapshot(PATH "@nightly")->data.is_deferred = true;
	clone = fake_add_dataset("tank/k8s/clone", SCALE_FILESYSTEM, GIB);
	clone->data.origin = PATH "@nightly";
}

static void copy_of(enum volume_source_kind kind, const char *source)
{
	struct volume_create create = scene_create("copy", "nfs");

	create.source_kind = kind;
	create.source_id = source;
	assert_int_equal(scene_make(&create), SCALE_OK);
}

/* ... ours, with a snapshot of the name that would move to it. */
static void clash(void)
{
	snapshot();
	copy_of(VOLUME_FROM_SNAPSHOT, ID "@nightly");
	fake_snapshot(PATH "@nightly")->data.is_deferred = true;
	fake_add_snapshot("tank/k8s/copy@nightly");
}

static void child(void)
{
	fake_add_dataset(PATH "/inside", SCALE_FILESYSTEM, 0);
}

static void foreign_marks(void)
{
	fake_set(&fake_dataset(PATH)->user, RECORD_INSTANCE,
		 "csi.scale.io/uid-2");
}

static void newer_record(void)
{
	fake_set(&fake_dataset(PATH)->user, RECORD_VERSION_KEY, "2");
}

static void no_marks(void)
{
	struct fake_dataset *dataset = fake_dataset(PATH);

	map_init(&dataset->user, fake_nas.arena);
}

/* Renamed by hand: what proves that we made it came along. */
static void moved(void)
{
	fake_set(&fake_dataset(PATH)->user, RECORD_ID,
		 "scale-nfs:tank/k8s/pvc-0");
	fake_set(&fake_dataset(PATH)->user, "org.truenas:managedby", INSTANCE);
}

/* ... of something that was never cut for this volume. */
static void unmarked_clone(void)
{
	no_marks();
	fake_set(&fake_dataset(PATH)->user, "org.truenas:managedby", INSTANCE);
	fake_dataset(PATH)->data.origin = "tank/theirs@daily";
}

static const struct {
	const char *name;
	void (*obstruct)(void);
	const char *says;
} obstacles[] = {
	{"publication", publish, "'worker-1'"},
	{"snapshot", snapshot, "'nightly'"},
	{"foreign snapshot", foreign_snapshot, "@auto-2026"},
	{"hold", held_snapshot, "held"},
	{"foreign clone", foreign_clone, "'tank/k8s/clone'"},
	{"clash of names", clash, "'tank/k8s/copy'"},
	{"child", child, "'" PATH "/inside'"},
	{"other installation", foreign_marks, "uid-2"},
	{"newer record", newer_record, "version 2"},
	{"no marks", no_marks, "no mark"},
	{"renamed", moved, "'scale-nfs:tank/k8s/pvc-0'"},
	{"unmarked clone", unmarked_clone, "no mark"},
};

static void every_obstacle_is_named_before_anything_is_removed(void **state)
{
	for (size_t i = 0; i < sizeof(obstacles) / sizeof(*obstacles); i++) {
		(void)scene_teardown(state);
		(void)scene_setup(state);
		make();
		obstacles[i].obstruct();
		fake_nas.log[0] = '\0';
		if (scene_delete(ID) != SCALE_FAILED_PRECONDITION)
			fail_msg("%s", obstacles[i].name);
		assert_reason(obstacles[i].says);
		assert_string_equal(fake_nas.log, "");
		assert_true(fake_backend.has_export);
		assert_int_equal(ledger_state(&scene.call.ledger),
				 LEDGER_CLEAN);
	}
}

/* The clone takes the deleted snapshots over; its data stays. */
static void clones_do_not_keep_their_source(void **state)
{
	struct snapshot_info info;

	(void)state;
	make();
	snapshot();
	assert_int_equal(scene_snapshot("later", ID, &info), SCALE_OK);
	copy_of(VOLUME_FROM_SNAPSHOT, ID "@later");
	fake_snapshot(PATH "@nightly")->exists = false;
	assert_int_equal(volume_snapshot_delete(scene_call(), scene.volumes,
						ID "@later"),
			 SCALE_OK);
	fake_nas.log[0] = '\0';
	assert_int_equal(scene_delete(ID), SCALE_OK);
	assert_string_equal(fake_nas.log,
			    "promote tank/k8s/copy\ndelete " PATH "\n");
	assert_non_null(fake_dataset("tank/k8s/copy"));
	assert_int_equal(fake_count_snapshots(), 0);
}

/* A clone of a volume, whose helper a crash left undeleted. */
static void a_helper_with_a_clone_is_handed_over_too(void **state)
{
	(void)state;
	make();
	fake_nas.faults[FAKE_SNAPSHOT_DELETE] = (struct fake_fault){
		.status = SCALE_UNAVAILABLE, .outcome = RPC_NOT_SENT};
	copy_of(VOLUME_FROM_VOLUME, ID);
	assert_int_equal(scene_delete(ID), SCALE_OK);
	assert_int_equal(fake_count_snapshots(), 0);
	assert_int_equal(scene_delete("scale-nfs:tank/k8s/copy"), SCALE_OK);
	assert_int_equal(fake_count_datasets(), 0);
}

static void a_promote_cut_off_is_healed_by_the_retry(void **state)
{
	for (int executed = 0; executed < 2; executed++) {
		(void)scene_teardown(state);
		(void)scene_setup(state);
		make();
		copy_of(VOLUME_FROM_VOLUME, ID);
		fake_nas.faults[FAKE_PROMOTE] =
			(struct fake_fault){.status = SCALE_UNAVAILABLE,
					    .outcome = RPC_UNKNOWN,
					    .is_executed = executed != 0};
		assert_int_equal(scene_delete(ID), SCALE_UNAVAILABLE);
		assert_true(fake_backend.has_export);
		assert_int_equal(scene_delete(ID), SCALE_OK);
		assert_null(fake_dataset(PATH));
		assert_int_equal(fake_count_snapshots(), 0);
	}
}

static void a_promote_refused_leaves_all_in_place(void **state)
{
	(void)state;
	make();
	copy_of(VOLUME_FROM_VOLUME, ID);
	fake_nas.faults[FAKE_PROMOTE] = (struct fake_fault){
		.status = SCALE_RESOURCE_EXHAUSTED, .outcome = RPC_REFUSED};
	assert_int_equal(scene_delete(ID), SCALE_RESOURCE_EXHAUSTED);
	assert_int_equal(ledger_state(&scene.call.ledger), LEDGER_CLEAN);
	assert_true(fake_backend.has_export);
}

/* NOT_FOUND would be final, and the volume is still there. */
static void a_clone_that_goes_meanwhile_is_tried_again(void **state)
{
	(void)state;
	make();
	copy_of(VOLUME_FROM_VOLUME, ID);
	fake_nas.faults[FAKE_PROMOTE] =
		(struct fake_fault){.status = SCALE_NOT_FOUND,
				    .outcome = RPC_REFUSED,
				    .is_certain = true};
	assert_int_equal(scene_delete(ID), SCALE_ABORTED);
	assert_true(fake_backend.has_export);
}

static void an_unreadable_snapshot_list_is_a_refusal_too(void **state)
{
	(void)state;
	make();
	fake_nas.faults[FAKE_READ] = (struct fake_fault){
		.status = SCALE_UNAVAILABLE, .outcome = RPC_NOT_SENT};
	assert_int_equal(scene_delete(ID), SCALE_UNAVAILABLE);
	assert_true(fake_backend.has_export);
	assert_string_equal(fake_nas.log, "");
}

static void a_backend_that_refuses_keeps_the_dataset(void **state)
{
	(void)state;
	make();
	fake_backend.fails = SCALE_FAILED_PRECONDITION;
	assert_int_equal(scene_delete(ID), SCALE_FAILED_PRECONDITION);
	assert_reason("told to fail");
	assert_int_equal(fake_count_datasets(), 1);
}

static void a_backend_that_never_asks_does_not_skip_the_refusals(void **state)
{
	(void)state;
	make();
	foreign_snapshot();
	fake_backend.is_deaf = true;
	assert_int_equal(scene_delete(ID), SCALE_FAILED_PRECONDITION);
	assert_int_equal(fake_count_datasets(), 1);
}

/* A crash after the clone left the snapshot that was cut for it. */
static void a_helper_snapshot_goes_with_its_source(void **state)
{
	struct fake_snapshot *helper;

	(void)state;
	make();
	helper = fake_add_snapshot(PATH "@csi-clone-0123456789abcdef");
	fake_set(&helper->user, RECORD_INSTANCE, INSTANCE);
	fake_set(&helper->user, RECORD_SNAPSHOT_FOR, "scale-nfs:tank/k8s/c");
	assert_int_equal(scene_delete(ID), SCALE_OK);
	assert_int_equal(fake_count_snapshots(), 0);
	assert_int_equal(fake_count_datasets(), 0);
}

/* ... or the clone goes first, and takes it along. */
static void a_clone_takes_its_helper_along(void **state)
{
	struct volume_create create = scene_create("c", "nfs");

	(void)state;
	make();
	create.source_kind = VOLUME_FROM_VOLUME;
	create.source_id = ID;
	fake_nas.faults[FAKE_SNAPSHOT_DELETE] = (struct fake_fault){
		.status = SCALE_UNAVAILABLE, .outcome = RPC_NOT_SENT};
	assert_int_equal(scene_make(&create), SCALE_OK);
	assert_int_equal(fake_count_snapshots(), 1);
	assert_int_equal(scene_delete("scale-nfs:tank/k8s/c"), SCALE_OK);
	assert_int_equal(fake_count_snapshots(), 0);
}

static void an_unmarked_dataset_that_we_made_can_go(void **state)
{
	(void)state;
	make();
	no_marks();
	fake_set(&fake_dataset(PATH)->user, "org.truenas:managedby", INSTANCE);
	assert_int_equal(scene_delete(ID), SCALE_OK);
	assert_int_equal(fake_count_datasets(), 0);
}

static void just_after_a_start_deletes_wait(void **state)
{
	(void)state;
	assert_int_equal(scene_delete(ID), SCALE_UNAVAILABLE);
	assert_reason("before this driver started");
	assert_int_equal(fake_nas.calls, 0);
	make();
	assert_int_equal(scene_delete(ID), SCALE_OK);
	assert_int_equal(scene_delete(ID), SCALE_OK);
}

static void an_unanswered_create_holds_a_delete_back(void **state)
{
	(void)state;
	drain_lose(fake_nas.drain,
		   drain_begin(fake_nas.drain, ID, DRAIN_CREATE));
	assert_int_equal(scene_delete(ID), SCALE_UNAVAILABLE);
}

#define CASE(test)                                                             \
	cmocka_unit_test_setup_teardown(test, scene_setup, scene_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_delete_removes_export_and_dataset),
		CASE(a_repeat_is_ok),
		CASE(leftovers_of_an_absent_volume_are_removed),
		CASE(nothing_is_gone_while_its_parent_is),
		CASE(ids_are_told_apart),
		CASE(every_obstacle_is_named_before_anything_is_removed),
		CASE(clones_do_not_keep_their_source),
		CASE(a_helper_with_a_clone_is_handed_over_too),
		CASE(a_promote_cut_off_is_healed_by_the_retry),
		CASE(a_promote_refused_leaves_all_in_place),
		CASE(a_clone_that_goes_meanwhile_is_tried_again),
		CASE(an_unreadable_snapshot_list_is_a_refusal_too),
		CASE(a_backend_that_refuses_keeps_the_dataset),
		CASE(a_backend_that_never_asks_does_not_skip_the_refusals),
		CASE(a_helper_snapshot_goes_with_its_source),
		CASE(a_clone_takes_its_helper_along),
		CASE(an_unmarked_dataset_that_we_made_can_go),
		cmocka_unit_test_setup_teardown(just_after_a_start_deletes_wait,
						scene_setup_predecessor,
						scene_teardown),
		CASE(an_unanswered_create_holds_a_delete_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
