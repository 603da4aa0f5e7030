/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Many threads ask, join and leave on a few volumes, with every outcome; what
 * must hold at any time is counted while they do.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/thread.h"
#include "scene.h"

#include <cmocka.h>

#define N_THREADS 8
#define N_ROUNDS  400
#define N_VOLUMES 3

static const char *const volume_names[N_VOLUMES] = {"a", "b", "c"};
static const char *const verb_names[] = {"CreateVolume", "DeleteVolume"};

/* All atomic: workers, clients and the timer count. */
struct tally {
	atomic_int holders[N_VOLUMES]; /* exclusive claims that run */
	atomic_int sharers[N_VOLUMES];
	atomic_int broken_locks; /* seen more than one, or a mix */
	atomic_int told_twice;
	atomic_int told_after_leaving;
	atomic_int lost; /* never told */
	atomic_int runs, answers, leaves, heard_ok;
};

static struct tally tally;
static struct scene scene;

/* Of one request; in its arena. */
struct job {
	size_t volume;
	int also; /* a volume shared, or -1 */
	unsigned int outcome;
};

struct guest {
	struct operation_waiter waiter;
	struct promise told;
	atomic_int times_told;
	atomic_bool has_left;
	scale_status status;
	char first_byte; /* of the result */
};

static void enter(const struct job *job)
{
	if (atomic_fetch_add(&tally.holders[job->volume], 1) != 0 ||
	    atomic_load(&tally.sharers[job->volume]) != 0)
		atomic_fetch_add(&tally.broken_locks, 1);
	if (job->also < 0)
		return;
	atomic_fetch_add(&tally.sharers[job->also], 1);
	if (atomic_load(&tally.holders[job->also]) != 0)
		atomic_fetch_add(&tally.broken_locks, 1);
}

static void leave(const struct job *job)
{
	if (job->also >= 0)
		atomic_fetch_sub(&tally.sharers[job->also], 1);
	atomic_fetch_sub(&tally.holders[job->volume], 1);
}

static scale_status run_job(struct call *call, void *arg, void **ret_result)
{
	const struct job *job = arg;
	char *result = call_printf(call, "r%u", job->outcome);
	struct promise never;

	atomic_fetch_add(&tally.runs, 1);
	enter(job);
	ledger_note_sent(&call->ledger);
	if (job->outcome % 4 == 1)
		operation_answer(call, result);
	if (job->outcome % 8 == 3) {
		/* Until the budget of a few microseconds is used up. */
		promise_init(&never);
		(void)promise_wait(&never, call);
		promise_done(&never);
	}
	leave(job);
	if (job->outcome % 4 == 2)
		return call_fail(call, SCALE_UNAVAILABLE, "no luck");
	*ret_result = result;
	return SCALE_OK;
}

static void note_told(struct operation_waiter *waiter, scale_status status,
		      const char *reason, const struct ledger *ledger,
		      void *result)
{
	struct guest *guest = (struct guest *)(void *)waiter;

	if (atomic_fetch_add(&guest->times_told, 1) != 0)
		atomic_fetch_add(&tally.told_twice, 1);
	if (atomic_load(&guest->has_left))
		atomic_fetch_add(&tally.told_after_leaving, 1);
	guest->status = status;
	/* Touch all of it: the memory must still be there. */
	guest->first_byte = result != NULL ? *(const char *)result : '\0';
	if ((status == SCALE_OK) != (*reason == '\0') ||
	    ledger->done > ledger->sent)
		guest->first_byte = '!';
	promise_keep(&guest->told);
}

static void submit(struct guest *guest, unsigned int *seed)
{
	struct arena *arena = arena_new(1u << 16);
	struct job *job = arena_alloc(arena, sizeof(*job));
	unsigned int kind = (unsigned int)rand_r(seed);
	struct operation_request request = {
		.verb = verb_names[kind / 4 % 2],
		.is_mutation = true,
		.class = ADMIT_CHANGE,
		.budget_ns = (int64_t)(kind % 7) * 5000 + 1,
		.arena = arena,
		.arg = job,
		.run = run_job,
	};

	job->volume = kind / 8 % N_VOLUMES;
	job->also = -1;
	job->outcome = (unsigned int)rand_r(seed) % 8;
	request.volume = arena_strdup(arena, volume_names[job->volume]);
	if (kind / 32 % 4 == 0) {
		job->also = (int)((job->volume + 1) % N_VOLUMES);
		request.also = arena_strdup(arena, volume_names[job->also]);
		request.also_shared = true;
	}
	/* Few enough kinds that many requests are the same. */
	request.fingerprint[0] = (uint8_t)(kind / 128 % 2);
	request.fingerprint[1] = (uint8_t)(job->also + 1);

	*guest = (struct guest){.waiter = {.done = note_told}};
	promise_init(&guest->told);
	guest->waiter.deadline_ns = kind % 5 == 0
					    ? clock_now_ns() + kind % 11 * 20000
					    : CLOCK_NEVER;
	operation_submit(scene.ops, &request, &guest->waiter);
}

static void finish(struct guest *guest, unsigned int *seed)
{
	struct call call = {.deadline_ns = clock_after_ms(SCENE_PATIENCE_MS)};

	if (rand_r(seed) % 3 == 0 &&
	    operation_leave(scene.ops, &guest->waiter)) {
		atomic_store(&guest->has_left, true);
		atomic_fetch_add(&tally.leaves, 1);
		return;
	}
	if (promise_wait(&guest->told, &call) != SCALE_OK) {
		atomic_fetch_add(&tally.lost, 1);
		return;
	}
	if (guest->status == SCALE_OK && guest->first_byte == 'r')
		atomic_fetch_add(&tally.heard_ok, 1);
	if (guest->first_byte == '!' ||
	    (guest->status == SCALE_OK && guest->first_byte != 'r'))
		atomic_fetch_add(&tally.lost, 1);
	atomic_fetch_add(&tally.answers, 1);
	operation_receive(scene.ops, &guest->waiter, rand_r(seed) % 2 == 0);
}

/* Two at a time, so that a thread can join itself. */
static void *visit(void *arg)
{
	unsigned int seed = *(unsigned int *)arg;

	for (int round = 0; round < N_ROUNDS; round++) {
		struct guest guests[2];

		for (size_t i = 0; i < 2; i++)
			submit(&guests[i], &seed);
		for (size_t i = 0; i < 2; i++)
			finish(&guests[i], &seed);
		for (size_t i = 0; i < 2; i++)
			promise_done(&guests[i].told);
	}
	return NULL;
}

static void stress(int64_t wait_ns, int64_t keep_ns, bool cancels)
{
	unsigned int seeds[N_THREADS];
	pthread_t threads[N_THREADS];

	memset(&tally, 0, sizeof(tally));
	scene_open(&scene, NULL, wait_ns, keep_ns);
	for (unsigned int i = 0; i < N_THREADS; i++) {
		seeds[i] = i + 1;
		assert_int_equal(
			thread_start("guest", visit, &seeds[i], &threads[i]),
			0);
	}
	while (cancels && atomic_load(&tally.answers) < N_ROUNDS)
		(void)sched_yield();
	if (cancels)
		operations_cancel(scene.ops);
	for (size_t i = 0; i < N_THREADS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	scene_close(&scene);

	assert_int_equal(tally.broken_locks, 0);
	assert_int_equal(tally.told_twice, 0);
	assert_int_equal(tally.told_after_leaving, 0);
	assert_int_equal(tally.lost, 0);
	assert_int_equal(tally.answers + tally.leaves,
			 N_THREADS * N_ROUNDS * 2);
	for (size_t i = 0; i < N_VOLUMES; i++) {
		assert_int_equal(tally.holders[i], 0);
		assert_int_equal(tally.sharers[i], 0);
	}
}

static void everybody_hears_once_and_the_same_requests_share(void **state)
{
	(void)state;
	stress(OPERATION_WAIT_NS, OPERATION_KEEP_NS, false);
	assert_true(tally.heard_ok > 0);
	assert_true(tally.leaves > 0);
	/* Joins and kept results: fewer runs than requests that were served. */
	assert_true(tally.runs < tally.answers);
}

static void everybody_hears_once_when_all_times_are_short(void **state)
{
	(void)state;
	stress(50000, 50000, false);
	assert_true(tally.heard_ok > 0);
}

static void everybody_hears_once_through_a_shutdown(void **state)
{
	(void)state;
	stress(OPERATION_WAIT_NS, OPERATION_KEEP_NS, true);
	assert_true(tally.heard_ok > 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			everybody_hears_once_and_the_same_requests_share),
		cmocka_unit_test(everybody_hears_once_when_all_times_are_short),
		cmocka_unit_test(everybody_hears_once_through_a_shutdown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
