/* SPDX-License-Identifier: BSD-2-Clause */
/* Device facts come from sysfs, and blank means zeros at both ends. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cmocka.h>

#include "loop_device.h"
#include "sys/blockdev.h"

#define MIB (1u << 20)

struct fixture {
	struct arena *arena;
	char sysfs[64];
	int fd;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return -1;
	f->arena = arena_new(1u << 20);
	snprintf(f->sysfs, sizeof(f->sysfs), "/tmp/scale-sysfs-XXXXXX");
	if (mkdtemp(f->sysfs) == NULL)
		return -1;
	f->fd = open(f->sysfs, O_RDONLY | O_DIRECTORY);
	*state = f;
	return mkdirat(f->fd, "dev", 0755) || mkdirat(f->fd, "dev/block", 0755);
}

static int remove_one(const char *path, const struct stat *st, int type,
		      struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	close(f->fd);
	nftw(f->sysfs, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	arena_free(f->arena);
	free(f);
	return 0;
}

static void put(struct fixture *f, const char *path, const char *value)
{
	char *dir = strdup(path);
	int fd;

	for (char *slash = strchr(dir, '/'); slash != NULL;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdirat(f->fd, dir, 0755);
		*slash = '/';
	}
	free(dir);
	fd = openat(f->fd, path, O_CREAT | O_TRUNC | O_WRONLY, 0644);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, value, strlen(value)), strlen(value));
	close(fd);
}

/* A disk sdb, 8:16. */
static void put_disk(struct fixture *f)
{
	put(f, "devices/host2/block/sdb/size", "2097152\n");
	put(f, "devices/host2/block/sdb/ro", "0\n");
	put(f, "devices/host2/block/sdb/device/state", "running\n");
	symlinkat("../../devices/host2/block/sdb", f->fd, "dev/block/8:16");
}

static void a_disk_is_described(void **state)
{
	struct fixture *f = *state;
	struct blockdev dev;

	put_disk(f);
	assert_int_equal(
		blockdev_read(f->arena, f->sysfs, makedev(8, 16), &dev), 0);
	assert_string_equal(dev.name, "sdb");
	assert_int_equal(dev.size_bytes, 1024ull * MIB);
	assert_false(dev.is_readonly);
	assert_false(dev.has_holder);
	assert_false(dev.is_stalled);
}

static void an_absent_device_is_told_apart(void **state)
{
	struct fixture *f = *state;
	struct blockdev dev;

	assert_int_equal(
		blockdev_read(f->arena, f->sysfs, makedev(8, 16), &dev),
		-ENODEV);
}

static void a_holder_and_the_readonly_flag_show(void **state)
{
	struct fixture *f = *state;
	struct blockdev dev;

	put_disk(f);
	put(f, "devices/host2/block/sdb/ro", "1\n");
	put(f, "devices/host2/block/sdb/holders/dm-0", "");
	assert_int_equal(
		blockdev_read(f->arena, f->sysfs, makedev(8, 16), &dev), 0);
	assert_true(dev.is_readonly);
	assert_true(dev.has_holder);
}

static void a_transport_that_is_down_shows(void **state)
{
	static const struct {
		const char *state;
		bool is_stalled;
	} rows[] = {
		{"running\n", false},  {"live\n", false},
		{"blocked\n", true},   {"transport-offline\n", true},
		{"offline\n", true},   {"connecting\n", true},
		{"resetting\n", true},
	};
	struct fixture *f = *state;

	put_disk(f);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct blockdev dev;

		put(f, "devices/host2/block/sdb/device/state", rows[i].state);
		assert_int_equal(
			blockdev_read(f->arena, f->sysfs, makedev(8, 16), &dev),
			0);
		assert_int_equal(dev.is_stalled, rows[i].is_stalled);
	}
}

/* /sys/block/nvme0n1/device is the subsystem, which lists its controllers. */
static void multipath_nvme_lives_while_one_controller_does(void **state)
{
	struct fixture *f = *state;
	struct blockdev dev;

	put(f, "devices/s/nvme0n1/size", "8\n");
	put(f, "devices/s/nvme0n1/ro", "0\n");
	put(f, "devices/s/nvme0n1/device/nvme0/state", "connecting\n");
	put(f, "devices/s/nvme0n1/device/nvme1/state", "live\n");
	put(f, "devices/s/nvme0n1/device/nvme0n1/state", "no controller\n");
	symlinkat("../../devices/s/nvme0n1", f->fd, "dev/block/259:1");
	assert_int_equal(
		blockdev_read(f->arena, f->sysfs, makedev(259, 1), &dev), 0);
	assert_false(dev.is_stalled);
	put(f, "devices/s/nvme0n1/device/nvme1/state", "resetting\n");
	assert_int_equal(
		blockdev_read(f->arena, f->sysfs, makedev(259, 1), &dev), 0);
	assert_true(dev.is_stalled);
}

static void the_kernels_own_sysfs_agrees_with_the_device(void **state)
{
	struct fixture *f = *state;
	struct loop_device loop;
	struct blockdev dev;
	uint64_t bytes;
	dev_t number;

	assert_int_equal(loop_device_open(16ull * MIB, &loop), 0);
	assert_int_equal(blockdev_find(loop.path, &number), 0);
	assert_int_equal(blockdev_read(f->arena, BLOCKDEV_SYSFS, number, &dev),
			 0);
	assert_int_equal(dev.size_bytes, 16ull * MIB);
	assert_string_equal(dev.name, strrchr(loop.path, '/') + 1);
	assert_int_equal(blockdev_get_size(loop.fd, &bytes), 0);
	assert_int_equal(bytes, 16ull * MIB);
	assert_int_equal(blockdev_set_readonly(loop.path, true), 0);
	assert_int_equal(blockdev_read(f->arena, BLOCKDEV_SYSFS, number, &dev),
			 0);
	assert_true(dev.is_readonly);
	assert_int_equal(blockdev_find("/dev/null", &number), -ENOTBLK);
	loop_device_close(&loop);
}

static void an_exclusive_user_makes_it_busy(void **state)
{
	struct loop_device loop;
	int fd;

	(void)state;
	assert_int_equal(loop_device_open(MIB, &loop), 0);
	assert_int_equal(blockdev_is_busy(loop.path), 0);
	fd = open(loop.path, O_RDONLY | O_EXCL);
	assert_int_equal(blockdev_is_busy(loop.path), 1);
	close(fd);
	assert_int_equal(blockdev_is_busy(loop.path), 0);
	assert_int_equal(blockdev_is_busy("/dev/no-such-device"), -ENOENT);
	loop_device_close(&loop);
}

static void one_byte_at_either_end_is_not_blank(void **state)
{
	static const struct {
		uint64_t size, at;
		int is_blank;
	} rows[] = {
		{64ull * MIB, 0, 0},
		{64ull * MIB, 4 * MIB - 1, 0},
		{64ull * MIB, 63ull * MIB, 0},
		{64ull * MIB, 64ull * MIB - 1, 0},
		{64ull * MIB, 4 * MIB, 1},         /* beyond the head */
		{64ull * MIB, 63ull * MIB - 1, 1}, /* before the tail */
		{2ull * MIB, MIB, 0},              /* small: all of it */
		{5ull * MIB + 512, 5ull * MIB + 511, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct loop_device loop;

		assert_int_equal(loop_device_open(rows[i].size, &loop), 0);
		assert_int_equal(blockdev_is_blank(loop.path, rows[i].size), 1);
		assert_int_equal(
			pwrite(loop.file_fd, "x", 1, (off_t)rows[i].at), 1);
		assert_int_equal(blockdev_is_blank(loop.path, rows[i].size),
				 rows[i].is_blank);
		loop_device_close(&loop);
	}
}

static void a_device_shorter_than_it_says_is_an_error(void **state)
{
	struct loop_device loop;

	(void)state;
	assert_int_equal(loop_device_open(8ull * MIB, &loop), 0);
	assert_int_equal(blockdev_is_blank(loop.path, 16ull * MIB), -EIO);
	assert_int_equal(blockdev_is_blank("/dev/no-such-device", MIB),
			 -ENOENT);
	loop_device_close(&loop);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_disk_is_described),
		TEST(an_absent_device_is_told_apart),
		TEST(a_holder_and_the_readonly_flag_show),
		TEST(a_transport_that_is_down_shows),
		TEST(multipath_nvme_lives_while_one_controller_does),
		TEST(the_kernels_own_sysfs_agrees_with_the_device),
		TEST(an_exclusive_user_makes_it_busy),
		TEST(one_byte_at_either_end_is_not_blank),
		TEST(a_device_shorter_than_it_says_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
