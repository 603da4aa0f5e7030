/* SPDX-License-Identifier: BSD-2-Clause */
/* Usage is told of what is there, and of nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fixture.h"
#include "mount_space.h"

static int set_up(void **state)
{
	return fixture_new_device((struct fixture **)state, 64 * MIB);
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

static scale_status get(struct fixture *f, const char *path,
			struct node_stats *stats)
{
	return node_get_stats(&f->call, f->node, f->volume.id, path, stats);
}

static void a_file_system_has_bytes_and_inodes(void **state)
{
	struct fixture *f = *state;
	struct node_stats stats = {0};

	assert_int_equal(fixture_stage(f), SCALE_OK);
	assert_int_equal(fixture_publish(f, f->target, false), SCALE_OK);
	assert_int_equal(get(f, f->target, &stats), SCALE_OK);
	assert_false(stats.is_raw);
	assert_true(stats.total_bytes > 32 * MIB);
	assert_true(stats.total_bytes <= 64 * MIB);
	assert_true(stats.available_bytes > 0);
	assert_true(stats.total_inodes > 100);
	assert_int_equal(stats.total_inodes,
			 stats.used_inodes + stats.free_inodes);
}

static void a_raw_device_has_its_size(void **state)
{
	struct fixture *f = *state;
	struct node_stats stats = {0};

	f->volume.is_raw = true;
	assert_int_equal(fixture_stage(f), SCALE_OK);
	assert_int_equal(fixture_publish(f, f->raw_target, false), SCALE_OK);
	assert_int_equal(get(f, f->raw_target, &stats), SCALE_OK);
	assert_true(stats.is_raw);
	assert_int_equal(stats.total_bytes, 64 * MIB);
}

static void what_is_not_there_is_not_found(void **state)
{
	struct fixture *f = *state;
	struct node_stats stats;

	assert_int_equal(get(f, "some/path", &stats), SCALE_NOT_FOUND);
	assert_int_equal(get(f, f->target, &stats), SCALE_NOT_FOUND);
	assert_int_equal(get(f, "/tmp", &stats), SCALE_NOT_FOUND);
	assert_int_equal(get(f, f->dir, &stats), SCALE_NOT_FOUND);
	f->volume.id = "fake-vol-id-1234567890";
	assert_int_equal(get(f, f->target, &stats), SCALE_NOT_FOUND);
}

static void another_volumes_files_are_not_found(void **state)
{
	struct fixture *f = *state;
	struct node_stats stats;

	assert_int_equal(fixture_stage(f), SCALE_OK);
	assert_int_equal(get(f, f->staging, &stats), SCALE_OK);
	assert_true(stats.total_bytes > 0);
	f->volume.id = OTHER_VOLUME;
	assert_int_equal(get(f, f->staging, &stats), SCALE_NOT_FOUND);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_file_system_has_bytes_and_inodes),
		TEST(a_raw_device_has_its_size),
		TEST(what_is_not_there_is_not_found),
		cmocka_unit_test_setup_teardown(
			another_volumes_files_are_not_found, set_up_files,
			tear_down),
	};

	if (mount_space_enter() != 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
