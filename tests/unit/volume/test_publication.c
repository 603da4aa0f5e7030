/* SPDX-License-Identifier: BSD-2-Clause */
#include "scene.h"

#include <errno.h>
#include <string.h>

#include "volume/publication.h"

static void what_is_written_is_read_again(void **state)
{
	struct publication wanted = {
		.node = "worker;1", .mode = 7, .is_readonly = true};
	struct publication found = {0};
	struct call *call = scene_call();
	const char *value = publication_format(call, &wanted);

	(void)state;
	assert_string_equal(value, "1;7;ro;worker;1");
	assert_int_equal(publication_parse(call, value, &found), 0);
	assert_string_equal(found.node, wanted.node);
	assert_int_equal(found.mode, 7);
	assert_true(found.is_readonly);
}

static void a_long_name_fits_a_property(void **state)
{
	char name[254];
	struct publication wanted = {.node = name, .mode = 1};
	struct call *call = scene_call();

	(void)state;
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_true(strlen(publication_format(call, &wanted)) <=
		    RECORD_VALUE_MAX);
	assert_true(strlen(publication_key(call, name)) <= RECORD_VALUE_MAX);
}

static const struct {
	const char *value;
	int want;
} rows[] = {
	{"1;1;rw;n", 0},       {"", -EINVAL},
	{"1", -EINVAL},        {"1;1;rw;", -EINVAL},
	{"1;1;xx;n", -EINVAL}, {"1;0;rw;n", -EINVAL},
	{"0;1;rw;n", -EINVAL}, {"2;whatever", -ENOTSUP},
	{"x;1;rw;n", -EINVAL}, {"1;-1;rw;n", -EINVAL},
};

static void unreadable_records_are_told_apart(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct publication found = {0};

		if (publication_parse(scene_call(), rows[i].value, &found) !=
		    rows[i].want)
			fail_msg("'%s'", rows[i].value);
	}
}

static void keys_differ_by_node(void **state)
{
	struct call *call = scene_call();

	(void)state;
	assert_string_not_equal(publication_key(call, "a"),
				publication_key(call, "b"));
	assert_string_equal(publication_key(call, "a"),
			    publication_key(call, "a"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_is_written_is_read_again,
						scene_setup, scene_teardown),
		cmocka_unit_test_setup_teardown(a_long_name_fits_a_property,
						scene_setup, scene_teardown),
		cmocka_unit_test_setup_teardown(
			unreadable_records_are_told_apart, scene_setup,
			scene_teardown),
		cmocka_unit_test_setup_teardown(keys_differ_by_node,
						scene_setup, scene_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
