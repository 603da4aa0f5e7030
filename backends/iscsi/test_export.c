/* SPDX-License-Identifier: BSD-2-Clause */
/* create() and destroy() of the iSCSI backend against a scripted NAS. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "test_scene.h"

#define PORTALS "[{\"id\":3,\"listen\":[{\"ip\":\"10.0.0.5\",\"port\":3260}]}]"
#define TARGET  "{\"id\":11,\"name\":\"pvc-1\",\"groups\":[{\"portal\":3}]}"
#define EXTENT                                                                 \
	"{\"id\":12,\"name\":\"pvc-1\",\"disk\":\"zvol/tank/k8s/pvc-1\","      \
	"\"naa\":\"0x6589cfc00000012\",\"enabled\":true}"
#define MAPPING "{\"id\":13,\"target\":11,\"extent\":12,\"lunid\":0}"
#define SOMEBODYS                                                              \
	"{\"id\":22,\"name\":\"pvc-1\",\"disk\":\"zvol/tank/other\","          \
	"\"naa\":\"0x1\",\"enabled\":true}"

static void say_portals(struct scene *scene)
{
	scene_say(scene, "iscsi.portal.query", PORTALS);
}

/* A NAS on which nothing of ours stands yet. */
static void say_empty(struct scene *scene)
{
	say_portals(scene);
	scene_say(scene, "iscsi.extent.query", "[]");
	scene_say(scene, "iscsi.target.create", TARGET);
	scene_say(scene, "iscsi.extent.create", EXTENT);
	scene_say(scene, "iscsi.targetextent.create", MAPPING);
}

static void a_fresh_export_takes_three_waves(void **state)
{
	struct scene *scene = *state;
	struct fake_host *fake = scene->fake;

	say_empty(scene);
	assert_int_equal(scene_create(scene), SCALE_OK);
	assert_string_equal(
		fake_order(fake),
		"iscsi.portal.query iscsi.target.create iscsi.extent.query "
		"export_path iscsi.extent.create iscsi.targetextent.create");
	assert_int_equal(fake_flags(fake, "iscsi.target.create", 0),
			 SCALE_RPC_CREATE);
	assert_non_null(strstr(fake_params(fake, "iscsi.target.create", 0),
			       "\"portal\":3,\"initiator\":null"));
	assert_non_null(strstr(fake_params(fake, "iscsi.extent.create", 0),
			       "\"disk\":\"zvol/tank/k8s/pvc-1\""));
	assert_string_equal(fake_params(fake, "iscsi.targetextent.create", 0),
			    "[{\"target\":11,\"lunid\":0,\"extent\":12}]");
	assert_string_equal(fake_put(fake, SCALE_PUT_STATE,
				     "truenas_iscsi_targetextent_id"),
			    "13");
	/* and what is the same for all volumes is asked for once */
	assert_int_equal(scene_create(scene), SCALE_OK);
	assert_int_equal(fake_count(fake, "iscsi.portal.query"), 0);
}

static void a_repeat_takes_two_waves_and_makes_nothing(void **state)
{
	struct scene *scene = *state;

	say_portals(scene);
	scene_say(scene, "iscsi.extent.query", "[" EXTENT "]");
	scene_refuse(scene, "iscsi.target.create", SCALE_INVALID_ARGUMENT);
	scene_say(scene, "iscsi.target.query", "[" TARGET "]");
	scene_say(scene, "iscsi.targetextent.query", "[" MAPPING "]");
	assert_int_equal(scene_create(scene), SCALE_OK);
	assert_string_equal(
		fake_order(scene->fake),
		"iscsi.portal.query iscsi.target.create iscsi.extent.query "
		"iscsi.target.query iscsi.targetextent.query export_path");
}

static void what_a_cut_off_try_left_is_completed(void **state)
{
	struct scene *scene = *state;

	say_portals(scene);
	scene_say(scene, "iscsi.extent.query", "[" EXTENT "]");
	scene_refuse(scene, "iscsi.target.create", SCALE_INVALID_ARGUMENT);
	scene_say(scene, "iscsi.target.query", "[" TARGET "]");
	scene_say(scene, "iscsi.targetextent.query", "[]");
	scene_say(scene, "iscsi.targetextent.create", MAPPING);
	assert_int_equal(scene_create(scene), SCALE_OK);
	assert_int_equal(fake_count(scene->fake, "iscsi.extent.create"), 0);
	assert_int_equal(fake_count(scene->fake, "iscsi.targetextent.create"),
			 1);
}

static void an_extent_of_our_name_and_another_disk_is_left_alone(void **state)
{
	struct scene *scene = *state;

	say_portals(scene);
	scene_say(scene, "iscsi.extent.query", "[" SOMEBODYS "]");
	scene_say(scene, "iscsi.target.create", TARGET);
	assert_int_equal(scene_create(scene), SCALE_ALREADY_EXISTS);
	assert_true(scene_failed_with(scene, "zvol/tank/other"));
	assert_int_equal(fake_count(scene->fake, "iscsi.extent.create"), 0);
	assert_int_equal(fake_count(scene->fake, "iscsi.targetextent.create"),
			 0);
}

static void a_target_with_luns_of_others_is_left_alone(void **state)
{
	struct scene *scene = *state;

	say_portals(scene);
	scene_say(scene, "iscsi.extent.query", "[]");
	scene_refuse(scene, "iscsi.target.create", SCALE_INVALID_ARGUMENT);
	scene_say(scene, "iscsi.target.query", "[" TARGET "]");
	scene_say(scene, "iscsi.targetextent.query",
		  "[{\"id\":9,\"target\":11,\"extent\":77,\"lunid\":0}]");
	assert_int_equal(scene_create(scene), SCALE_ALREADY_EXISTS);
	assert_true(scene_failed_with(scene, "LUNs of others"));
	assert_int_equal(fake_count(scene->fake, "iscsi.extent.create"), 0);
}

static void a_call_that_went_unanswered_is_unavailable(void **state)
{
	static const char *const methods[] = {"iscsi.target.create",
					      "iscsi.extent.create",
					      "iscsi.targetextent.create"};
	struct scene *scene = *state;

	for (size_t i = 0; i < sizeof(methods) / sizeof(*methods); i++) {
		fake_forget_script(scene->fake);
		scene_refuse(scene, methods[i], SCALE_UNKNOWN);
		say_empty(scene);
		assert_int_equal(scene_create(scene), SCALE_UNAVAILABLE);
		assert_true(scene_failed_with(scene, "did not answer"));
		assert_int_equal(fake_count(scene->fake, methods[i]), 1);
	}
}

static void without_the_dataset_only_our_own_target_goes(void **state)
{
	struct scene *scene = *state;

	scene->fake->export_status = SCALE_ALREADY_EXISTS;
	say_empty(scene);
	scene_say(scene, "iscsi.target.delete", "true");
	assert_int_equal(scene_create(scene), SCALE_ALREADY_EXISTS);
	assert_string_equal(fake_params(scene->fake, "iscsi.target.delete", 0),
			    "[11,false,false]");
	assert_int_equal(fake_flags(scene->fake, "iscsi.target.delete", 0),
			 SCALE_RPC_DELETE);
	/* one that was there before stays */
	fake_forget_script(scene->fake);
	say_portals(scene);
	scene_say(scene, "iscsi.extent.query", "[]");
	scene_refuse(scene, "iscsi.target.create", SCALE_INVALID_ARGUMENT);
	scene_say(scene, "iscsi.target.query", "[" TARGET "]");
	assert_int_equal(scene_create(scene), SCALE_ALREADY_EXISTS);
	assert_int_equal(fake_count(scene->fake, "iscsi.target.delete"), 0);
}

static void a_device_that_is_not_there_yet_is_waited_for(void **state)
{
	struct scene *scene = *state;

	fake_reply(scene->fake,
		   (struct fake_reply){.method = "iscsi.extent.create",
				       .status = SCALE_INVALID_ARGUMENT,
				       .times = 2});
	say_empty(scene);
	assert_int_equal(scene_create(scene), SCALE_OK);
	assert_int_equal(fake_count(scene->fake, "iscsi.extent.create"), 3);
	assert_int_equal(scene->fake->n_waits, 2);
}

static void a_device_that_never_comes_fails_in_the_nas_words(void **state)
{
	struct scene *scene = *state;

	fake_reply(scene->fake,
		   (struct fake_reply){.method = "iscsi.extent.create",
				       .status = SCALE_INVALID_ARGUMENT,
				       .reason = "Device does not exist"});
	say_empty(scene);
	assert_int_equal(scene_create(scene), SCALE_INVALID_ARGUMENT);
	assert_true(scene_failed_with(scene, "Device does not exist"));
}

static void without_a_portal_an_admin_is_told_what_to_add(void **state)
{
	struct scene *scene = *state;

	scene_say(scene, "iscsi.portal.query", "[]");
	assert_int_equal(scene_create(scene), SCALE_FAILED_PRECONDITION);
	assert_true(scene_failed_with(scene, "no iSCSI portal; add one"));
	assert_int_equal(fake_count(scene->fake, "iscsi.target.create"), 0);
}

static void a_clone_keeps_the_block_size_of_its_source(void **state)
{
	struct scene *scene = *state;
	struct scale_volume *source = fake_volume(scene->fake, SCALE_BLOCK);
	struct scale_call *call = fake_begin(scene->fake);

	scene->volume->source = source;
	assert_int_equal(scene->controller->validate(NULL, call, scene->volume),
			 SCALE_OK);
	fake_param(scene->fake, source, "blocksize", "4096");
	assert_int_equal(scene->controller->validate(NULL, call, scene->volume),
			 SCALE_INVALID_ARGUMENT);
}

/* ---- destroy --------------------------------------------------------------
 */

static void say_standing(struct scene *scene)
{
	scene_say(scene, "iscsi.target.query", "[" TARGET "]");
	scene_say(scene, "iscsi.extent.query", "[" EXTENT "]");
	scene_say(scene, "iscsi.global.sessions", "[]");
	scene_say(scene, "iscsi.targetextent.query", "[" MAPPING "]");
	scene_say(scene, "iscsi.target.delete", "true");
	scene_say(scene, "iscsi.extent.delete", "true");
}

static void all_of_an_export_goes_with_its_target(void **state)
{
	struct scene *scene = *state;

	say_standing(scene);
	assert_int_equal(scene_destroy(scene), SCALE_OK);
	assert_string_equal(
		fake_order(scene->fake),
		"iscsi.target.query iscsi.extent.query iscsi.global.sessions "
		"iscsi.targetextent.query export_path iscsi.target.delete");
	assert_string_equal(fake_params(scene->fake, "iscsi.target.delete", 0),
			    "[11,false,true]");
}

static void a_node_that_is_logged_in_keeps_the_volume(void **state)
{
	struct scene *scene = *state;

	scene_say(scene, "iscsi.global.sessions",
		  "[{\"initiator\":\"iqn.x:node-7\"}]");
	say_standing(scene);
	assert_int_equal(scene_destroy(scene), SCALE_FAILED_PRECONDITION);
	assert_true(scene_failed_with(scene, "iqn.x:node-7"));
	assert_int_equal(fake_count(scene->fake, "export_path"), 0);
}

static void what_the_host_forbids_stays(void **state)
{
	struct scene *scene = *state;

	scene->fake->export_status = SCALE_FAILED_PRECONDITION;
	say_standing(scene);
	assert_int_equal(scene_destroy(scene), SCALE_FAILED_PRECONDITION);
	assert_int_equal(fake_count(scene->fake, "iscsi.target.delete"), 0);
}

static void nothing_there_is_ok(void **state)
{
	struct scene *scene = *state;

	scene_say(scene, "iscsi.target.query", "[]");
	scene_say(scene, "iscsi.extent.query", "[]");
	scene_say(scene, "iscsi.global.sessions", "[]");
	assert_int_equal(scene_destroy(scene), SCALE_OK);
}

static void only_what_is_ours_goes(void **state)
{
	static const struct {
		const char *target, *extent, *mappings;
		const char *target_gone, *extent_gone; /* params, or NULL */
	} cases[] = {
		/* the name is ours, the disk is not */
		{"[]", "[" SOMEBODYS "]", "[]", NULL, NULL},
		/* a target with nothing on it, and an extent of others */
		{"[" TARGET "]", "[" SOMEBODYS "]", "[]", "[11,false,false]",
		 NULL},
		/* a target with a LUN of others only */
		{"[" TARGET "]", "[]",
		 "[{\"id\":9,\"target\":11,\"extent\":77,\"lunid\":0}]", NULL,
		 NULL},
		/* ours beside a LUN of others: the target stays */
		{"[" TARGET "]", "[" EXTENT "]",
		 "[" MAPPING
		 ",{\"id\":9,\"target\":11,\"extent\":77,\"lunid\":1}]",
		 NULL, "[12,false,false]"},
		/* not mapped yet */
		{"[" TARGET "]", "[" EXTENT "]", "[]", "[11,false,false]",
		 "[12,false,false]"},
		{"[]", "[" EXTENT "]", "[]", NULL, "[12,false,false]"},
	};
	struct scene *scene = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const char *gone;

		fake_forget_script(scene->fake);
		scene_say(scene, "iscsi.target.query", cases[i].target);
		scene_say(scene, "iscsi.extent.query", cases[i].extent);
		scene_say(scene, "iscsi.targetextent.query", cases[i].mappings);
		say_standing(scene);
		assert_int_equal(scene_destroy(scene), SCALE_OK);
		gone = fake_params(scene->fake, "iscsi.target.delete", 0);
		if (cases[i].target_gone == NULL)
			assert_null(gone);
		else
			assert_string_equal(gone, cases[i].target_gone);
		gone = fake_params(scene->fake, "iscsi.extent.delete", 0);
		if (cases[i].extent_gone == NULL)
			assert_null(gone);
		else
			assert_string_equal(gone, cases[i].extent_gone);
	}
}

static void a_zvol_that_others_export_is_not_pulled_away(void **state)
{
	struct scene *scene = *state;

	scene_say(scene, "iscsi.extent.query",
		  "[" EXTENT ",{\"id\":40,\"name\":\"by-hand\",\"disk\":"
		  "\"zvol/tank/k8s/pvc-1\"}]");
	say_standing(scene);
	assert_int_equal(scene_destroy(scene), SCALE_FAILED_PRECONDITION);
	assert_true(scene_failed_with(scene, "by-hand"));
	fake_forget_script(scene->fake);
	scene_say(scene, "iscsi.targetextent.query",
		  "[{\"id\":9,\"target\":99,\"extent\":12,\"lunid\":4}]");
	say_standing(scene);
	assert_int_equal(scene_destroy(scene), SCALE_FAILED_PRECONDITION);
	assert_true(scene_failed_with(scene, "99"));
}

/* The mapping an earlier call has seen is asked for at once; its numbers may be
 * somebody else's by now, and then they count for nothing. */
static void remembered_numbers_are_checked(void **state)
{
	struct scene *scene = *state;

	say_empty(scene);
	assert_int_equal(scene_create(scene), SCALE_OK);
	fake_forget_script(scene->fake);
	scene_say(scene, "iscsi.target.query",
		  "[{\"id\":31,\"name\":\"pvc-1\",\"groups\":[]}]");
	scene_say_once(scene, "iscsi.targetextent.query",
		       "[{\"id\":9,\"target\":11,\"extent\":12,\"lunid\":0}]");
	scene_say(scene, "iscsi.targetextent.query",
		  "[{\"id\":14,\"target\":31,\"extent\":12,\"lunid\":0}]");
	say_standing(scene);
	assert_int_equal(scene_destroy(scene), SCALE_OK);
	assert_int_equal(fake_count(scene->fake, "iscsi.targetextent.query"),
			 2);
	assert_string_equal(fake_params(scene->fake, "iscsi.target.delete", 0),
			    "[31,false,true]");
}

static void a_delete_says_ok_only_of_what_is_gone(void **state)
{
	static const struct {
		scale_status answer, want;
	} cases[] = {
		{SCALE_NOT_FOUND, SCALE_OK},
		{SCALE_UNKNOWN, SCALE_UNAVAILABLE},
		{SCALE_FAILED_PRECONDITION, SCALE_FAILED_PRECONDITION},
	};
	struct scene *scene = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		fake_forget_script(scene->fake);
		scene_refuse(scene, "iscsi.target.delete", cases[i].answer);
		say_standing(scene);
		assert_int_equal(scene_destroy(scene), cases[i].want);
	}
}

static void memory_may_run_out_anywhere(void **state)
{
	struct scene *scene = *state;

	say_empty(scene);
	scene_say(scene, "iscsi.target.delete", "true");
	scene_starve(scene, scene_create);
	fake_forget_script(scene->fake);
	say_standing(scene);
	scene_starve(scene, scene_destroy);
}

static void the_call_may_end_anywhere(void **state)
{
	struct scene *scene = *state;

	say_empty(scene);
	scene_say(scene, "iscsi.target.delete", "true");
	scene_cut_off(scene, scene_create);
	fake_forget_script(scene->fake);
	say_standing(scene);
	scene_cut_off(scene, scene_destroy);
}

#define TEST(f)                                                                \
	cmocka_unit_test_setup_teardown(f, scene_set_up, scene_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_fresh_export_takes_three_waves),
		TEST(a_repeat_takes_two_waves_and_makes_nothing),
		TEST(what_a_cut_off_try_left_is_completed),
		TEST(an_extent_of_our_name_and_another_disk_is_left_alone),
		TEST(a_target_with_luns_of_others_is_left_alone),
		TEST(a_call_that_went_unanswered_is_unavailable),
		TEST(without_the_dataset_only_our_own_target_goes),
		TEST(a_device_that_is_not_there_yet_is_waited_for),
		TEST(a_device_that_never_comes_fails_in_the_nas_words),
		TEST(without_a_portal_an_admin_is_told_what_to_add),
		TEST(a_clone_keeps_the_block_size_of_its_source),
		TEST(all_of_an_export_goes_with_its_target),
		TEST(a_node_that_is_logged_in_keeps_the_volume),
		TEST(what_the_host_forbids_stays),
		TEST(nothing_there_is_ok),
		TEST(only_what_is_ours_goes),
		TEST(a_zvol_that_others_export_is_not_pulled_away),
		TEST(remembered_numbers_are_checked),
		TEST(a_delete_says_ok_only_of_what_is_gone),
		TEST(memory_may_run_out_anywhere),
		TEST(the_call_may_end_anywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
