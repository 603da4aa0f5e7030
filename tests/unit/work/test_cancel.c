/* SPDX-License-Identifier: BSD-2-Clause */
/* A cancel is seen by whoever asks, polls or sleeps, before or after. */
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "base/thread.h"
#include "work/cancel.h"

#include <cmocka.h>

static bool is_readable(int fd)
{
	struct pollfd poll_fd = {.fd = fd, .events = POLLIN};

	return poll(&poll_fd, 1, 0) == 1;
}

static int set_up(void **state)
{
	*state = cancel_new();
	return *state == NULL;
}

static int tear_down(void **state)
{
	cancel_free(*state);
	return 0;
}

static void it_is_set_once_and_stays(void **state)
{
	assert_false(cancel_is_set(*state));
	cancel_set(*state);
	assert_true(cancel_is_set(*state));
	cancel_set(*state);
	assert_true(cancel_is_set(*state));
}

static void the_descriptor_becomes_readable(void **state)
{
	int fd = cancel_fd(*state);

	assert_true(fd >= 0);
	assert_false(is_readable(fd));
	cancel_set(*state);
	cancel_set(*state);
	assert_true(is_readable(fd));
	assert_int_equal(cancel_fd(*state), fd);
}

static void a_descriptor_asked_for_later_is_readable(void **state)
{
	cancel_set(*state);
	assert_true(is_readable(cancel_fd(*state)));
}

struct sleeper {
	struct cancel *cancel;
	struct mutex lock;
	struct condition changed;
	bool is_asleep; /* (lock) */
	bool was_woken; /* (lock) */
};

static void *sleep_until_cancelled(void *arg)
{
	struct sleeper *sleeper = arg;
	int64_t deadline_ns = clock_after_ms(10000);
	struct cancel_watch watch;

	cancel_watch(sleeper->cancel, &watch, &sleeper->lock,
		     &sleeper->changed);
	mutex_lock(&sleeper->lock);
	sleeper->is_asleep = true;
	condition_broadcast(&sleeper->changed);
	while (!cancel_is_set(sleeper->cancel) && clock_now_ns() < deadline_ns)
		(void)condition_wait(&sleeper->changed, &sleeper->lock,
				     deadline_ns);
	sleeper->was_woken = clock_now_ns() < deadline_ns;
	mutex_unlock(&sleeper->lock);
	cancel_unwatch(sleeper->cancel, &watch);
	return NULL;
}

static void all_sleepers_are_woken(void **state)
{
	struct sleeper sleepers[4];
	pthread_t threads[4];

	for (size_t i = 0; i < 4; i++) {
		struct sleeper *sleeper = &sleepers[i];

		*sleeper = (struct sleeper){.cancel = *state};
		mutex_init(&sleeper->lock);
		condition_init(&sleeper->changed);
		assert_int_equal(thread_start("sleeper", sleep_until_cancelled,
					      sleeper, &threads[i]),
				 0);
		/* The first three sleep for sure, the last one races. */
		mutex_lock(&sleeper->lock);
		while (i < 3 && !sleeper->is_asleep)
			(void)condition_wait(&sleeper->changed, &sleeper->lock,
					     CLOCK_NEVER);
		mutex_unlock(&sleeper->lock);
	}
	cancel_set(*state);
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		assert_true(sleepers[i].was_woken);
		condition_done(&sleepers[i].changed);
		mutex_done(&sleepers[i].lock);
	}
}

static void without_a_cancel_watching_does_nothing(void **state)
{
	struct cancel_watch watch;

	(void)state;
	cancel_watch(NULL, &watch, NULL, NULL);
	cancel_unwatch(NULL, &watch);
	cancel_free(NULL);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(it_is_set_once_and_stays),
		TEST(the_descriptor_becomes_readable),
		TEST(a_descriptor_asked_for_later_is_readable),
		TEST(all_sleepers_are_woken),
		TEST(without_a_cancel_watching_does_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
