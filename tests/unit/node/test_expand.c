/* SPDX-License-Identifier: BSD-2-Clause */
/* A grown device is seen, and the file system follows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/statvfs.h>

#include <cmocka.h>

#include "base/clock.h"
#include "fixture.h"
#include "mount_space.h"

#define SIZE (512 * MIB)

static int set_up(void **state)
{
	struct fixture **f = (struct fixture **)state;

	if (fixture_new_device(f, SIZE) != 0)
		return -1;
	(*f)->volume.fs_type = "xfs"; /* ext4 wants CAP_SYS_RESOURCE to grow */
	(*f)->fake.rescan_bytes = 2 * SIZE;
	return 0;
}

static int set_up_files(void **state)
{
	return fixture_new_files((struct fixture **)state);
}

static int tear_down(void **state)
{
	fixture_free(*state);
	return 0;
}

static scale_status expand(struct fixture *f, const char *path,
			   uint64_t required, uint64_t *ret_bytes)
{
	return node_expand(&f->call, f->node, f->volume.id, path, "", required,
			   ret_bytes);
}

static uint64_t total(const char *dir)
{
	struct statvfs st;

	assert_int_equal(statvfs(dir, &st), 0);
	return (uint64_t)st.f_blocks * st.f_frsize;
}

static void a_published_file_system_grows_at_its_target(void **state)
{
	struct fixture *f = *state;
	uint64_t bytes = 0;

	assert_int_equal(fixture_stage(f), SCALE_OK);
	assert_int_equal(fixture_publish(f, f->target, false), SCALE_OK);
	assert_int_equal(expand(f, f->target, 2 * SIZE, &bytes), SCALE_OK);
	assert_int_equal(bytes, 2 * SIZE);
	assert_true(total(f->target) > SIZE);
	assert_int_equal(expand(f, f->target, 2 * SIZE, &bytes), SCALE_OK);
}

static void a_readonly_target_grows_through_the_staging_path(void **state)
{
	struct fixture *f = *state;
	uint64_t bytes = 0;

	assert_int_equal(fixture_stage(f), SCALE_OK);
	assert_int_equal(fixture_publish(f, f->target, true), SCALE_OK);
	assert_int_equal(expand(f, f->target, 0, &bytes), SCALE_OK);
	assert_true(total(f->target) > SIZE);
}

static void a_device_that_did_not_grow_is_told(void **state)
{
	struct fixture *f = *state;
	uint64_t bytes = 0;

	assert_int_equal(fixture_stage(f), SCALE_OK);
	f->fake.rescan_bytes = 0;
	f->call.deadline_ns = clock_after_ms(1500);
	assert_int_equal(expand(f, f->staging, 2 * SIZE, &bytes),
			 SCALE_DEADLINE_EXCEEDED);
	assert_int_equal(f->fake.rescanned, 1);
}

static void a_raw_device_is_only_seen_anew(void **state)
{
	struct fixture *f = *state;
	uint64_t bytes = 0;

	f->volume.is_raw = true;
	assert_int_equal(fixture_stage(f), SCALE_OK);
	/* as kubelet asks before the first publish */
	assert_int_equal(expand(f, f->staging, 2 * SIZE, &bytes), SCALE_OK);
	assert_int_equal(bytes, 2 * SIZE);
	assert_int_equal(fixture_publish(f, f->raw_target, false), SCALE_OK);
	assert_int_equal(expand(f, f->raw_target, 2 * SIZE, &bytes), SCALE_OK);
	assert_int_equal(bytes, 2 * SIZE);
}

static void a_readonly_volume_does_not_grow(void **state)
{
	struct fixture *f = *state;
	uint64_t bytes = 0;

	assert_int_equal(fixture_stage(f), SCALE_OK);
	assert_int_equal(fixture_unstage(f), SCALE_OK);
	f->volume.is_readonly = true;
	assert_int_equal(fixture_stage(f), SCALE_OK);
	assert_int_equal(expand(f, f->staging, 0, &bytes),
			 SCALE_FAILED_PRECONDITION);
}

static void what_is_not_there_is_not_found(void **state)
{
	struct fixture *f = *state;
	uint64_t bytes = 0;

	assert_int_equal(expand(f, "some/path", 0, &bytes), SCALE_NOT_FOUND);
	assert_int_equal(expand(f, f->target, 0, &bytes), SCALE_NOT_FOUND);
	assert_int_equal(expand(f, "/tmp", 0, &bytes), SCALE_NOT_FOUND);
	assert_int_equal(fixture_stage(f), SCALE_OK);
	f->volume.id = OTHER_VOLUME;
	assert_int_equal(expand(f, f->staging, 0, &bytes), SCALE_NOT_FOUND);
	f->volume.id = "fake-vol-id-1234567890";
	assert_int_equal(expand(f, f->staging, 0, &bytes), SCALE_NOT_FOUND);
}

static void files_grow_on_the_nas(void **state)
{
	struct fixture *f = *state;
	uint64_t bytes = 0;

	assert_int_equal(fixture_stage(f), SCALE_OK);
	assert_int_equal(expand(f, f->staging, 7 * MIB, &bytes), SCALE_OK);
	assert_int_equal(bytes, 7 * MIB);
	assert_int_equal(f->fake.rescanned, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_published_file_system_grows_at_its_target),
		TEST(a_readonly_target_grows_through_the_staging_path),
		TEST(a_device_that_did_not_grow_is_told),
		TEST(a_raw_device_is_only_seen_anew),
		TEST(a_readonly_volume_does_not_grow),
		TEST(what_is_not_there_is_not_found),
		cmocka_unit_test_setup_teardown(files_grow_on_the_nas,
						set_up_files, tear_down),
	};

	if (mount_space_enter() != 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
