/* SPDX-License-Identifier: BSD-2-Clause */
/* Unstage ends with nothing mounted and nothing attached, or says why not. */
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "fixture.h"
#include "mount_space.h"
#include "sys/blockdev.h"
#include "sys/child.h"
#include "sys/watch.h"

static int set_up_files(void **state)
{
	return fixture_new_files((struct fixture **)state);
}

static int set_up_device(void **state)
{
	return fixture_new_device((struct fixture **)state, 64 * MIB);
}

static int tear_down(void **state)
{
	fixture_free(*state);
	return 0;
}

static void unstaging_what_never_was_is_fine(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(fixture_unstage(f), SCALE_OK);
	f->volume.id = "fake-vol-id-1234567890";
	assert_int_equal(fixture_unstage(f), SCALE_OK);
	assert_int_equal(
		node_unstage(&f->call, f->node, BLOCK_VOLUME,
			     arena_printf(f->arena, "%s/gone/x", f->dir)),
		SCALE_OK);
}

static void unstaging_twice_is_fine(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(fixture_stage(f), SCALE_OK);
	assert_int_equal(fixture_unstage(f), SCALE_OK);
	assert_int_equal(fixture_unstage(f), SCALE_OK);
	assert_int_equal(f->fake.detached, 2);
}

static void a_published_volume_stays_staged_and_attached(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(fixture_stage(f), SCALE_OK);
	assert_int_equal(fixture_publish(f, f->target, false), SCALE_OK);
	assert_int_equal(fixture_unstage(f), SCALE_FAILED_PRECONDITION);
	assert_non_null(strstr(f->call.reason, f->target));
	assert_non_null(fixture_find(f, f->staging));
	assert_int_equal(f->fake.detached, 0);
	assert_int_equal(fixture_unpublish(f, f->target), SCALE_OK);
	assert_int_equal(fixture_unstage(f), SCALE_OK);
}

static void another_volume_there_is_left_alone(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(fixture_stage(f), SCALE_OK);
	f->volume.id = OTHER_VOLUME;
	assert_int_equal(fixture_unstage(f), SCALE_OK);
	assert_non_null(fixture_find(f, f->staging));
}

static void a_volume_under_anothers_mount_is_not_unstaged(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(fixture_stage(f), SCALE_OK);
	assert_int_equal(mount("foreign", f->staging, "tmpfs", 0, NULL), 0);
	assert_int_equal(fixture_unstage(f), SCALE_FAILED_PRECONDITION);
	assert_non_null(strstr(f->call.reason, "'foreign' is mounted over"));
	assert_int_equal(f->fake.detached, 0);
	assert_int_equal(umount(f->staging), 0);
	assert_non_null(fixture_find(f, f->staging));
	assert_int_equal(fixture_unstage(f), SCALE_OK);
	assert_null(fixture_find(f, f->staging));
}

static void a_busy_volume_stays_attached(void **state)
{
	struct fixture *f = *state;
	int fd;

	assert_int_equal(fixture_stage(f), SCALE_OK);
	fd = open(f->staging, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(fixture_unstage(f), SCALE_FAILED_PRECONDITION);
	assert_non_null(fixture_find(f, f->staging));
	assert_int_equal(f->fake.detached, 0);
	close(fd);
	assert_int_equal(fixture_unstage(f), SCALE_OK);
}

static void a_backend_that_cannot_tell_trusts_the_path(void **state)
{
	struct fixture *f = *state;

	fake_backend_forget_list(&f->fake);
	assert_int_equal(fixture_stage(f), SCALE_OK);
	assert_int_equal(fixture_publish(f, f->target, false), SCALE_OK);
	assert_int_equal(fixture_unpublish(f, f->target), SCALE_OK);
	assert_int_equal(fixture_unstage(f), SCALE_OK);
	assert_null(fixture_find(f, f->staging));
	assert_true(f->fake.detach_saw_device);
}

/* Another mount namespace, as a container has one, keeps the superblock. */
static void a_superblock_that_lives_on_elsewhere_is_waited_for(void **state)
{
	struct fixture *f = *state;
	const char *argv[] = {"unshare", "-m",    "--propagation",
			      "private", "sleep", "1000",
			      NULL};
	struct child holder = CHILD_NONE;

	assert_int_equal(fixture_stage(f), SCALE_OK);
	assert_int_equal(child_start("/usr/bin/unshare", argv, NULL, &holder),
			 0);
	/* until it has copied the mounts */
	char own[64], theirs[64];
	const char *link =
		arena_printf(f->arena, "/proc/%d/ns/mnt", holder.pid);
	ssize_t n = readlink("/proc/self/ns/mnt", own, sizeof(own) - 1);
	own[n] = '\0';
	do {
		assert_int_equal(watch_pause(&f->call, 10), 0);
		n = readlink(link, theirs, sizeof(theirs) - 1);
		theirs[n > 0 ? n : 0] = '\0';
	} while (n <= 0 || strcmp(own, theirs) == 0);

	assert_int_equal(fixture_unstage(f), SCALE_UNAVAILABLE);
	assert_null(fixture_find(f, f->staging));
	assert_int_equal(f->fake.detached, 0);
	/* the next attempt sees no mount, and still must not detach */
	f->call.deadline_ns = clock_after_ms(300);
	assert_int_equal(fixture_unstage(f), SCALE_DEADLINE_EXCEEDED);
	assert_int_equal(f->fake.detached, 0);
	f->call.deadline_ns = CLOCK_NEVER;
	child_kill(&holder);
	(void)child_reap(&holder);
	assert_int_equal(fixture_unstage(f), SCALE_OK);
	assert_int_equal(f->fake.detached, 1);
}

static void a_failing_detach_is_told(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(fixture_stage(f), SCALE_OK);
	f->fake.detach_status = SCALE_UNAVAILABLE;
	assert_int_equal(fixture_unstage(f), SCALE_UNAVAILABLE);
	assert_non_null(strstr(f->call.reason, "told to fail"));
	f->fake.detach_status = SCALE_OK;
	assert_int_equal(fixture_unstage(f), SCALE_OK);
}

/* A device that runs out of space behind the file system's back. */
static void lost_writes_are_told_once(void **state)
{
	struct fixture *f = *state;
	const char *small = arena_printf(f->arena, "%s/nas", f->dir);
	static char data[24 << 20];
	struct loop_device thin;
	int fd;

	memset(data, 'x', sizeof(data));
	assert_int_equal(mount("tmpfs", small, "tmpfs", 0, "size=16m"), 0);
	assert_int_equal(loop_device_open_in(small, 64 * MIB, &thin), 0);
	f->fake.device = thin.path;
	assert_int_equal(fixture_stage(f), SCALE_OK);
	fd = open(arena_printf(f->arena, "%s/x", f->staging),
		  O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	assert_int_equal(write(fd, data, sizeof(data)), sizeof(data));
	close(fd);
	assert_int_equal(fixture_unstage(f), SCALE_INTERNAL);
	assert_non_null(
		strstr(f->call.reason, "not everything that was written"));
	assert_null(fixture_find(f, f->staging));
	assert_int_equal(f->fake.detached, 1);
	assert_int_equal(fixture_unstage(f), SCALE_OK);
	f->fake.device = f->fake.loop.path;
	loop_device_close(&thin);
}

static void mounts_over_each_other_all_go(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(fixture_stage(f), SCALE_OK);
	assert_int_equal(mount(f->export, f->staging, NULL, MS_BIND, NULL), 0);
	assert_int_equal(fixture_unstage(f), SCALE_OK);
	assert_null(fixture_find(f, f->staging));
}

static void a_device_mounted_twice_is_free_afterwards(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(fixture_stage(f), SCALE_OK);
	assert_int_equal(mount(f->staging, f->staging, NULL, MS_BIND, NULL), 0);
	assert_int_equal(fixture_unstage(f), SCALE_OK);
	assert_null(fixture_find(f, f->staging));
	assert_int_equal(f->fake.detached, 1);
}

#define FILES(name)                                                            \
	cmocka_unit_test_setup_teardown(name, set_up_files, tear_down)
#define DEVICE(name)                                                           \
	cmocka_unit_test_setup_teardown(name, set_up_device, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FILES(unstaging_what_never_was_is_fine),
		DEVICE(unstaging_what_never_was_is_fine),
		FILES(unstaging_twice_is_fine),
		DEVICE(unstaging_twice_is_fine),
		FILES(a_published_volume_stays_staged_and_attached),
		DEVICE(a_published_volume_stays_staged_and_attached),
		FILES(another_volume_there_is_left_alone),
		DEVICE(another_volume_there_is_left_alone),
		FILES(a_volume_under_anothers_mount_is_not_unstaged),
		DEVICE(a_volume_under_anothers_mount_is_not_unstaged),
		FILES(a_busy_volume_stays_attached),
		DEVICE(a_busy_volume_stays_attached),
		FILES(mounts_over_each_other_all_go),
		DEVICE(a_device_mounted_twice_is_free_afterwards),
		DEVICE(a_backend_that_cannot_tell_trusts_the_path),
		DEVICE(a_superblock_that_lives_on_elsewhere_is_waited_for),
		FILES(a_failing_detach_is_told),
		DEVICE(a_failing_detach_is_told),
		DEVICE(lost_writes_are_told_once),
	};

	if (mount_space_enter() != 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
