/* SPDX-License-Identifier: BSD-2-Clause */
/* Maps keep one value per key, sorted, and tell when memory ran out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/map.h"

#include <cmocka.h>

static int set_up(void **state)
{
	*state = arena_new(1u << 20);
	return *state == NULL;
}

static int tear_down(void **state)
{
	arena_free(*state);
	return 0;
}

static void an_empty_map_has_no_values(void **state)
{
	struct map_builder map;

	map_init(&map, *state);
	struct scale_map view = map_view(&map);

	assert_int_equal(view.n, 0);
	assert_null(map_get(&view, "a"));
	assert_int_equal(map_bytes(&view), 0);
}

static void a_later_value_replaces_an_earlier_one(void **state)
{
	struct map_builder map;

	map_init(&map, *state);
	map_put(&map, "a", "1");
	map_put(&map, "b", "2");
	map_put(&map, "a", "3");
	struct scale_map view = map_view(&map);

	assert_int_equal(view.n, 2);
	assert_string_equal(map_get(&view, "a"), "3");
	assert_string_equal(map_get(&view, "b"), "2");
	assert_false(map.failed);
}

static void a_view_is_sorted_by_key(void **state)
{
	struct map_builder map;
	char key[8];

	map_init(&map, *state);
	for (unsigned int i = 0; i < 100; i++) {
		(void)snprintf(key, sizeof(key), "%02u", i * 37 % 100);
		map_put(&map, key, key);
	}
	struct scale_map view = map_view(&map);

	assert_int_equal(view.n, 100);
	for (unsigned int i = 0; i < 100; i++) {
		(void)snprintf(key, sizeof(key), "%02u", i);
		assert_string_equal(view.kv[i].key, key);
		assert_string_equal(view.kv[i].value, key);
	}
}

static void texts_are_copied(void **state)
{
	char key[] = "key", value[] = "value";
	struct map_builder map;

	map_init(&map, *state);
	map_put(&map, key, value);
	memset(key, 'x', 3);
	memset(value, 'x', 5);
	struct scale_map view = map_view(&map);

	assert_string_equal(map_get(&view, "key"), "value");
	assert_int_equal(map_bytes(&view), 8);
}

static void maps_are_equal_in_any_order(void **state)
{
	static const struct scale_kv ab[] = {{"a", "1"}, {"b", "2"}};
	static const struct scale_kv ba[] = {{"b", "2"}, {"a", "1"}};
	static const struct scale_kv ac[] = {{"a", "1"}, {"c", "2"}};
	static const struct scale_kv ax[] = {{"a", "1"}, {"b", "x"}};
	struct scale_map map = {ab, 2}, turned = {ba, 2}, key = {ac, 2};
	struct scale_map value = {ax, 2}, part = {ab, 1};

	(void)state;
	assert_true(map_equal(&map, &turned));
	assert_false(map_equal(&map, &key));
	assert_false(map_equal(&map, &value));
	assert_false(map_equal(&map, &part));
	assert_false(map_equal(&part, &map));
}

static void all_pairs_of_another_map_are_put(void **state)
{
	static const struct scale_kv kv[] = {{"a", "1"}, {"b", "2"}};
	struct scale_map from = {kv, 2};
	struct map_builder map;

	map_init(&map, *state);
	map_put(&map, "a", "old");
	map_put_all(&map, &from);
	struct scale_map view = map_view(&map);

	assert_true(map_equal(&view, &from));
}

static void failed_allocation_is_told_at_every_step(void **state)
{
	/* The value, room for pairs, the key: three allocations. */
	for (unsigned long nth = 1; nth <= 3; nth++) {
		struct map_builder map;

		map_init(&map, *state);
		arena_set_failure(*state, nth);
		map_put(&map, "a", "1");
		arena_set_failure(*state, 0);
		assert_true(map.failed);
		map_put(&map, "b", "2");
		assert_true(map.failed);
		assert_int_equal(map_view(&map).n, 0);
	}
}

static void a_null_value_counts_as_failed_allocation(void **state)
{
	struct map_builder map;

	map_init(&map, *state);
	map_put(&map, "a", NULL);
	assert_true(map.failed);
	assert_int_equal(map_view(&map).n, 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(an_empty_map_has_no_values),
		TEST(a_later_value_replaces_an_earlier_one),
		TEST(a_view_is_sorted_by_key),
		TEST(texts_are_copied),
		TEST(maps_are_equal_in_any_order),
		TEST(all_pairs_of_another_map_are_put),
		TEST(failed_allocation_is_told_at_every_step),
		TEST(a_null_value_counts_as_failed_allocation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
