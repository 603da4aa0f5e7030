/* SPDX-License-Identifier: BSD-2-Clause */
/* A wait ends with the value, the cancel or the deadline, whichever is first.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/thread.h"
#include "work/promise.h"

#include <cmocka.h>

struct scene {
	struct promise promise;
	struct call call;
};

static int set_up(void **state)
{
	static struct scene scene;

	scene.call = (struct call){.deadline_ns = clock_after_ms(10000)};
	scene.call.cancel = cancel_new();
	promise_init(&scene.promise);
	*state = &scene;
	return scene.call.cancel == NULL;
}

static int tear_down(void **state)
{
	struct scene *scene = *state;

	promise_done(&scene->promise);
	cancel_free(scene->call.cancel);
	return 0;
}

static void a_kept_promise_needs_no_wait(void **state)
{
	struct scene *scene = *state;

	assert_false(promise_is_kept(&scene->promise));
	promise_keep(&scene->promise);
	assert_true(promise_is_kept(&scene->promise));
	assert_int_equal(promise_wait(&scene->promise, &scene->call), SCALE_OK);
}

static void the_value_wins_over_cancel_and_deadline(void **state)
{
	struct scene *scene = *state;

	promise_keep(&scene->promise);
	cancel_set(scene->call.cancel);
	scene->call.deadline_ns = 1;
	assert_int_equal(promise_wait(&scene->promise, &scene->call), SCALE_OK);
}

static void a_deadline_ends_the_wait(void **state)
{
	struct scene *scene = *state;

	scene->call.deadline_ns = 1;
	assert_int_equal(promise_wait(&scene->promise, &scene->call),
			 SCALE_DEADLINE_EXCEEDED);
	scene->call.deadline_ns = clock_after_ms(5);
	assert_int_equal(promise_wait(&scene->promise, &scene->call),
			 SCALE_DEADLINE_EXCEEDED);
	assert_true(clock_now_ns() >= scene->call.deadline_ns);
}

static void *wait_for_it(void *arg)
{
	struct scene *scene = arg;

	return (void *)(intptr_t)promise_wait(&scene->promise, &scene->call);
}

static scale_status wait_beside(struct scene *scene,
				void (*act)(struct scene *))
{
	pthread_t thread;
	void *st = NULL;

	assert_int_equal(thread_start("waiter", wait_for_it, scene, &thread),
			 0);
	act(scene);
	assert_int_equal(pthread_join(thread, &st), 0);
	return (scale_status)(intptr_t)st;
}

static void keep(struct scene *scene)
{
	promise_keep(&scene->promise);
}

static void cancel(struct scene *scene)
{
	cancel_set(scene->call.cancel);
}

static void another_thread_delivers(void **state)
{
	assert_int_equal(wait_beside(*state, keep), SCALE_OK);
}

static void another_thread_cancels(void **state)
{
	assert_int_equal(wait_beside(*state, cancel), SCALE_CANCELLED);
}

static void *keep_it(void *arg)
{
	promise_keep(arg);
	return NULL;
}

/* The keeper may still be inside promise_keep() when the waiter is through. */
static void a_waiter_may_end_the_promise_at_once(void **state)
{
	struct scene *scene = *state;

	for (int i = 0; i < 200; i++) {
		struct promise promise;
		pthread_t thread;

		promise_init(&promise);
		assert_int_equal(
			thread_start("keeper", keep_it, &promise, &thread), 0);
		assert_int_equal(promise_wait(&promise, &scene->call),
				 SCALE_OK);
		promise_done(&promise);
		assert_int_equal(pthread_join(thread, NULL), 0);
	}
}

static void a_call_without_cancel_can_wait(void **state)
{
	struct scene *scene = *state;
	struct call call = {.deadline_ns = clock_after_ms(2)};

	assert_int_equal(promise_wait(&scene->promise, &call),
			 SCALE_DEADLINE_EXCEEDED);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(a_kept_promise_needs_no_wait),
		TEST(the_value_wins_over_cancel_and_deadline),
		TEST(a_deadline_ends_the_wait),
		TEST(another_thread_delivers),
		TEST(another_thread_cancels),
		TEST(a_waiter_may_end_the_promise_at_once),
		TEST(a_call_without_cancel_can_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
