/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Between the moment a worker takes an operation and the moment it begins,
 * callers may leave, join, or be shut down.  A fake admission holds that moment
 * open: it stands in for work/admit.c at link time.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include "scene.h"

#include <cmocka.h>

struct admit {
	struct admit_job *taken; /* of the last submit; only one at a time */
	unsigned int drops;
};

int admit_new(const struct admit_limits *limits, struct admit **ret_admit)
{
	static struct admit admit;

	(void)limits;
	admit = (struct admit){0};
	*ret_admit = &admit;
	return 0;
}

void admit_submit(struct admit *admit, struct admit_job *job)
{
	admit->taken = job;
}

/* Too late: a worker has it. */
bool admit_drop(struct admit *admit, struct admit_job *job)
{
	(void)job;
	admit->drops++;
	return false;
}

void admit_free(struct admit *admit)
{
	(void)admit;
}

static struct scene scene;
static struct script one;

static void begin(void)
{
	struct admit_job *job = scene.admit->taken;

	scene.admit->taken = NULL;
	job->run(job);
}

static int set_up(void **state)
{
	(void)state;
	script_init(&one);
	scene_open(&scene, NULL, OPERATION_WAIT_NS, OPERATION_KEEP_NS);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	scene_close(&scene);
	script_done(&one);
	return 0;
}

static void what_nobody_wants_any_more_is_not_run(void **state)
{
	struct client client;

	(void)state;
	client_ask(&scene, &client, &one, NULL);
	assert_true(client_leave(&scene, &client));
	assert_int_equal(scene.admit->drops, 1);
	begin();
	assert_int_equal(one.runs, 0);
	/* And the volume is free again. */
	client_ask(&scene, &client, &one, &(struct ask){.verb = "Delete"});
	begin();
	assert_int_equal(client.status, SCALE_OK);
	client_end(&scene, &client, true);
	assert_int_equal(one.runs, 1);
}

static void who_joins_in_time_gets_it_run(void **state)
{
	struct client first, second;

	(void)state;
	client_ask(&scene, &first, &one, NULL);
	assert_true(client_leave(&scene, &first));
	client_ask(&scene, &second, &one, NULL);
	begin();
	assert_int_equal(second.times_told, 1);
	assert_int_equal(second.status, SCALE_OK);
	client_end(&scene, &second, true);
	assert_int_equal(one.runs, 1);
}

static void a_shutdown_comes_first(void **state)
{
	struct client client;

	(void)state;
	client_ask(&scene, &client, &one, NULL);
	operations_cancel(scene.ops);
	begin();
	assert_int_equal(client.times_told, 1);
	assert_int_equal(client.status, SCALE_UNAVAILABLE);
	client_end(&scene, &client, true);
	assert_int_equal(one.runs, 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(what_nobody_wants_any_more_is_not_run),
		TEST(who_joins_in_time_gets_it_run),
		TEST(a_shutdown_comes_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
