/* SPDX-License-Identifier: BSD-2-Clause */
/* The list shows what has not ended, and nothing else. */
#include <setjmp.h>
#include <stdarg.h>

#include "scene.h"

#include <cmocka.h>

static void the_list_shows_what_has_not_ended(void **state)
{
	const struct ask other = {.verb = "DeleteVolume"};
	const struct ask none = {
		.verb = "ListVolumes", .has_no_volume = true, .is_read = true};
	struct client clients[4];
	struct arena *arena = arena_new(1u << 16);
	struct operation_view *views = NULL;
	struct script held, quick;
	struct scene scene;

	(void)state;
	script_init(&held);
	script_init(&quick);
	held.holds = true;
	scene_open(&scene, NULL, OPERATION_WAIT_NS, OPERATION_KEEP_NS);
	assert_int_equal(operations_list(scene.ops, arena, &views), 0);

	/* Kept: over, so not shown. */
	assert_int_equal(
		client_run(&scene, &quick, &(struct ask){.volume = "w"}, false),
		SCALE_OK);
	client_ask(&scene, &clients[0], &held, NULL);
	client_ask(&scene, &clients[1], &held, NULL);
	assert_true(script_begun(&held));
	client_ask(&scene, &clients[2], &quick, &other);
	client_ask(&scene, &clients[3], &held, &none);

	assert_int_equal(operations_list(scene.ops, arena, &views), 3);
	assert_string_equal(views[0].verb, "CreateVolume");
	assert_string_equal(views[0].volume, "v");
	assert_true(views[0].has_begun);
	assert_int_equal(views[0].waiters, 2);
	assert_true(views[0].age_ns >= views[1].age_ns);
	assert_string_equal(views[1].verb, "DeleteVolume");
	assert_false(views[1].has_begun);
	assert_int_equal(views[1].waiters, 1);
	assert_string_equal(views[2].verb, "ListVolumes");
	assert_null(views[2].volume);

	arena_set_failure(arena, 1);
	assert_int_equal(operations_list(scene.ops, arena, &views), 0);
	arena_set_failure(arena, 2);
	assert_int_equal(operations_list(scene.ops, arena, &views), 0);

	script_go(&held);
	for (size_t i = 0; i < 4; i++) {
		assert_true(client_heard(&clients[i]));
		client_end(&scene, &clients[i], true);
	}
	scene_close(&scene);
	script_done(&held);
	script_done(&quick);
	arena_free(arena);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_list_shows_what_has_not_ended),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
