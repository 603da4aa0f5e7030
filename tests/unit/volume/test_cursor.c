/* SPDX-License-Identifier: BSD-2-Clause */
#include "scene.h"

#include <string.h>

#include "volume/cursor.h"

static void a_token_leads_back_to_its_path(void **state)
{
	struct call *call = scene_call();
	const char *path = NULL;

	(void)state;
	assert_int_equal(cursor_parse(call,
				      cursor_format(call, "tank/k8s/a-b@s"),
				      &path),
			 SCALE_OK);
	assert_string_equal(path, "tank/k8s/a-b@s");
	assert_int_equal(cursor_parse(call, "", &path), SCALE_OK);
	assert_string_equal(path, "");
}

static const char *const strangers[] = {
	"invalid-token",          "v1-", "v1-00000000-",
	"v1-00000000-tank/k8s/a", "7",   "v2-00000000-tank/k8s/a"};

static void a_token_of_somebody_else_is_aborted(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(strangers) / sizeof(*strangers); i++) {
		const char *path;

		if (cursor_parse(scene_call(), strangers[i], &path) !=
		    SCALE_ABORTED)
			fail_msg("'%s'", strangers[i]);
	}
}

static void skipping_goes_on_behind_the_path(void **state)
{
	static const char *const paths[] = {"a", "c", "e"};

	(void)state;
	assert_int_equal(cursor_skip(paths, 3, ""), 0);
	assert_int_equal(cursor_skip(paths, 3, "a"), 1);
	assert_int_equal(cursor_skip(paths, 3, "b"), 1); /* gone meanwhile */
	assert_int_equal(cursor_skip(paths, 3, "e"), 3);
	assert_int_equal(cursor_skip(NULL, 0, "x"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_token_leads_back_to_its_path,
						scene_setup, scene_teardown),
		cmocka_unit_test_setup_teardown(
			a_token_of_somebody_else_is_aborted, scene_setup,
			scene_teardown),
		cmocka_unit_test(skipping_goes_on_behind_the_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
