/* SPDX-License-Identifier: BSD-2-Clause */
/* Waiting ends with the program, the deadline or the call, whichever is first.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "loop_device.h"
#include "mount_space.h"
#include "sys/blockdev.h"
#include "sys/blockwait.h"

#define MIB (1ull << 20)

struct fixture {
	struct arena *arena;
	struct cancel *cancel;
	struct call call;
	struct child child;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return -1;
	f->arena = arena_new(1u << 20);
	f->cancel = cancel_new();
	f->child = (struct child)CHILD_NONE;
	call_init(&f->call, f->arena, NULL, f->cancel, CLOCK_NEVER);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	child_kill(&f->child);
	(void)child_reap(&f->child);
	cancel_free(f->cancel);
	arena_free(f->arena);
	free(f);
	return 0;
}

static void start(struct fixture *f, const char *seconds)
{
	const char *argv[] = {"sleep", seconds, NULL};

	assert_int_equal(child_start("/bin/sleep", argv, NULL, &f->child), 0);
}

static void the_end_of_the_program_ends_the_wait(void **state)
{
	struct fixture *f = *state;

	start(f, "0.05");
	assert_int_equal(
		blockwait_child(&f->call, &f->child, 0, clock_after_ms(20000)),
		0);
	assert_true(child_has_ended(&f->child));
	assert_int_equal(child_reap(&f->child), 0);
}

static void the_deadline_ends_the_wait_and_not_the_program(void **state)
{
	struct fixture *f = *state;

	start(f, "1000");
	assert_int_equal(
		blockwait_child(&f->call, &f->child, 0, clock_after_ms(50)),
		-ETIMEDOUT);
	assert_false(child_has_ended(&f->child));
}

static void a_cancelled_call_ends_the_wait(void **state)
{
	struct fixture *f = *state;

	start(f, "1000");
	cancel_set(f->cancel);
	assert_int_equal(
		blockwait_child(&f->call, &f->child, 0, clock_after_ms(20000)),
		-ECANCELED);
}

static void a_device_that_works_is_not_stalled(void **state)
{
	struct fixture *f = *state;
	struct loop_device loop;
	dev_t dev;

	assert_int_equal(loop_device_open(MIB, &loop), 0);
	assert_int_equal(blockdev_find(loop.path, &dev), 0);
	start(f, "1000");
	assert_int_equal(
		blockwait_child(&f->call, &f->child, dev, clock_after_ms(1200)),
		-ETIMEDOUT);
	loop_device_close(&loop);
}

static void a_device_that_cannot_be_opened_yet_is_waited_for(void **state)
{
	struct fixture *f = *state;
	int64_t deadline_ns = clock_after_ms(300);
	struct loop_device loop;
	char dir[32];
	const char *node;

	assert_int_equal(mount_space_directory(dir), 0);
	node = arena_printf(f->arena, "%s/node", dir);
	/* a major number that no driver has: devices.txt, "local use" */
	assert_int_equal(mknod(node, S_IFBLK | 0600, makedev(240, 0)), 0);
	assert_int_equal(blockwait_open(&f->call, node, deadline_ns), -ENXIO);
	assert_true(clock_now_ns() >= deadline_ns);
	cancel_set(f->cancel);
	assert_int_equal(blockwait_open(&f->call, node, clock_after_ms(20000)),
			 -ECANCELED);
	assert_int_equal(unlink(node), 0);
	assert_int_equal(blockwait_open(&f->call, node, clock_after_ms(20000)),
			 -ENOENT);
	assert_int_equal(loop_device_open(MIB, &loop), 0);
	assert_int_equal(
		blockwait_open(&f->call, loop.path, clock_after_ms(20000)), 0);
	loop_device_close(&loop);
	umount(dir);
	rmdir(dir);
}

static void a_device_is_free_once_nobody_holds_it(void **state)
{
	struct fixture *f = *state;
	struct loop_device loop;
	int fd;

	assert_int_equal(loop_device_open(MIB, &loop), 0);
	fd = open(loop.path, O_RDONLY | O_EXCL | O_CLOEXEC);
	assert_int_equal(
		blockwait_free(&f->call, loop.path, clock_after_ms(50)),
		-EBUSY);
	close(fd);
	assert_int_equal(
		blockwait_free(&f->call, loop.path, clock_after_ms(50)), 0);
	loop_device_close(&loop);
}

static void a_superblock_is_seen_by_the_devices_name(void **state)
{
	static const char *const types[] = {"ext4", "xfs", "btrfs"};
	char dir[32];

	(void)state;
	assert_int_equal(mount_space_directory(dir), 0);
	for (size_t i = 0; i < 3; i++) {
		struct loop_device loop;
		const char *name;

		assert_int_equal(loop_device_open(512 * MIB, &loop), 0);
		name = loop.path + sizeof("/dev/") - 1;
		assert_int_equal(
			mount_space_run((const char *[]){
				i == 0   ? "mkfs.ext4"
				: i == 1 ? "mkfs.xfs"
					 : "mkfs.btrfs",
				i == 0 ? "-Fq" : "-fq", loop.path, NULL}),
			0);
		assert_false(blockdev_has_superblock(BLOCKDEV_SYSFS, name));
		assert_int_equal(mount(loop.path, dir, types[i], 0, NULL), 0);
		assert_true(blockdev_has_superblock(BLOCKDEV_SYSFS, name));
		assert_int_equal(umount(dir), 0);
		assert_false(blockdev_has_superblock(BLOCKDEV_SYSFS, name));
		loop_device_close(&loop);
	}
	umount(dir);
	rmdir(dir);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_end_of_the_program_ends_the_wait),
		TEST(the_deadline_ends_the_wait_and_not_the_program),
		TEST(a_cancelled_call_ends_the_wait),
		TEST(a_device_that_works_is_not_stalled),
		TEST(a_device_that_cannot_be_opened_yet_is_waited_for),
		TEST(a_device_is_free_once_nobody_holds_it),
		TEST(a_superblock_is_seen_by_the_devices_name),
	};

	if (mount_space_enter() != 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
