/* SPDX-License-Identifier: BSD-2-Clause */
/* A thread runs under its name with every signal blocked. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/thread.h"

#include <cmocka.h>

struct seen {
	bool is_blocked;
	size_t stack_bytes;
};

static void *look_around(void *arg)
{
	struct seen *seen = arg;
	pthread_attr_t attr;
	void *base;
	sigset_t mask;

	(void)pthread_sigmask(SIG_SETMASK, NULL, &mask);
	seen->is_blocked = sigismember(&mask, SIGTERM) == 1 &&
			   sigismember(&mask, SIGCHLD) == 1;
	if (pthread_getattr_np(pthread_self(), &attr) == 0) {
		(void)pthread_attr_getstack(&attr, &base, &seen->stack_bytes);
		(void)pthread_attr_destroy(&attr);
	}
	return seen;
}

static void a_thread_blocks_signals_and_its_creator_does_not(void **state)
{
	struct seen seen = {0};
	sigset_t mask;
	pthread_t thread;
	void *result;

	(void)state;
	assert_int_equal(thread_start("look", look_around, &seen, &thread), 0);
	assert_int_equal(pthread_join(thread, &result), 0);
	assert_ptr_equal(result, &seen);
	assert_true(seen.is_blocked);
	/* Sanitizers add their own; the default would be 8 MiB. */
	assert_true(seen.stack_bytes < 16 * THREAD_STACK_BYTES);
	assert_int_equal(pthread_sigmask(SIG_SETMASK, NULL, &mask), 0);
	assert_int_equal(sigismember(&mask, SIGTERM), 0);
}

static void *wait_for_leave(void *arg)
{
	pthread_mutex_t *leave = arg;

	(void)pthread_mutex_lock(leave);
	(void)pthread_mutex_unlock(leave);
	return NULL;
}

static void a_long_name_is_cut(void **state)
{
	pthread_mutex_t leave = PTHREAD_MUTEX_INITIALIZER;
	char name[32];
	pthread_t thread;

	(void)state;
	assert_int_equal(pthread_mutex_lock(&leave), 0);
	assert_int_equal(thread_start("a-name-of-twenty-bytes", wait_for_leave,
				      &leave, &thread),
			 0);
	assert_int_equal(pthread_getname_np(thread, name, sizeof(name)), 0);
	assert_string_equal(name, "a-name-of-twent");
	assert_int_equal(pthread_mutex_unlock(&leave), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_thread_blocks_signals_and_its_creator_does_not),
		cmocka_unit_test(a_long_name_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
