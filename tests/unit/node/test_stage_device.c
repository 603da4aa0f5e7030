/* SPDX-License-Identifier: BSD-2-Clause */
/* Block volumes: proven first, formatted once, mounted as asked for. */
#include <fcntl.h>
#include <linux/fs.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cmocka.h>

#include "fixture.h"
#include "mount_space.h"
#include "sys/blockdev.h"
#include "sys/fsprobe.h"

#define SIZE (512 * MIB)

static int set_up(void **state)
{
	return fixture_new_device((struct fixture **)state, SIZE);
}

static int tear_down(void **state)
{
	fixture_free(*state);
	return 0;
}

static bool is_blank(struct fixture *f)
{
	return blockdev_is_blank(f->fake.device, SIZE) == 1;
}

static void format(struct fixture *f, const char *program)
{
	assert_int_equal(
		mount_space_run((const char *[]){
			program,
			strcmp(program, "mkfs.ext4") == 0 ? "-Fq" : "-fq",
			f->fake.device, NULL}),
		0);
}

static void a_blank_volume_becomes_ext4(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(fixture_stage(f), SCALE_OK);
	assert_string_equal(fixture_find(f, f->staging)->fs_type, "ext4");
	assert_true(fixture_write(f, f->staging, "x", "hello"));
}

static void data_survives_every_round(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < 3; i++) {
		assert_int_equal(fixture_stage(f), SCALE_OK);
		if (i == 0)
			assert_true(fixture_write(f, f->staging, "x", "kept"));
		assert_true(fixture_has(f, f->staging, "x", "kept"));
		assert_int_equal(fixture_unstage(f), SCALE_OK);
		assert_null(fixture_find(f, f->staging));
		assert_int_equal(blockdev_is_busy(f->fake.device), 0);
	}
}

static void the_file_system_is_the_asked_one_or_the_contexts(void **state)
{
	struct fixture *f = *state;

	fixture_put_context(f, "filesystem", "xfs");
	assert_int_equal(fixture_stage(f), SCALE_OK);
	assert_string_equal(fixture_find(f, f->staging)->fs_type, "xfs");
	assert_int_equal(fixture_unstage(f), SCALE_OK);
	f->volume.fs_type = "btrfs";
	assert_int_equal(fixture_stage(f), SCALE_FAILED_PRECONDITION);
	assert_non_null(strstr(f->call.reason, "'xfs'"));
}

static void btrfs_is_found_again_although_its_number_is_made_up(void **state)
{
	struct fixture *f = *state;

	f->volume.fs_type = "btrfs";
	assert_int_equal(fixture_stage(f), SCALE_OK);
	assert_int_equal(fixture_stage(f), SCALE_OK);
	assert_int_equal(fixture_unstage(f), SCALE_OK);
	assert_null(fixture_find(f, f->staging));
	assert_true(f->fake.detach_saw_device);
}

static void a_device_of_another_identity_is_not_touched(void **state)
{
	struct fixture *f = *state;

	f->fake.wwid = "naa.2";
	assert_int_equal(fixture_stage(f), SCALE_FAILED_PRECONDITION);
	assert_non_null(strstr(f->call.reason, "naa.2"));
	assert_true(is_blank(f));
	assert_null(fixture_find(f, f->staging));
}

static void without_an_identity_nothing_is_touched(void **state)
{
	struct fixture *f = *state;

	f->fake.wwid = NULL;
	assert_int_equal(fixture_stage(f), SCALE_INTERNAL);
	f->fake.wwid = "naa.1";
	f->volume.publish.n = 0;
	assert_int_equal(fixture_stage(f), SCALE_FAILED_PRECONDITION);
	assert_true(is_blank(f));
}

static void a_copy_is_never_formatted(void **state)
{
	struct fixture *f = *state;

	fixture_put_context(f, "content-source", "snapshot");
	assert_int_equal(fixture_stage(f), SCALE_FAILED_PRECONDITION);
	assert_true(is_blank(f));
}

static void a_copy_keeps_the_file_system_it_came_with(void **state)
{
	struct fixture *f = *state;

	format(f, "mkfs.xfs");
	fixture_put_context(f, "content-source", "volume");
	f->volume.fs_type = "ext4";
	assert_int_equal(fixture_stage(f), SCALE_OK);
	assert_string_equal(fixture_find(f, f->staging)->fs_type, "xfs");
	assert_int_equal(fixture_stage(f), SCALE_OK);
}

static void readonly_is_never_formatted(void **state)
{
	struct fixture *f = *state;

	f->volume.is_readonly = true;
	assert_int_equal(fixture_stage(f), SCALE_FAILED_PRECONDITION);
	assert_true(is_blank(f));
}

static void a_final_failure_leaves_nothing_attached(void **state)
{
	struct fixture *f = *state;

	f->volume.is_readonly = true; /* blank: refused */
	assert_int_equal(fixture_stage(f), SCALE_FAILED_PRECONDITION);
	assert_int_equal(f->fake.detached, 1);
	assert_non_null(strstr(f->call.reason, "read-only"));
	f->fake.detach_status = SCALE_UNAVAILABLE;
	assert_int_equal(fixture_stage(f), SCALE_UNAVAILABLE);
	assert_non_null(strstr(f->call.reason, "read-only"));
}

static void a_failure_that_is_tried_again_stays_attached(void **state)
{
	struct fixture *f = *state;

	f->fake.attach_status = SCALE_UNAVAILABLE;
	assert_int_equal(fixture_stage(f), SCALE_UNAVAILABLE);
	assert_int_equal(f->fake.detached, 0);
}

static void readonly_is_readonly_down_to_the_device(void **state)
{
	struct fixture *f = *state;
	int flag = 0;

	assert_int_equal(fixture_stage(f), SCALE_OK);
	assert_int_equal(fixture_unstage(f), SCALE_OK);
	f->volume.is_readonly = true;
	assert_int_equal(fixture_stage(f), SCALE_OK);
	assert_true(mountinfo_has_option(fixture_find(f, f->staging), "ro"));
	assert_int_equal(ioctl(f->fake.loop.fd, BLKROGET, &flag), 0);
	assert_int_equal(flag, 1);
	assert_int_equal(fixture_unstage(f), SCALE_OK);

	/* and the flag goes when it is writable again */
	f->volume.is_readonly = false;
	assert_int_equal(fixture_stage(f), SCALE_OK);
	assert_true(fixture_write(f, f->staging, "x", "hello"));
}

/* A copy of a mounted file system has a dirty journal, as a snapshot has. */
static void check_dirty(struct fixture *f, const char *program)
{
	struct loop_device copy;

	format(f, program);
	assert_int_equal(fixture_stage(f), SCALE_OK);
	assert_true(fixture_write(f, f->staging, "x", "hello"));
	assert_int_equal(fixture_unstage(f), SCALE_OK);
	assert_int_equal(fixture_stage(f), SCALE_OK);
	assert_true(fixture_write(f, f->staging, "y", "in the journal"));
	int fd = open(f->staging, O_RDONLY);
	assert_int_equal(fsync(fd), 0);
	close(fd);
	assert_int_equal(loop_device_open(SIZE, &copy), 0);
	assert_int_equal(loop_device_copy(&f->fake.loop, &copy), 0);
	assert_int_equal(fixture_unstage(f), SCALE_OK);
	f->fake.device = copy.path;
	f->volume.is_readonly = true;
	assert_int_equal(fixture_stage(f), SCALE_OK);
	assert_true(fixture_has(f, f->staging, "x", "hello"));
	/* what both call it, whatever they are mounted with */
	assert_int_equal(
		mount_space_run((const char *[]){
			"grep", "-q",
			arena_printf(f->arena, "^%s .*norecovery", copy.path),
			"/proc/mounts", NULL}),
		0);
	assert_int_equal(fixture_unstage(f), SCALE_OK);
	f->fake.device = f->fake.loop.path;
	loop_device_close(&copy);
}

static void a_dirty_ext4_is_mounted_readonly_without_replay(void **state)
{
	check_dirty(*state, "mkfs.ext4");
}

static void a_dirty_xfs_is_mounted_readonly_without_replay(void **state)
{
	struct fixture *f = *state;

	f->volume.fs_type = "xfs";
	check_dirty(f, "mkfs.xfs");
}

static void an_xfs_clone_is_mounted_beside_its_source(void **state)
{
	struct fixture *f = *state;
	const char *dir = arena_printf(f->arena, "%s/pods", f->dir);

	format(f, "mkfs.xfs");
	f->volume.fs_type = "xfs";
	/* the source, by hand: the same UUID is in use then */
	struct loop_device source;
	assert_int_equal(loop_device_open(SIZE, &source), 0);
	assert_int_equal(loop_device_copy(&f->fake.loop, &source), 0);
	assert_int_equal(mount(source.path, dir, "xfs", 0, NULL), 0);
	assert_int_equal(fixture_stage(f), SCALE_OK);
	assert_int_equal(fixture_unstage(f), SCALE_OK);
	assert_int_equal(umount(dir), 0);
	loop_device_close(&source);
}

static uint64_t total(const char *dir)
{
	struct statvfs st;

	assert_int_equal(statvfs(dir, &st), 0);
	return (uint64_t)st.f_blocks * st.f_frsize;
}

static void a_restored_volume_that_is_larger_grows_at_stage(void **state)
{
	struct fixture *f = *state;

	format(f, "mkfs.xfs");
	assert_int_equal(loop_device_resize(&f->fake.loop, 2 * SIZE), 0);
	fixture_put_context(f, "content-source", "snapshot");
	assert_int_equal(fixture_stage(f), SCALE_OK);
	assert_true(total(f->staging) > SIZE);
}

static void a_stage_cut_off_before_it_grew_is_finished(void **state)
{
	struct fixture *f = *state;

	f->volume.fs_type = "xfs";
	assert_int_equal(fixture_stage(f), SCALE_OK);
	assert_int_equal(loop_device_resize(&f->fake.loop, 2 * SIZE), 0);
	assert_true(total(f->staging) < SIZE);
	assert_int_equal(fixture_stage(f), SCALE_OK);
	assert_true(total(f->staging) > SIZE);
}

static void mount_options_are_passed_or_refused(void **state)
{
	struct fixture *f = *state;
	const char *good[] = {"noatime", "commit=9", NULL};
	const char *bad[] = {"noatime,remount", NULL};

	f->volume.options = bad;
	assert_int_equal(fixture_stage(f), SCALE_INVALID_ARGUMENT);
	assert_non_null(strstr(f->call.reason, "'remount'"));
	f->volume.options = good;
	assert_int_equal(fixture_stage(f), SCALE_OK);
	assert_true(
		mountinfo_has_option(fixture_find(f, f->staging), "noatime"));
}

static void a_device_in_use_elsewhere_is_refused(void **state)
{
	struct fixture *f = *state;
	const char *dir = arena_printf(f->arena, "%s/pods", f->dir);
	int fd;

	format(f, "mkfs.ext4");
	assert_int_equal(mount(f->fake.device, dir, "ext4", 0, NULL), 0);
	assert_int_equal(fixture_stage(f), SCALE_FAILED_PRECONDITION);
	assert_non_null(strstr(f->call.reason, dir));
	assert_int_equal(f->fake.detached, 0); /* it is in use */
	assert_int_equal(umount(dir), 0);
	fd = open(f->fake.device, O_RDONLY | O_EXCL);
	assert_int_equal(fixture_stage(f), SCALE_UNAVAILABLE);
	close(fd);
	assert_int_equal(fixture_stage(f), SCALE_OK);
}

static void something_else_at_the_staging_path_is_refused(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(mount("tmpfs", f->staging, "tmpfs", 0, NULL), 0);
	assert_int_equal(fixture_stage(f), SCALE_ALREADY_EXISTS);
	assert_string_equal(fixture_find(f, f->staging)->fs_type, "tmpfs");
	assert_true(is_blank(f));
}

static void a_raw_volume_is_attached_and_left_alone(void **state)
{
	struct fixture *f = *state;

	f->volume.is_raw = true;
	assert_int_equal(fixture_stage(f), SCALE_OK);
	assert_int_equal(fixture_stage(f), SCALE_OK);
	assert_int_equal(f->fake.attach_flags, SCALE_ATTACH_RAW);
	assert_null(fixture_find(f, f->staging));
	assert_true(is_blank(f));
	assert_int_equal(fixture_unstage(f), SCALE_OK);
	assert_int_equal(f->fake.detached, 1);
	assert_true(f->fake.detach_saw_device);
}

static void damage_is_refused_and_undone(void **state)
{
	struct fixture *f = *state;

	format(f, "mkfs.ext4");
	assert_int_equal(mount_space_run((const char *[]){
				 "debugfs", "-w", "-R", "clri <2>",
				 f->fake.device, NULL}),
			 0);
	assert_int_equal(mount_space_run((const char *[]){
				 "debugfs", "-w", "-R", "ssv state 2",
				 f->fake.device, NULL}),
			 0);
	assert_int_equal(fixture_stage(f), SCALE_FAILED_PRECONDITION);
	assert_null(fixture_find(f, f->staging));
	assert_int_equal(f->fake.detached, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_blank_volume_becomes_ext4),
		TEST(data_survives_every_round),
		TEST(the_file_system_is_the_asked_one_or_the_contexts),
		TEST(btrfs_is_found_again_although_its_number_is_made_up),
		TEST(a_device_of_another_identity_is_not_touched),
		TEST(without_an_identity_nothing_is_touched),
		TEST(a_copy_is_never_formatted),
		TEST(a_copy_keeps_the_file_system_it_came_with),
		TEST(readonly_is_never_formatted),
		TEST(a_final_failure_leaves_nothing_attached),
		TEST(a_failure_that_is_tried_again_stays_attached),
		TEST(readonly_is_readonly_down_to_the_device),
		TEST(a_dirty_ext4_is_mounted_readonly_without_replay),
		TEST(a_dirty_xfs_is_mounted_readonly_without_replay),
		TEST(an_xfs_clone_is_mounted_beside_its_source),
		TEST(a_restored_volume_that_is_larger_grows_at_stage),
		TEST(a_stage_cut_off_before_it_grew_is_finished),
		TEST(mount_options_are_passed_or_refused),
		TEST(a_device_in_use_elsewhere_is_refused),
		TEST(something_else_at_the_staging_path_is_refused),
		TEST(a_raw_volume_is_attached_and_left_alone),
		TEST(damage_is_refused_and_undone),
	};

	if (mount_space_enter() != 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
