/* SPDX-License-Identifier: BSD-2-Clause */
/* Mounts are what was asked for, and unmounts are never lazy. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "loop_device.h"
#include "mount_space.h"
#include "sys/mounter.h"
#include "sys/mountinfo.h"

#define MIB (1ull << 20)

struct fixture {
	struct arena *arena;
	struct call call;
	struct loop_device loop;
	char dir[32];
	const char *a, *b;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return -1;
	f->arena = arena_new(4u << 20);
	call_init(&f->call, f->arena, NULL, NULL, CLOCK_NEVER);
	*state = f;
	if (loop_device_open(64 * MIB, &f->loop) != 0 ||
	    mount_space_directory(f->dir) != 0)
		return -1;
	f->a = arena_printf(f->arena, "%s/a", f->dir);
	f->b = arena_printf(f->arena, "%s/b", f->dir);
	return mkdir(f->a, 0755) || mkdir(f->b, 0755) ||
	       mount_space_run((const char *[]){"mkfs.ext4", "-Fq",
						f->loop.path, NULL});
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	umount2(f->dir, MNT_DETACH); /* with all that is below it */
	rmdir(f->dir);
	loop_device_close(&f->loop);
	arena_free(f->arena);
	free(f);
	return 0;
}

static int mount_at(struct fixture *f, const char *dir, const char *option)
{
	const char *options[] = {option, NULL};
	struct mountopts opts;
	char bad[32];
	int fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int rc;

	assert_int_equal(mountopts_parse(options, &opts, bad, sizeof(bad)), 0);
	rc = mounter_mount_device(f->loop.path, "ext4", fd, &opts);
	close(fd);
	return rc;
}

static const struct mountinfo_entry *find(struct fixture *f, const char *target)
{
	struct mountinfo info;

	assert_int_equal(mountinfo_read(f->arena, NULL, &info), 0);
	return mountinfo_find_target(&info, target);
}

static bool can_write(struct fixture *f, const char *dir)
{
	int fd = open(arena_printf(f->arena, "%s/file", dir),
		      O_CREAT | O_WRONLY, 0600);

	if (fd == -1)
		return false;
	close(fd);
	return true;
}

static void a_device_is_mounted_with_its_options(void **state)
{
	struct fixture *f = *state;
	const struct mountinfo_entry *entry;

	assert_int_equal(mount_at(f, f->a, "noatime,nosuid,commit=7"), 0);
	entry = find(f, f->a);
	assert_non_null(entry);
	assert_string_equal(entry->fs_type, "ext4");
	assert_string_equal(entry->source, f->loop.path);
	assert_true(mountinfo_has_option(entry, "noatime"));
	assert_true(mountinfo_has_option(entry, "nosuid"));
	assert_true(can_write(f, f->a));
}

static void an_option_the_kernel_does_not_know_fails(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(mount_at(f, f->a, "no-such-option"), -EINVAL);
	assert_null(find(f, f->a));
}

static void a_readonly_bind_is_readonly_and_its_source_is_not(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(mount_at(f, f->a, "rw"), 0);
	assert_int_equal(mounter_bind(&f->call, f->a, f->b, true), SCALE_OK);
	assert_true(mountinfo_has_option(find(f, f->b), "ro"));
	assert_false(can_write(f, f->b));
	assert_true(can_write(f, f->a));
}

static void a_device_is_bound_onto_a_file(void **state)
{
	struct fixture *f = *state;
	const char *file = arena_printf(f->arena, "%s/file", f->dir);
	struct stat st;

	close(open(file, O_CREAT | O_WRONLY, 0600));
	assert_int_equal(mounter_bind(&f->call, f->loop.path, file, false),
			 SCALE_OK);
	assert_int_equal(stat(file, &st), 0);
	assert_true(S_ISBLK(st.st_mode));
	assert_int_equal(
		mounter_unmount(&f->call, file, false, clock_after_ms(10000)),
		SCALE_OK);
	assert_int_equal(stat(file, &st), 0);
	assert_true(S_ISREG(st.st_mode));
}

static void a_bind_that_fails_says_why(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(mounter_bind(&f->call, "/no/such/place", f->b, false),
			 SCALE_INTERNAL);
	assert_non_null(strstr(f->call.reason, "/no/such/place"));
}

static void a_mount_in_use_stays(void **state)
{
	struct fixture *f = *state;
	int fd;

	assert_int_equal(mount_at(f, f->a, "rw"), 0);
	fd = open(f->a, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(
		mounter_unmount(&f->call, f->a, false, clock_after_ms(10000)),
		SCALE_FAILED_PRECONDITION);
	assert_non_null(find(f, f->a));
	close(fd);
	assert_int_equal(
		mounter_unmount(&f->call, f->a, false, clock_after_ms(10000)),
		SCALE_OK);
	assert_null(find(f, f->a));
}

static void a_missing_mount_helper_is_named(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(mounter_mount_source(&f->call, "nosuchfs", "host:/x",
					      f->a, NULL,
					      clock_after_ms(10000)),
			 SCALE_FAILED_PRECONDITION);
	assert_non_null(strstr(f->call.reason, "mount.nosuchfs"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_device_is_mounted_with_its_options),
		TEST(an_option_the_kernel_does_not_know_fails),
		TEST(a_readonly_bind_is_readonly_and_its_source_is_not),
		TEST(a_device_is_bound_onto_a_file),
		TEST(a_bind_that_fails_says_why),
		TEST(a_mount_in_use_stays),
		TEST(a_missing_mount_helper_is_named),
	};

	if (mount_space_enter() != 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
