/* SPDX-License-Identifier: BSD-2-Clause */
/* Usage comes out the same from here and from a child. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "sys/usage.h"

struct fixture {
	struct arena *arena;
	struct call call;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return -1;
	f->arena = arena_new(1u << 20);
	call_init(&f->call, f->arena, NULL, NULL, CLOCK_NEVER);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	arena_free(f->arena);
	free(f);
	return 0;
}

static void numbers_add_up(void **state)
{
	struct usage usage;

	(void)state;
	assert_int_equal(usage_parse("4096 1000 400 300 50 20\n", &usage), 0);
	assert_int_equal(usage.total_bytes, 4096000);
	assert_int_equal(usage.used_bytes, 600 * 4096);
	assert_int_equal(usage.available_bytes, 300 * 4096);
	assert_int_equal(usage.total_inodes, 50);
	assert_int_equal(usage.used_inodes, 30);
	assert_int_equal(usage.free_inodes, 20);
}

static void numbers_that_make_no_sense_are_refused(void **state)
{
	static const char *const bad[] = {
		"", "4096 1000", "4096 1000 1001 300 50 20",
		"4096 1000 400 300 50 51",
		"18446744073709551615 1000 400 300 50 20"};
	struct usage usage;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(usage_parse(bad[i], &usage), -EBADMSG);
}

static void a_child_sees_the_same_as_we(void **state)
{
	struct fixture *f = *state;
	struct usage here, child;

	/* /proc has fixed numbers: nobody writes in between */
	assert_int_equal(usage_read(&f->call, "/proc", "ext4", &here),
			 SCALE_OK);
	assert_int_equal(usage_read(&f->call, "/proc", "nfs4", &child),
			 SCALE_OK);
	assert_memory_equal(&here, &child, sizeof(here));
}

static void an_absent_path_is_an_error_either_way(void **state)
{
	struct fixture *f = *state;
	struct usage usage;

	assert_int_equal(usage_read(&f->call, "/nowhere", "ext4", &usage),
			 SCALE_NOT_FOUND);
	assert_int_equal(usage_read(&f->call, "/nowhere", "nfs4", &usage),
			 SCALE_UNAVAILABLE);
	assert_non_null(strstr(f->call.reason, "/nowhere"));
}

static void only_known_local_types_are_asked_here(void **state)
{
	(void)state;
	assert_true(usage_is_local("xfs"));
	assert_false(usage_is_local("nfs4"));
	assert_false(usage_is_local("fuse.something"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(numbers_add_up),
		TEST(numbers_that_make_no_sense_are_refused),
		TEST(a_child_sees_the_same_as_we),
		TEST(an_absent_path_is_an_error_either_way),
		TEST(only_known_local_types_are_asked_here),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
