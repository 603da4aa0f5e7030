/* SPDX-License-Identifier: BSD-2-Clause */
/* Building JSON, and reading it element by element. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "nas/json.h"

static int set_up(void **state)
{
	*state = arena_new(1u << 20);
	return *state != NULL ? 0 : -1;
}

static int tear_down(void **state)
{
	arena_free(*state);
	return 0;
}

static void builder_writes_commas_and_escapes(void **state)
{
	struct json_builder json;

	json_init(&json, *state);
	json_begin_array(&json);
	json_put_text(&json, "a\"\\\n\x01\xc3\xa9");
	json_begin_object(&json);
	json_key(&json, "k\"");
	json_put_int(&json, INT64_MIN);
	json_key(&json, "l");
	json_begin_array(&json);
	json_end_array(&json);
	json_key(&json, "m");
	json_put_text(&json, NULL);
	json_end_object(&json);
	json_put_uint(&json, UINT64_MAX);
	json_put_bool(&json, false);
	json_put_raw(&json, "{\"raw\":1}");
	json_end_array(&json);
	assert_string_equal(json_text(&json),
			    "[\"a\\\"\\\\\\n\\u0001\xc3\xa9\","
			    "{\"k\\\"\":-9223372036854775808,\"l\":[],"
			    "\"m\":null},18446744073709551615,false,"
			    "{\"raw\":1}]");
}

static void builder_grows(void **state)
{
	struct json_builder json;

	json_init(&json, *state);
	json_begin_array(&json);
	for (int i = 0; i < 5000; i++)
		json_put_int(&json, i);
	json_end_array(&json);
	assert_int_equal(json_count(json_text(&json), ""), 5000);
}

static void builder_without_memory_gives_nothing(void **state)
{
	struct arena *arena = *state;

	for (unsigned long nth = 1; nth <= 3; nth++) {
		struct json_builder json;

		arena_set_failure(arena, nth);
		json_init(&json, arena);
		json_begin_array(&json);
		for (int i = 0; i < 300; i++)
			json_put_text(&json, "text");
		json_end_array(&json);
		assert_null(json_text(&json));
		arena_set_failure(arena, 0);
	}
}

static void values_are_read(void **state)
{
	static const char text[] =
		"{\"s\":\"\\u00e9\\n\",\"n\":17,\"z\":null,"
		"\"neg\":-5,\"t\":\"42\",\"o\":{\"a\":[1, 2]},"
		"\"big\":18446744073709551616}";
	struct arena *arena = *state;
	uint64_t number;
	int64_t integer;

	assert_string_equal(json_get(arena, text, "/s"), "\xc3\xa9\n");
	assert_string_equal(json_get(arena, text, "/n"), "17");
	assert_string_equal(json_get(arena, text, "/o"), "{\"a\":[1, 2]}");
	assert_null(json_get(arena, text, "/z"));
	assert_null(json_get(arena, text, "/absent"));
	assert_null(json_get(arena, "{\"a\":1", "/a"));
	assert_null(json_get(arena, "\"\xff\"", ""));
	assert_int_equal(json_count(text, ""), 7);
	assert_int_equal(json_count(text, "/o/a"), 2);
	assert_int_equal(json_count(text, "/n"), 0);
	assert_true(json_get_u64(text, "/t", &number));
	assert_int_equal(number, 42);
	assert_false(json_get_u64(text, "/neg", &number));
	assert_false(json_get_u64(text, "/big", &number));
	assert_false(json_get_u64(text, "/s", &number));
	assert_true(json_get_int(text, "/neg", &integer));
	assert_int_equal(integer, -5);
	assert_true(json_get_int("-9223372036854775808", "", &integer));
	assert_true(integer == INT64_MIN);
	assert_false(json_get_int("-9223372036854775809", "", &integer));
	assert_false(json_get_int("9223372036854775808", "", &integer));
}

struct walk {
	int n, stop_at;
	char last[64];
};

static int note(const char *element, size_t len, void *arg)
{
	struct walk *walk = arg;

	assert_int_equal(strlen(element), len);
	(void)snprintf(walk->last, sizeof(walk->last), "%s", element);
	return ++walk->n == walk->stop_at ? 7 : 0;
}

static void each_element_comes_alone(void **state)
{
	static const char text[] = "[ 1, \"two\" ,{\"three\":[3]},[] ]";
	struct walk walk = {0};

	(void)state;
	assert_int_equal(json_each(text, sizeof(text) - 1, note, &walk), 0);
	assert_int_equal(walk.n, 4);
	walk = (struct walk){.stop_at = 3};
	assert_int_equal(json_each(text, sizeof(text) - 1, note, &walk), 7);
	assert_string_equal(walk.last, "{\"three\":[3]}");
	assert_int_equal(json_each("[]", 2, note, &walk), 0);
}

static void each_refuses_what_is_no_array(void **state)
{
	static const char *const rows[] = {"",   "{}",   "1",
					   "[1", "[1,]", "[1] 2"};
	struct walk walk = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(
			json_each(rows[i], strlen(rows[i]), note, &walk),
			-EBADMSG);
	assert_int_equal(walk.n, 0);
}

int main(void)
{
#define ROW(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		ROW(builder_writes_commas_and_escapes),
		ROW(builder_grows),
		ROW(builder_without_memory_gives_nothing),
		ROW(values_are_read),
		ROW(each_element_comes_alone),
		ROW(each_refuses_what_is_no_array),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
