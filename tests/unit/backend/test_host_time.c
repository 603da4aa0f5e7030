/* SPDX-License-Identifier: BSD-2-Clause */
/* Deadlines, cancellation and waits, as a backend sees them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <poll.h>

#include "base/clock.h"
#include "harness.h"

static struct harness harness;

static int setup(void **state)
{
	(void)state;
	harness_init(&harness, (struct host_config){0});
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	harness_done(&harness);
	return 0;
}

static int is_readable(int fd, int ms)
{
	struct pollfd pollfd = {.fd = fd, .events = POLLIN};

	return poll(&pollfd, 1, ms);
}

static scale_status be_cancelled(struct scale_call *call, void *arg)
{
	int fd = call->host->cancel_fd(call);

	assert_true(fd >= 0);
	assert_int_equal(call->host->cancel_fd(call), fd);
	assert_int_equal(call->host->check(call), SCALE_OK);
	assert_int_equal(is_readable(fd, 0), 0);
	cancel_set(arg);
	assert_int_equal(is_readable(fd, 1000), 1);
	assert_int_equal(call->host->wait_event(call, NULL, 60000),
			 SCALE_CANCELLED);
	return call->host->check(call);
}

static void cancellation_is_seen_on_the_descriptor(void **state)
{
	(void)state;
	assert_int_equal(harness_run(&harness, be_cancelled, harness.cancel),
			 SCALE_CANCELLED);
}

static scale_status run_late(struct scale_call *call, void *arg)
{
	int fd = call->host->cancel_fd(call);

	(void)arg;
	assert_true(call->host->deadline(call) > 0);
	assert_int_equal(is_readable(fd, 10000), 1);
	return call->host->check(call);
}

static void the_deadline_is_seen_on_the_descriptor(void **state)
{
	(void)state;
	harness.call.deadline_ns = clock_after_ms(20);
	assert_int_equal(harness_run(&harness, run_late, NULL),
			 SCALE_DEADLINE_EXCEEDED);
}

static scale_status wait_by_time(struct scale_call *call, void *arg)
{
	int64_t before = clock_now_ns();
	scale_status st = call->host->wait_event(call, NULL, 20);

	*(int64_t *)arg = clock_now_ns() - before;
	return st;
}

static void a_wait_lasts_as_long_as_asked(void **state)
{
	int64_t took_ns = 0;

	(void)state;
	assert_int_equal(harness_run(&harness, wait_by_time, &took_ns),
			 SCALE_OK);
	assert_true(took_ns >= 20 * CLOCK_NS_PER_MS);
	assert_true(took_ns < 20 * CLOCK_NS_PER_S);
}

static scale_status wait_for_kernel(struct scale_call *call, void *arg)
{
	(void)arg;
	/* The first one may have missed something: it says so at once, or,
	 * where nobody may listen, after its time. */
	assert_int_equal(call->host->wait_event(call, "block", 20), SCALE_OK);
	return call->host->wait_event(call, "block", 20);
}

static void a_wait_for_the_kernel_ends_in_time(void **state)
{
	int64_t before = clock_now_ns();

	(void)state;
	assert_int_equal(harness_run(&harness, wait_for_kernel, NULL),
			 SCALE_OK);
	assert_true(clock_now_ns() - before < 20 * CLOCK_NS_PER_S);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		TEST(cancellation_is_seen_on_the_descriptor),
		TEST(the_deadline_is_seen_on_the_descriptor),
		TEST(a_wait_lasts_as_long_as_asked),
		TEST(a_wait_for_the_kernel_ends_in_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
