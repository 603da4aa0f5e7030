/* SPDX-License-Identifier: BSD-2-Clause */
/* Points in time are computed without wrapping, and told in UTC. */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/clock.h"

#include <cmocka.h>

static void now_does_not_go_back(void **state)
{
	int64_t before = clock_now_ns();

	(void)state;
	assert_true(before > 0);
	assert_true(clock_now_ns() >= before);
}

static void a_point_after_now_is_that_far_away(void **state)
{
	int64_t before = clock_now_ns();
	int64_t at = clock_after_ms(5000);

	(void)state;
	assert_in_range(at, before + 5 * CLOCK_NS_PER_S,
			clock_now_ns() + 5 * CLOCK_NS_PER_S);
}

static void points_too_far_away_never_come(void **state)
{
	(void)state;
	assert_true(clock_after_ms(INT64_MAX) == CLOCK_NEVER);
	assert_true(clock_after_ms(INT64_MAX / CLOCK_NS_PER_MS) == CLOCK_NEVER);
	assert_int_equal(clock_after_ms(INT64_MIN), 0);
}

static void what_is_left_is_rounded_up_and_not_negative(void **state)
{
	int64_t now = clock_now_ns();

	(void)state;
	assert_int_equal(clock_left_ms(now - 1), 0);
	assert_int_equal(clock_left_ms(INT64_MIN), 0);
	assert_in_range(clock_left_ms(now + 100 * CLOCK_NS_PER_S), 99000,
			100000);
	/* A poll() of 0 ms just before the deadline would spin. */
	assert_in_range(clock_left_ms(now + CLOCK_NS_PER_S + 1), 1, 1001);
}

static void poll_waits_for_ever_only_without_a_deadline(void **state)
{
	(void)state;
	assert_int_equal(clock_poll_ms(CLOCK_NEVER), -1);
	assert_int_equal(clock_poll_ms(CLOCK_NEVER - 1), INT_MAX);
	assert_int_equal(clock_poll_ms(0), 0);
}

static void timespec_splits_seconds(void **state)
{
	struct timespec at = clock_timespec(3 * CLOCK_NS_PER_S + 7);
	struct timespec past = clock_timespec(-5);

	(void)state;
	assert_int_equal(at.tv_sec, 3);
	assert_int_equal(at.tv_nsec, 7);
	assert_int_equal(past.tv_sec, 0);
	assert_int_equal(past.tv_nsec, 0);
}

static void utc_has_the_shape_of_rfc_3339(void **state)
{
	static const char shape[] = "dddd-dd-ddTdd:dd:dd.dddZ";
	char text[25];

	(void)state;
	clock_utc(text, sizeof(text));
	assert_int_equal(strlen(text), strlen(shape));
	for (size_t i = 0; shape[i] != '\0'; i++) {
		if (shape[i] == 'd')
			assert_in_range(text[i], '0', '9');
		else
			assert_int_equal(text[i], shape[i]);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(now_does_not_go_back),
		cmocka_unit_test(a_point_after_now_is_that_far_away),
		cmocka_unit_test(points_too_far_away_never_come),
		cmocka_unit_test(what_is_left_is_rounded_up_and_not_negative),
		cmocka_unit_test(poll_waits_for_ever_only_without_a_deadline),
		cmocka_unit_test(timespec_splits_seconds),
		cmocka_unit_test(utc_has_the_shape_of_rfc_3339),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
