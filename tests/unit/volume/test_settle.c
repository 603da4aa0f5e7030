/* SPDX-License-Identifier: BSD-2-Clause */
#include "scene.h"

#include <string.h>

#include "base/clock.h"
#include "volume/settle.h"

#define ID "scale-nfs:tank/k8s/a"

enum past { NOTHING, CREATE_LOST, DELETE_LOST, CREATED, DELETED };

/* What each question is answered: . goes on, W waits. */
static const struct {
	bool predecessor;
	enum past past;
	const char *change_delete_gone;
} rows[] = {
	{false, NOTHING, "..."},     {false, CREATE_LOST, ".WW"},
	{false, DELETE_LOST, "WW."}, {false, CREATED, "..."},
	{false, DELETED, "..."},     {true, NOTHING, ".WW"},
	{true, CREATED, "..."},      {true, DELETED, "..."},
};

static void act(enum past past)
{
	struct drain *drain = fake_nas.drain;

	if (past == CREATE_LOST || past == DELETE_LOST)
		drain_lose(drain,
			   drain_begin(drain, ID,
				       past == CREATE_LOST ? DRAIN_CREATE
							   : DRAIN_DELETE));
	if (past == CREATED)
		drain_note_created(drain, ID);
	if (past == DELETED)
		drain_note_deleted(drain, ID);
}

static char letter(scale_status status)
{
	return status == SCALE_OK            ? '.'
	       : status == SCALE_UNAVAILABLE ? 'W'
					     : '?';
}

static void what_may_still_be_executed_is_waited_for(void **state)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char got[4] = "";

		(void)scene_teardown(state);
		(void)(rows[i].predecessor ? scene_setup_predecessor(state)
					   : scene_setup(state));
		act(rows[i].past);
		got[0] = letter(settle_check_change(scene_call(), scene.volumes,
						    ID, "changing"));
		got[1] = letter(settle_check_delete(scene_call(), scene.volumes,
						    ID, "deleting"));
		got[2] = letter(settle_check_gone(scene_call(), scene.volumes,
						  ID, "deleting"));
		if (strcmp(got, rows[i].change_delete_gone) != 0)
			fail_msg("row %zu: %s", i, got);
	}
}

static void the_sentence_says_how_long(void **state)
{
	(void)state;
	assert_int_equal(settle_check_delete(scene_call(), scene.volumes, ID,
					     "deleting volume"),
			 SCALE_UNAVAILABLE);
	assert_reason("deleting volume '" ID "'");
	assert_reason(" s; ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			what_may_still_be_executed_is_waited_for, scene_setup,
			scene_teardown),
		cmocka_unit_test_setup_teardown(the_sentence_says_how_long,
						scene_setup_predecessor,
						scene_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
