/* SPDX-License-Identifier: BSD-2-Clause */
/* Workers are shared out by class: reserved first, then shared in turn. */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/clock.h"
#include "base/mutex.h"
#include "work/admit.h"

#include <cmocka.h>

#define N_JOBS 64

/* What the jobs tell, and what they wait for. */
struct floor {
	struct mutex lock;
	struct condition changed;
	int begun;         /* (lock) */
	int ended;         /* (lock) */
	int may_end;       /* (lock) jobs that may end, counted in all */
	int order[N_JOBS]; /* (lock) numbers in the order they began */
};

struct task {
	struct admit_job job;
	struct floor *floor;
	int number;
	bool is_deaf; /* all signals blocked while it ran */
	char thread_name[16];
};

static struct floor the_floor;

static void run_task(struct admit_job *job)
{
	struct task *task = LIST_ENTRY(job, struct task, job);
	struct floor *floor = task->floor;
	sigset_t mask;

	(void)pthread_sigmask(SIG_SETMASK, NULL, &mask);
	task->is_deaf = sigismember(&mask, SIGTERM) == 1;
	(void)pthread_getname_np(pthread_self(), task->thread_name,
				 sizeof(task->thread_name));
	mutex_lock(&floor->lock);
	floor->order[floor->begun++] = task->number;
	condition_broadcast(&floor->changed);
	while (floor->may_end <= floor->ended)
		(void)condition_wait(&floor->changed, &floor->lock,
				     CLOCK_NEVER);
	floor->ended++;
	condition_broadcast(&floor->changed);
	mutex_unlock(&floor->lock);
}

static int set_up(void **state)
{
	memset(&the_floor, 0, sizeof(the_floor));
	mutex_init(&the_floor.lock);
	condition_init(&the_floor.changed);
	*state = &the_floor;
	return 0;
}

static int tear_down(void **state)
{
	struct floor *floor = *state;

	condition_done(&floor->changed);
	mutex_done(&floor->lock);
	return 0;
}

static void submit(struct admit *admit, struct task *task,
		   enum admit_class class, int number)
{
	*task = (struct task){
		.job = {.class = class, .run = run_task},
		.floor = &the_floor,
		.number = number,
	};
	list_init(&task->job.link);
	admit_submit(admit, &task->job);
}

static void wait_begun(struct floor *floor, int n)
{
	int64_t deadline_ns = clock_after_ms(10000);
	int begun;

	mutex_lock(&floor->lock);
	while (floor->begun < n && clock_now_ns() < deadline_ns)
		(void)condition_wait(&floor->changed, &floor->lock,
				     deadline_ns);
	begun = floor->begun;
	mutex_unlock(&floor->lock);
	assert_int_equal(begun, n);
}

static void let_end(struct floor *floor, int n)
{
	mutex_lock(&floor->lock);
	floor->may_end += n;
	condition_broadcast(&floor->changed);
	mutex_unlock(&floor->lock);
}

static struct admit_stats stats_of(struct admit *admit)
{
	struct admit_stats stats;

	admit_get_stats(admit, &stats);
	return stats;
}

static void a_class_fills_its_own_and_the_shared_slots(void **state)
{
	const struct admit_limits limits = {.reserved = {1, 1, 2, 0},
					    .shared = 3};
	struct task tasks[12];
	struct admit *admit;

	assert_int_equal(admit_new(&limits, &admit), 0);
	for (int i = 0; i < 8; i++)
		submit(admit, &tasks[i], ADMIT_CHANGE, i);
	wait_begun(*state, 5);
	assert_int_equal(stats_of(admit).running[ADMIT_CHANGE], 5);
	assert_int_equal(stats_of(admit).waiting[ADMIT_CHANGE], 3);

	/* The others still have what is reserved for them, and only that. */
	submit(admit, &tasks[8], ADMIT_READ, 8);
	submit(admit, &tasks[9], ADMIT_READ, 9);
	submit(admit, &tasks[10], ADMIT_PUBLISH, 10);
	submit(admit, &tasks[11], ADMIT_COPY, 11);
	wait_begun(*state, 7);
	assert_int_equal(stats_of(admit).running[ADMIT_READ], 1);
	assert_int_equal(stats_of(admit).waiting[ADMIT_READ], 1);
	assert_int_equal(stats_of(admit).running[ADMIT_PUBLISH], 1);
	assert_int_equal(stats_of(admit).waiting[ADMIT_COPY], 1);

	let_end(*state, 12);
	wait_begun(*state, 12);
	admit_free(admit);
	assert_int_equal(((struct floor *)*state)->ended, 12);
}

static void a_class_is_served_in_order(void **state)
{
	const struct admit_limits limits = {.reserved = {0, 0, 1, 0}};
	struct floor *floor = *state;
	struct task tasks[8];
	struct admit *admit;

	assert_int_equal(admit_new(&limits, &admit), 0);
	for (int i = 0; i < 8; i++)
		submit(admit, &tasks[i], ADMIT_CHANGE, i);
	let_end(floor, 8);
	wait_begun(floor, 8);
	admit_free(admit);
	for (int i = 0; i < 8; i++)
		assert_int_equal(floor->order[i], i);
}

static void shared_slots_go_round_among_the_classes(void **state)
{
	const struct admit_limits limits = {.shared = 1};
	struct floor *floor = *state;
	struct task tasks[7];
	struct admit *admit;

	assert_int_equal(admit_new(&limits, &admit), 0);
	submit(admit, &tasks[0], ADMIT_CHANGE, 0);
	wait_begun(floor, 1);
	for (int i = 1; i < 5; i++)
		submit(admit, &tasks[i], ADMIT_CHANGE, i);
	submit(admit, &tasks[5], ADMIT_READ, 5);
	submit(admit, &tasks[6], ADMIT_COPY, 6);
	let_end(floor, 7);
	wait_begun(floor, 7);
	admit_free(admit);
	/* Neither of the single ones waits behind the four. */
	assert_int_equal(floor->order[1], 6);
	assert_int_equal(floor->order[2], 5);
	assert_int_equal(floor->order[3], 1);
}

static void a_job_that_waits_can_be_dropped(void **state)
{
	const struct admit_limits limits = {.reserved = {1, 0, 0, 0}};
	struct floor *floor = *state;
	struct task runs, waits, last;
	struct admit *admit;

	assert_int_equal(admit_new(&limits, &admit), 0);
	submit(admit, &runs, ADMIT_READ, 0);
	wait_begun(floor, 1);
	submit(admit, &waits, ADMIT_READ, 1);
	submit(admit, &last, ADMIT_READ, 2);
	assert_false(admit_drop(admit, &runs.job));
	assert_true(admit_drop(admit, &waits.job));
	assert_false(admit_drop(admit, &waits.job));
	assert_int_equal(stats_of(admit).waiting[ADMIT_READ], 1);
	let_end(floor, 2);
	wait_begun(floor, 2);
	admit_free(admit);
	assert_int_equal(floor->order[1], 2);
	assert_int_equal(floor->ended, 2);
}

static void waiting_jobs_are_not_run_at_the_end(void **state)
{
	const struct admit_limits limits = {.reserved = {1, 0, 0, 0}};
	struct floor *floor = *state;
	struct task tasks[3];
	struct admit *admit;

	assert_int_equal(admit_new(&limits, &admit), 0);
	/* No slot is for this class: it waits for ever. */
	submit(admit, &tasks[0], ADMIT_COPY, 0);
	submit(admit, &tasks[1], ADMIT_READ, 1);
	wait_begun(floor, 1);
	let_end(floor, 3);
	admit_free(admit);
	assert_int_equal(floor->begun, 1);
	assert_int_equal(floor->order[0], 1);
}

static void workers_are_named_and_deaf_to_signals(void **state)
{
	const struct admit_limits limits = {.shared = 1};
	struct admit *admit;
	struct task task;

	assert_int_equal(admit_new(&limits, &admit), 0);
	submit(admit, &task, ADMIT_READ, 0);
	let_end(*state, 1);
	wait_begun(*state, 1);
	admit_free(admit);
	assert_true(task.is_deaf);
	assert_string_equal(task.thread_name, "work-0");
	admit_free(NULL);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(a_class_fills_its_own_and_the_shared_slots),
		TEST(a_class_is_served_in_order),
		TEST(shared_slots_go_round_among_the_classes),
		TEST(a_job_that_waits_can_be_dropped),
		TEST(waiting_jobs_are_not_run_at_the_end),
		TEST(workers_are_named_and_deaf_to_signals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
