/* SPDX-License-Identifier: BSD-2-Clause */
/* Facts: per backend, for a while, for one session of the NAS. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>

#include "backend/facts.h"
#include "base/clock.h"

static struct facts *facts;
static struct arena *arena;

static int setup(void **state)
{
	(void)state;
	facts = facts_new();
	arena = arena_new(1 << 20);
	return facts == NULL || arena == NULL ? -1 : 0;
}

static int teardown(void **state)
{
	(void)state;
	facts_free(facts);
	arena_free(arena);
	return 0;
}

static const char *get(const char *owner, const char *key, uint64_t session,
		       int64_t now_ns)
{
	return facts_get(facts, arena, owner, key, session, now_ns);
}

static void a_fact_is_its_backends_own(void **state)
{
	(void)state;
	facts_set(facts, "nfs", "portal", "a", 1, 1000);
	facts_set(facts, "iscsi", "portal", "b", 1, 1000);
	assert_string_equal(get("nfs", "portal", 1, 10), "a");
	assert_string_equal(get("iscsi", "portal", 1, 10), "b");
	assert_null(get("nvmeof", "portal", 1, 10));
	facts_set(facts, "nfs", "portal", "c", 1, 1000);
	assert_string_equal(get("nfs", "portal", 1, 10), "c");
}

static void a_fact_ends_with_its_time(void **state)
{
	(void)state;
	facts_set(facts, "nfs", "k", "v", 1, 1000);
	assert_non_null(get("nfs", "k", 1, 999));
	assert_null(get("nfs", "k", 1, 1000));
	assert_null(get("nfs", "k", 1, 999)); /* it is gone */
}

static void a_fact_ends_with_the_session(void **state)
{
	(void)state;
	facts_set(facts, "nfs", "k", "v", 1, 1000);
	assert_null(get("nfs", "k", 2, 10));
	facts_set(facts, "nfs", "k", "v", 2, 1000);
	facts_clear(facts);
	assert_null(get("nfs", "k", 2, 10));
}

static void what_is_too_much_is_not_kept(void **state)
{
	char key[32];

	(void)state;
	for (int i = 0; i < FACTS_MAX; i++) {
		(void)snprintf(key, sizeof(key), "k%d", i);
		facts_set(facts, "nfs", key, "v", 1, CLOCK_NEVER);
	}
	facts_set(facts, "nfs", "more", "v", 1, CLOCK_NEVER);
	assert_null(get("nfs", "more", 1, 10));
	assert_non_null(get("nfs", "k0", 1, 10));
	/* one that is over makes room */
	facts_set(facts, "nfs", "k0", "v", 1, 0);
	facts_set(facts, "nfs", "more", "v", 1, CLOCK_NEVER);
	assert_non_null(get("nfs", "more", 1, 10));
}

static void *remember_and_recall(void *arg)
{
	struct arena *own = arena_new(1 << 20);

	for (int i = 0; i < 200; i++) {
		facts_set(facts, arg, "k", "v", 1, CLOCK_NEVER);
		(void)facts_get(facts, own, "b", "k", 1, 10);
		if (i % 50 == 0)
			facts_clear(facts);
	}
	arena_free(own);
	return NULL;
}

static void threads_share_them(void **state)
{
	static char names[2][2] = {"a", "b"};
	pthread_t threads[2];

	(void)state;
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&threads[i], NULL,
						remember_and_recall, names[i]),
				 0);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	facts_set(facts, "a", "k", "w", 1, CLOCK_NEVER);
	assert_string_equal(get("a", "k", 1, 10), "w");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		TEST(a_fact_is_its_backends_own),
		TEST(a_fact_ends_with_its_time),
		TEST(a_fact_ends_with_the_session),
		TEST(what_is_too_much_is_not_kept),
		TEST(threads_share_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
