/* SPDX-License-Identifier: BSD-2-Clause */
/* Targets show the volume, as often and as writable as its mode allows. */
#include <fcntl.h>
#include <linux/fs.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "fixture.h"
#include "mount_space.h"

static int set_up_files(void **state)
{
	struct fixture **f = (struct fixture **)state;

	return fixture_new_files(f) || fixture_stage(*f) != SCALE_OK;
}

static int set_up_device(void **state)
{
	struct fixture **f = (struct fixture **)state;

	return fixture_new_device(f, 64 * MIB) || fixture_stage(*f) != SCALE_OK;
}

static int set_up_raw(void **state)
{
	struct fixture **f = (struct fixture **)state;

	if (fixture_new_device(f, 64 * MIB) != 0)
		return -1;
	(*f)->volume.is_raw = true;
	return fixture_stage(*f) != SCALE_OK;
}

static int tear_down(void **state)
{
	fixture_free(*state);
	return 0;
}

static bool exists(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

static void a_target_shows_the_volume_and_goes_again(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(fixture_publish(f, f->target, false), SCALE_OK);
	assert_true(fixture_write(f, f->target, "x", "hello"));
	assert_true(fixture_has(f, f->staging, "x", "hello"));
	assert_int_equal(fixture_unpublish(f, f->target), SCALE_OK);
	assert_false(exists(f->target));
	assert_true(fixture_has(f, f->staging, "x", "hello"));
}

static void publishing_twice_is_publishing_once(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < 3; i++)
		assert_int_equal(fixture_publish(f, f->target, false),
				 SCALE_OK);
	assert_int_equal(fixture_unpublish(f, f->target), SCALE_OK);
	assert_int_equal(fixture_unpublish(f, f->target), SCALE_OK);
	assert_false(exists(f->target));
}

static void a_readonly_target_refuses_writes(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(fixture_publish(f, f->target, true), SCALE_OK);
	assert_false(fixture_write(f, f->target, "x", "hello"));
	assert_true(fixture_write(f, f->staging, "x", "hello"));
	assert_int_equal(fixture_publish(f, f->target, true), SCALE_OK);
	assert_int_equal(fixture_publish(f, f->target, false),
			 SCALE_ALREADY_EXISTS);
}

static void a_single_writer_has_one_target(void **state)
{
	struct fixture *f = *state;

	f->volume.access_mode = MODE_SINGLE_WRITER;
	assert_int_equal(fixture_publish(f, f->target, false), SCALE_OK);
	assert_int_equal(fixture_publish(f, f->target, false), SCALE_OK);
	assert_int_equal(fixture_publish(f, f->other_target, false),
			 SCALE_FAILED_PRECONDITION);
	assert_non_null(strstr(f->call.reason, f->target));
	assert_false(exists(f->other_target));
	assert_int_equal(fixture_unpublish(f, f->target), SCALE_OK);
	assert_int_equal(fixture_publish(f, f->other_target, false), SCALE_OK);
}

static void several_writers_have_several_targets(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(fixture_publish(f, f->target, false), SCALE_OK);
	assert_int_equal(fixture_publish(f, f->other_target, false), SCALE_OK);
	assert_true(fixture_write(f, f->target, "x", "hello"));
	assert_true(fixture_has(f, f->other_target, "x", "hello"));
}

static void what_is_not_staged_is_not_published(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(fixture_unstage(f), SCALE_OK);
	assert_int_equal(fixture_publish(f, f->target, false),
			 SCALE_FAILED_PRECONDITION);
	assert_false(exists(f->target));
	assert_int_equal(node_publish(&f->call, f->node, &f->volume, "",
				      f->target, false),
			 SCALE_FAILED_PRECONDITION);
}

static void another_volumes_stage_is_not_published(void **state)
{
	struct fixture *f = *state;

	f->volume.id = OTHER_VOLUME;
	assert_int_equal(fixture_publish(f, f->target, false),
			 SCALE_FAILED_PRECONDITION);
}

static void another_volumes_target_stays(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(fixture_publish(f, f->target, false), SCALE_OK);
	f->volume.id = OTHER_VOLUME;
	assert_int_equal(fixture_unpublish(f, f->target), SCALE_OK);
	assert_non_null(fixture_find(f, f->target));
}

static void a_target_taken_by_something_else_is_refused(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(mkdir(f->target, 0755), 0);
	assert_int_equal(mount("tmpfs", f->target, "tmpfs", 0, NULL), 0);
	assert_int_equal(fixture_publish(f, f->target, false),
			 SCALE_ALREADY_EXISTS);
	assert_string_equal(fixture_find(f, f->target)->fs_type, "tmpfs");
}

static void a_target_under_anothers_mount_is_not_unpublished(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(fixture_publish(f, f->target, false), SCALE_OK);
	assert_int_equal(mount("foreign", f->target, "tmpfs", 0, NULL), 0);
	assert_int_equal(fixture_unpublish(f, f->target),
			 SCALE_FAILED_PRECONDITION);
	assert_int_equal(umount(f->target), 0);
	assert_non_null(fixture_find(f, f->target));
	assert_int_equal(fixture_unpublish(f, f->target), SCALE_OK);
	assert_false(exists(f->target));
}

static void an_empty_target_left_behind_is_used_and_removed(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(mkdir(f->target, 0755), 0);
	assert_int_equal(fixture_publish(f, f->target, false), SCALE_OK);
	assert_int_equal(fixture_unpublish(f, f->target), SCALE_OK);
	assert_int_equal(mkdir(f->target, 0755), 0);
	assert_int_equal(fixture_unpublish(f, f->target), SCALE_OK);
	assert_false(exists(f->target));
}

static void files_under_an_unmounted_target_stay(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(mkdir(f->target, 0755), 0);
	assert_true(fixture_write(f, f->target, "x", "somebody's"));
	assert_int_equal(fixture_unpublish(f, f->target),
			 SCALE_FAILED_PRECONDITION);
	assert_true(fixture_has(f, f->target, "x", "somebody's"));
}

static void unpublishing_what_never_was_is_fine(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(node_unpublish(&f->call, f->node,
					"fake-vol-id-1234567890", f->target),
			 SCALE_OK);
	assert_int_equal(
		node_unpublish(&f->call, f->node, BLOCK_VOLUME,
			       arena_printf(f->arena, "%s/gone/x", f->dir)),
		SCALE_OK);
}

static void a_link_in_place_of_a_target_is_not_followed(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(symlink(f->export, f->target), 0);
	assert_int_equal(fixture_publish(f, f->target, false), SCALE_INTERNAL);
	assert_null(fixture_find(f, f->export));
}

/* The kernel lets one open a read-only device for writing, and no more. */
static bool can_write_raw(const char *path)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool wrote;

	if (fd == -1)
		return false;
	wrote = pwrite(fd, "x", 1, 4096) == 1 && fsync(fd) == 0;
	close(fd);
	return wrote;
}

static void a_raw_target_is_the_device(void **state)
{
	struct fixture *f = *state;
	struct stat target, device;
	char byte = 0;

	assert_int_equal(fixture_publish(f, f->raw_target, false), SCALE_OK);
	assert_int_equal(fixture_publish(f, f->raw_target, false), SCALE_OK);
	assert_int_equal(stat(f->raw_target, &target), 0);
	assert_int_equal(stat(f->fake.device, &device), 0);
	assert_true(S_ISBLK(target.st_mode));
	assert_true(target.st_rdev == device.st_rdev);
	assert_true(can_write_raw(f->raw_target));
	assert_int_equal(pread(f->fake.loop.file_fd, &byte, 1, 4096), 1);
	assert_int_equal(byte, 'x');
	assert_int_equal(fixture_unpublish(f, f->raw_target), SCALE_OK);
	assert_int_equal(fixture_unpublish(f, f->raw_target), SCALE_OK);
	assert_false(exists(f->raw_target));
}

static void a_raw_device_of_another_identity_is_not_published(void **state)
{
	struct fixture *f = *state;

	f->fake.wwid = "naa.2";
	assert_int_equal(fixture_publish(f, f->raw_target, false),
			 SCALE_FAILED_PRECONDITION);
	assert_false(exists(f->raw_target));
}

static void a_readonly_raw_target_refuses_writes(void **state)
{
	struct fixture *f = *state;
	int flag = 0;

	assert_int_equal(fixture_publish(f, f->raw_target, true), SCALE_OK);
	assert_false(can_write_raw(f->raw_target));
	/* a writer beside it: the flag is the device's */
	assert_int_equal(fixture_publish(f, f->target, false),
			 SCALE_FAILED_PRECONDITION);
	assert_int_equal(fixture_publish(f, f->target, true), SCALE_OK);
	assert_int_equal(fixture_unpublish(f, f->target), SCALE_OK);
	assert_int_equal(fixture_unpublish(f, f->raw_target), SCALE_OK);

	assert_int_equal(fixture_publish(f, f->target, false), SCALE_OK);
	assert_int_equal(ioctl(f->fake.loop.fd, BLKROGET, &flag), 0);
	assert_int_equal(flag, 0);
	assert_int_equal(fixture_publish(f, f->raw_target, true),
			 SCALE_FAILED_PRECONDITION);
}

static void a_single_raw_writer_has_one_target(void **state)
{
	struct fixture *f = *state;

	f->volume.access_mode = MODE_SINGLE_WRITER;
	assert_int_equal(fixture_publish(f, f->raw_target, false), SCALE_OK);
	assert_int_equal(fixture_publish(f, f->target, false),
			 SCALE_FAILED_PRECONDITION);
}

static void a_raw_volume_in_use_is_not_unstaged(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(fixture_publish(f, f->raw_target, false), SCALE_OK);
	assert_int_equal(fixture_unstage(f), SCALE_FAILED_PRECONDITION);
	assert_int_equal(f->fake.detached, 0);
	assert_int_equal(fixture_unpublish(f, f->raw_target), SCALE_OK);
	assert_int_equal(fixture_unstage(f), SCALE_OK);
	assert_int_equal(f->fake.detached, 1);
}

static void another_volumes_raw_target_stays(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(fixture_publish(f, f->raw_target, false), SCALE_OK);
	f->volume.id = OTHER_VOLUME;
	assert_int_equal(fixture_unpublish(f, f->raw_target), SCALE_OK);
	assert_non_null(fixture_find(f, f->raw_target));
}

/*
 * devtmpfs takes the node of a device that is gone away from under its bind;
 * the number is the next device's.
 */
static void the_bind_of_a_device_that_has_gone_is_taken_away(void **state)
{
	struct fixture *f = *state;
	const char *node = arena_printf(f->arena, "%s/sdx", f->dir);
	struct stat st;

	assert_int_equal(stat(f->fake.loop.path, &st), 0);
	assert_int_equal(mknod(node, S_IFBLK | 0600, st.st_rdev), 0);
	assert_true(fixture_write(f, f->dir, "pods/raw", ""));
	assert_int_equal(mount(node, f->raw_target, NULL, MS_BIND, NULL), 0);
	assert_int_equal(unlink(node), 0);
	f->volume.id = OTHER_VOLUME; /* its device had that number before */
	assert_int_equal(fixture_publish(f, f->raw_target, false),
			 SCALE_ALREADY_EXISTS);
	assert_int_equal(fixture_unpublish(f, f->raw_target), SCALE_OK);
	assert_null(fixture_find(f, f->raw_target));
	assert_false(exists(f->raw_target));
}

#define FILES(name)                                                            \
	cmocka_unit_test_setup_teardown(name, set_up_files, tear_down)
#define DEVICE(name)                                                           \
	cmocka_unit_test_setup_teardown(name, set_up_device, tear_down)
#define RAW(name) cmocka_unit_test_setup_teardown(name, set_up_raw, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FILES(a_target_shows_the_volume_and_goes_again),
		DEVICE(a_target_shows_the_volume_and_goes_again),
		FILES(publishing_twice_is_publishing_once),
		DEVICE(publishing_twice_is_publishing_once),
		FILES(a_readonly_target_refuses_writes),
		DEVICE(a_readonly_target_refuses_writes),
		FILES(a_single_writer_has_one_target),
		DEVICE(a_single_writer_has_one_target),
		FILES(several_writers_have_several_targets),
		DEVICE(several_writers_have_several_targets),
		FILES(what_is_not_staged_is_not_published),
		DEVICE(what_is_not_staged_is_not_published),
		FILES(another_volumes_stage_is_not_published),
		DEVICE(another_volumes_stage_is_not_published),
		FILES(another_volumes_target_stays),
		DEVICE(another_volumes_target_stays),
		FILES(a_target_taken_by_something_else_is_refused),
		FILES(an_empty_target_left_behind_is_used_and_removed),
		FILES(a_target_under_anothers_mount_is_not_unpublished),
		DEVICE(a_target_under_anothers_mount_is_not_unpublished),
		FILES(files_under_an_unmounted_target_stay),
		FILES(unpublishing_what_never_was_is_fine),
		FILES(a_link_in_place_of_a_target_is_not_followed),
		RAW(a_raw_target_is_the_device),
		RAW(a_raw_device_of_another_identity_is_not_published),
		RAW(a_readonly_raw_target_refuses_writes),
		RAW(a_single_raw_writer_has_one_target),
		RAW(a_raw_volume_in_use_is_not_unstaged),
		RAW(another_volumes_raw_target_stays),
		RAW(the_bind_of_a_device_that_has_gone_is_taken_away),
	};

	if (mount_space_enter() != 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
