/* SPDX-License-Identifier: BSD-2-Clause */
/* Checks repair what is safe and refuse the rest; growing grows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "loop_device.h"
#include "mount_space.h"
#include "sys/fscheck.h"

#define MIB    (1ull << 20)
#define VOLUME "scale-iscsi:tank/k8s/pvc-1"

struct fixture {
	struct arena *arena;
	struct call call;
	struct loop_device loop;
	char dir[32];
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return -1;
	f->arena = arena_new(4u << 20);
	call_init(&f->call, f->arena, NULL, NULL, CLOCK_NEVER);
	*state = f;
	return loop_device_open(512 * MIB, &f->loop) ||
	       mount_space_directory(f->dir);
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	umount(f->dir); /* of the test, if it got that far */
	umount(f->dir);
	rmdir(f->dir);
	loop_device_close(&f->loop);
	arena_free(f->arena);
	free(f);
	return 0;
}

static void make(struct fixture *f, const char *program, const char *option)
{
	assert_int_equal(mount_space_run((const char *[]){program, option,
							  f->loop.path, NULL}),
			 0);
}

static void a_clean_file_system_passes(void **state)
{
	struct fixture *f = *state;

	make(f, "mkfs.ext4", "-Fq");
	assert_int_equal(fscheck_preen(&f->call, "ext4", f->loop.path, VOLUME),
			 SCALE_OK);
}

static void a_safe_repair_is_made(void **state)
{
	struct fixture *f = *state;

	make(f, "mkfs.ext4", "-Fq");
	/* a count of free blocks that is wrong */
	assert_int_equal(
		mount_space_run((const char *[]){"debugfs", "-w", "-R",
						 "ssv free_blocks_count 1",
						 f->loop.path, NULL}),
		0);
	assert_int_equal(fscheck_preen(&f->call, "ext4", f->loop.path, VOLUME),
			 SCALE_OK);
	assert_int_equal(mount_space_run((const char *[]){"e2fsck", "-fn",
							  f->loop.path, NULL}),
			 0);
}

static void damage_is_left_to_a_person(void **state)
{
	struct fixture *f = *state;

	make(f, "mkfs.ext4", "-Fq");
	assert_int_equal(mount_space_run((const char *[]){"debugfs", "-w", "-R",
							  "clri <2>",
							  f->loop.path, NULL}),
			 0);
	assert_int_equal(mount_space_run((const char *[]){"debugfs", "-w", "-R",
							  "ssv state 2",
							  f->loop.path, NULL}),
			 0);
	assert_int_equal(fscheck_preen(&f->call, "ext4", f->loop.path, VOLUME),
			 SCALE_FAILED_PRECONDITION);
	assert_non_null(strstr(f->call.reason, f->loop.path));
}

static void xfs_and_btrfs_check_themselves(void **state)
{
	struct fixture *f = *state;

	/* no such device: a program that was run would say so */
	assert_int_equal(fscheck_preen(&f->call, "xfs", "/dev/none", VOLUME),
			 SCALE_OK);
	assert_int_equal(fscheck_preen(&f->call, "btrfs", "/dev/none", VOLUME),
			 SCALE_OK);
	assert_int_equal(fscheck_preen(&f->call, "ext4", "/dev/none", VOLUME),
			 SCALE_INTERNAL);
}

static uint64_t total(const char *dir)
{
	struct statvfs st;

	assert_int_equal(statvfs(dir, &st), 0);
	return (uint64_t)st.f_blocks * st.f_frsize;
}

static void check_growth(struct fixture *f, const char *fs_type)
{
	uint64_t before;

	assert_int_equal(mount(f->loop.path, f->dir, fs_type, 0, NULL), 0);
	before = total(f->dir);
	/* nothing to do yet */
	assert_int_equal(
		fscheck_grow(&f->call, fs_type, f->loop.path, f->dir, VOLUME),
		SCALE_OK);
	assert_int_equal(total(f->dir), before);
	assert_int_equal(loop_device_resize(&f->loop, 1024 * MIB), 0);
	assert_int_equal(
		fscheck_grow(&f->call, fs_type, f->loop.path, f->dir, VOLUME),
		SCALE_OK);
	assert_true(total(f->dir) >= before + 511 * MIB);
}

static void a_mounted_xfs_grows(void **state)
{
	make(*state, "mkfs.xfs", "-fq");
	check_growth(*state, "xfs");
}

static void a_mounted_btrfs_grows(void **state)
{
	make(*state, "mkfs.btrfs", "-fq");
	check_growth(*state, "btrfs");
}

static void other_types_do_not_grow(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(
		fscheck_grow(&f->call, "vfat", "/dev/none", f->dir, VOLUME),
		SCALE_FAILED_PRECONDITION);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_clean_file_system_passes),
		TEST(a_safe_repair_is_made),
		TEST(damage_is_left_to_a_person),
		TEST(xfs_and_btrfs_check_themselves),
		TEST(a_mounted_xfs_grows),
		TEST(a_mounted_btrfs_grows),
		TEST(other_types_do_not_grow),
	};

	if (mount_space_enter() != 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
