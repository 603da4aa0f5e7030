/* SPDX-License-Identifier: BSD-2-Clause */
/* Rows with numbers that a signed 64-bit integer cannot hold. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "nas/snapshot_parse.h"
#include "nas/tree.h"

#define BIG "18446744073709551615"

static const struct {
	const char *json;
	uint64_t value;
} rows[] = {
	{"{\"guid\": 7}", 7},
	{"{\"guid\": 9223372036854775807}", 9223372036854775807u},
	{"{\"guid\": 9223372036854775808}", 9223372036854775808u},
	{"{\"guid\":" BIG "}", UINT64_MAX},
	{"{\"a\": \"" BIG "\", \"guid\": " BIG "}", UINT64_MAX},
	{"{\"a\\\"" BIG "\": 1, \"guid\": " BIG "}", UINT64_MAX},
	{"{\"a\": [" BIG ", " BIG "], \"guid\": " BIG "}", UINT64_MAX},
	{"{\"a\": 0." BIG ", \"guid\": " BIG "}", UINT64_MAX},
	{"{\"guid\": 99999999999999999999}", 0}, /* more than 64 bits */
	{"{\"guid\": -3}", 0},
	{"{}", 0},
};

static void a_guid_of_64_bits_is_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		auto_json json_t *tree =
			tree_load(rows[i].json, strlen(rows[i].json));

		assert_non_null(tree);
		assert_true(tree_get_u64(tree, "guid") == rows[i].value);
	}
}

static void what_is_no_json_stays_none(void **state)
{
	(void)state;
	assert_null(tree_load("{\"guid\": " BIG, strlen("{\"guid\": " BIG)));
	assert_null(tree_load("", 0));
}

static void a_snapshot_with_such_a_guid_is_read(void **state)
{
	static const char json[] =
		"{\"name\": \"tank/a@s\", \"createtxg\": \"14\", "
		"\"properties\": "
		"{\"guid\": {\"rawvalue\": \"" BIG "\", \"parsed\": " BIG "}}}";
	struct arena *arena = arena_new(1u << 20);
	struct snapshot snapshot;

	(void)state;
	assert_int_equal(
		snapshot_parse(arena, json, sizeof(json) - 1, &snapshot), 0);
	assert_string_equal(snapshot.name, "s");
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_guid_of_64_bits_is_read),
		cmocka_unit_test(what_is_no_json_stays_none),
		cmocka_unit_test(a_snapshot_with_such_a_guid_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
