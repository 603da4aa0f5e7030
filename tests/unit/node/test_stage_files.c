/* SPDX-License-Identifier: BSD-2-Clause */
/* Volumes of files are mounted once, and fresh ones get their mode. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "fixture.h"
#include "mount_space.h"

static int set_up(void **state)
{
	return fixture_new_files((struct fixture **)state);
}

static int tear_down(void **state)
{
	fixture_free(*state);
	return 0;
}

static mode_t mode_of(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_mode & 07777;
}

static void files_are_seen_at_the_staging_path(void **state)
{
	struct fixture *f = *state;

	assert_true(fixture_write(f, f->export, "x", "hello"));
	assert_int_equal(fixture_stage(f), SCALE_OK);
	assert_true(fixture_has(f, f->staging, "x", "hello"));
}

static void staging_twice_is_staging_once(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(fixture_stage(f), SCALE_OK);
	assert_int_equal(fixture_stage(f), SCALE_OK);
	assert_int_equal(fixture_unstage(f), SCALE_OK);
	assert_null(fixture_find(f, f->staging));
}

static void a_staged_volume_cannot_turn_readonly(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(fixture_stage(f), SCALE_OK);
	f->volume.is_readonly = true;
	assert_int_equal(fixture_stage(f), SCALE_ALREADY_EXISTS);
	assert_non_null(strstr(f->call.reason, "read-only"));
}

static void readonly_is_readonly(void **state)
{
	struct fixture *f = *state;

	f->volume.is_readonly = true;
	assert_int_equal(fixture_stage(f), SCALE_OK);
	assert_int_equal(f->fake.attach_flags, SCALE_ATTACH_READONLY);
	assert_false(fixture_write(f, f->staging, "x", "hello"));
	assert_int_equal(fixture_stage(f), SCALE_OK);
}

static void another_volume_there_is_refused(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(fixture_stage(f), SCALE_OK);
	f->volume.id = OTHER_VOLUME;
	assert_int_equal(fixture_stage(f), SCALE_ALREADY_EXISTS);
}

static void a_second_source_is_tried(void **state)
{
	struct fixture *f = *state;

	f->fake.sources[0] = "/no/such/source/pvc-1";
	f->fake.sources[1] = f->export;
	assert_int_equal(fixture_stage(f), SCALE_OK);
	assert_non_null(fixture_find(f, f->staging));
}

static void a_source_that_cannot_be_mounted_is_named(void **state)
{
	struct fixture *f = *state;

	f->fake.sources[0] = "/no/such/source/pvc-1";
	assert_int_equal(fixture_stage(f), SCALE_INTERNAL);
	assert_non_null(strstr(f->call.reason, "/no/such/source/pvc-1"));
	assert_non_null(strstr(f->call.reason, BLOCK_VOLUME));
	assert_null(fixture_find(f, f->staging));
}

static void options_that_would_do_something_else_are_refused(void **state)
{
	struct fixture *f = *state;

	f->fake.options[0] = "noatime,remount";
	assert_int_equal(fixture_stage(f), SCALE_INVALID_ARGUMENT);
	assert_non_null(strstr(f->call.reason, "'remount'"));
	assert_null(fixture_find(f, f->staging));
}

static void a_fresh_root_gets_the_mode(void **state)
{
	struct fixture *f = *state;

	fixture_put_context(f, "fake-mode", "0777");
	assert_int_equal(fixture_stage(f), SCALE_OK);
	assert_int_equal(mode_of(f->staging), 0777);
}

static void a_stage_cut_off_before_the_mode_is_finished(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(fixture_stage(f), SCALE_OK);
	fixture_put_context(f, "fake-mode", "0777");
	assert_int_equal(fixture_stage(f), SCALE_OK);
	assert_int_equal(mode_of(f->staging), 0777);
}

static void a_used_root_keeps_its_mode(void **state)
{
	struct fixture *f = *state;

	fixture_put_context(f, "fake-mode", "0777");
	assert_true(fixture_write(f, f->export, "x", "hello"));
	assert_int_equal(fixture_stage(f), SCALE_OK);
	assert_int_equal(mode_of(f->staging), 0755);
}

static void a_mode_somebody_chose_stays(void **state)
{
	struct fixture *f = *state;

	fixture_put_context(f, "fake-mode", "0777");
	assert_int_equal(chmod(f->export, 0700), 0);
	assert_int_equal(fixture_stage(f), SCALE_OK);
	assert_int_equal(mode_of(f->staging), 0700);
}

static void a_mode_that_is_none_leaves_nothing_mounted(void **state)
{
	struct fixture *f = *state;

	fixture_put_context(f, "fake-mode", "u+w");
	assert_int_equal(fixture_stage(f), SCALE_INVALID_ARGUMENT);
	assert_null(fixture_find(f, f->staging));
}

static void a_newer_context_is_refused(void **state)
{
	struct fixture *f = *state;

	fixture_put_context(f, "scale-context", "2");
	assert_int_equal(fixture_stage(f), SCALE_FAILED_PRECONDITION);
	assert_int_equal(f->fake.attached, 0);
}

static void files_are_no_raw_device(void **state)
{
	struct fixture *f = *state;

	f->volume.is_raw = true;
	assert_int_equal(fixture_stage(f), SCALE_INVALID_ARGUMENT);
}

static void unknown_volumes_are_told_apart(void **state)
{
	struct fixture *f = *state;

	f->volume.id = "fake-vol-id-1234567890";
	assert_int_equal(fixture_stage(f), SCALE_NOT_FOUND);
	f->volume.id = "scale-other:tank/k8s/pvc-1";
	assert_int_equal(fixture_stage(f), SCALE_FAILED_PRECONDITION);
	assert_non_null(strstr(f->call.reason, "scale-other"));
}

static void paths_outside_of_kubelet_are_refused(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(node_stage(&f->call, f->node, &f->volume, "/tmp/x"),
			 SCALE_PERMISSION_DENIED);
	assert_int_equal(
		node_stage(&f->call, f->node, &f->volume,
			   arena_printf(f->arena, "%s/gone/x", f->dir)),
		SCALE_FAILED_PRECONDITION);
	assert_int_equal(node_stage(&f->call, f->node, &f->volume, "some/path"),
			 SCALE_INVALID_ARGUMENT);
}

static void a_link_or_a_file_is_no_staging_directory(void **state)
{
	struct fixture *f = *state;
	const char *elsewhere = arena_printf(f->arena, "%s/pods", f->dir);

	assert_int_equal(rmdir(f->staging), 0);
	assert_int_equal(fixture_stage(f), SCALE_FAILED_PRECONDITION);
	assert_int_equal(symlink(elsewhere, f->staging), 0);
	assert_int_equal(fixture_stage(f), SCALE_PERMISSION_DENIED);
	assert_non_null(strstr(f->call.reason, "symbolic link"));
	assert_null(fixture_find(f, elsewhere));
	assert_int_equal(unlink(f->staging), 0);
	assert_true(fixture_write(f, f->dir, "staging", ""));
	assert_int_equal(fixture_stage(f), SCALE_FAILED_PRECONDITION);
	assert_int_equal(f->fake.attached, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(files_are_seen_at_the_staging_path),
		TEST(staging_twice_is_staging_once),
		TEST(a_staged_volume_cannot_turn_readonly),
		TEST(readonly_is_readonly),
		TEST(another_volume_there_is_refused),
		TEST(a_second_source_is_tried),
		TEST(a_source_that_cannot_be_mounted_is_named),
		TEST(options_that_would_do_something_else_are_refused),
		TEST(a_fresh_root_gets_the_mode),
		TEST(a_stage_cut_off_before_the_mode_is_finished),
		TEST(a_used_root_keeps_its_mode),
		TEST(a_mode_somebody_chose_stays),
		TEST(a_mode_that_is_none_leaves_nothing_mounted),
		TEST(a_newer_context_is_refused),
		TEST(files_are_no_raw_device),
		TEST(unknown_volumes_are_told_apart),
		TEST(paths_outside_of_kubelet_are_refused),
		TEST(a_link_or_a_file_is_no_staging_directory),
	};

	if (mount_space_enter() != 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
