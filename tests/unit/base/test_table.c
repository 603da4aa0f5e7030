/* SPDX-License-Identifier: BSD-2-Clause */
/* The table finds what was set, through growth and removal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/table.h"

#include <cmocka.h>

#define MANY 1000

static int set_up(void **state)
{
	*state = table_new();
	return *state == NULL;
}

static int tear_down(void **state)
{
	table_free(*state);
	return 0;
}

static void fill(struct table *table, int *values)
{
	for (int i = 0; i < MANY; i++) {
		char key[24];

		values[i] = i;
		(void)snprintf(key, sizeof(key), "tank/pvc-%d", i);
		assert_int_equal(table_set(table, key, &values[i]), 0);
	}
}

static void what_is_not_there_is_null(void **state)
{
	assert_null(table_get(*state, "a"));
	assert_null(table_remove(*state, "a"));
	assert_int_equal(table_count(*state), 0);
}

static void set_replaces_and_counts_keys_once(void **state)
{
	int one, two;

	assert_int_equal(table_set(*state, "a", &one), 0);
	assert_int_equal(table_set(*state, "a", &two), 0);
	assert_ptr_equal(table_get(*state, "a"), &two);
	assert_int_equal(table_count(*state), 1);
	assert_ptr_equal(table_remove(*state, "a"), &two);
	assert_null(table_get(*state, "a"));
	assert_int_equal(table_count(*state), 0);
}

static void keys_are_copied(void **state)
{
	char key[] = "a";
	int value;

	assert_int_equal(table_set(*state, key, &value), 0);
	key[0] = 'b';
	assert_ptr_equal(table_get(*state, "a"), &value);
	assert_null(table_get(*state, "b"));
}

static void many_keys_are_found_after_growth(void **state)
{
	static int values[MANY];

	fill(*state, values);
	assert_int_equal(table_count(*state), MANY);
	for (int i = 0; i < MANY; i++) {
		char key[24];

		(void)snprintf(key, sizeof(key), "tank/pvc-%d", i);
		assert_ptr_equal(table_get(*state, key), &values[i]);
	}
}

struct visit {
	struct table *table;
	int seen[MANY];
};

static int remove_odd(const char *key, void *value, void *arg)
{
	struct visit *visit = arg;
	int number = *(int *)value;

	visit->seen[number]++;
	if (number % 2 == 1)
		(void)table_remove(visit->table, key);
	return 0;
}

static void each_visits_all_once_and_may_remove(void **state)
{
	static int values[MANY];
	static struct visit visit;

	visit.table = *state;
	fill(*state, values);
	assert_int_equal(table_each(*state, remove_odd, &visit), 0);
	for (int i = 0; i < MANY; i++)
		assert_int_equal(visit.seen[i], 1);
	assert_int_equal(table_count(*state), MANY / 2);
	assert_null(table_get(*state, "tank/pvc-1"));
	assert_non_null(table_get(*state, "tank/pvc-2"));
}

static int stop_at_third(const char *key, void *value, void *arg)
{
	int *calls = arg;

	(void)key;
	(void)value;
	return ++*calls == 3 ? -7 : 0;
}

static void each_stops_when_told(void **state)
{
	static int values[MANY];
	int calls = 0;

	fill(*state, values);
	assert_int_equal(table_each(*state, stop_at_third, &calls), -7);
	assert_int_equal(calls, 3);
}

static void freeing_nothing_is_fine(void **state)
{
	(void)state;
	table_free(NULL);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(what_is_not_there_is_null),
		TEST(set_replaces_and_counts_keys_once),
		TEST(keys_are_copied),
		TEST(many_keys_are_found_after_growth),
		TEST(each_visits_all_once_and_may_remove),
		TEST(each_stops_when_told),
		TEST(freeing_nothing_is_fine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
