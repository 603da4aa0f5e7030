/* SPDX-License-Identifier: BSD-2-Clause */
/* The controller's half of the NVMe-oF backend against a scripted NAS. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "test_scene.h"

#define NQN   "nqn.2011-06.com.truenas:uuid:1:pvc-1"
#define UUID  "0F6D1A52-7a43-4b6c-9a51-2f1f3c7e6b10"
#define PORTS "[{\"id\":5,\"addr_traddr\":\"10.0.0.5\",\"addr_trsvcid\":4420}]"
#define SUBSYS(spaces, ports)                                                  \
	"{\"id\":21,\"name\":\"pvc-1\",\"subnqn\":\"" NQN                      \
	"\",\"namespaces\":[" spaces "],\"ports\":[" ports "]}"
#define SPACE                                                                  \
	"{\"id\":22,\"nsid\":1,\"device_uuid\":\"" UUID                        \
	"\",\"enabled\":true,\"subsys\":{\"id\":21,\"name\":\"pvc-1\"}}"
#define LINK "{\"id\":23}"

static void say_port(struct scene *scene)
{
	scene_say(scene, "nvmet.port.query", PORTS);
}

/* A NAS on which nothing of ours stands yet. */
static void say_empty(struct scene *scene)
{
	say_port(scene);
	scene_say(scene, "nvmet.subsys.create", SUBSYS("", ""));
	scene_say(scene, "nvmet.namespace.create", SPACE);
	scene_say(scene, "nvmet.port_subsys.create", LINK);
	scene_say(scene, "nvmet.subsys.query", "[]");
	scene_say(scene, "nvmet.namespace.query", "[]");
}

/* One on which all of it does. */
static void say_standing(struct scene *scene)
{
	say_port(scene);
	scene_refuse(scene, "nvmet.subsys.create", SCALE_INVALID_ARGUMENT);
	scene_say(scene, "nvmet.subsys.query", "[" SUBSYS("22", "5") "]");
	scene_say(scene, "nvmet.namespace.query", "[" SPACE "]");
	scene_say(scene, "nvmet.global.sessions", "[]");
	scene_say(scene, "service.query", "[{\"state\":\"RUNNING\"}]");
	scene_say(scene, "nvmet.subsys.delete", "true");
	scene_say(scene, "nvmet.namespace.delete", "true");
}

static void a_fresh_export_takes_two_waves(void **state)
{
	struct scene *scene = *state;
	struct fake_host *fake = scene->fake;

	say_empty(scene);
	assert_int_equal(scene_create(scene), SCALE_OK);
	assert_string_equal(fake_order(fake),
			    "nvmet.port.query nvmet.subsys.create export_path "
			    "nvmet.namespace.create nvmet.port_subsys.create");
	assert_int_equal(fake_flags(fake, "nvmet.subsys.create", 0),
			 SCALE_RPC_CREATE);
	assert_string_equal(
		fake_params(fake, "nvmet.namespace.create", 0),
		"[{\"subsys_id\":21,\"device_type\":\"ZVOL\","
		"\"device_path\":\"zvol/tank/k8s/pvc-1\",\"nsid\":1,"
		"\"enabled\":true}]");
	assert_string_equal(fake_params(fake, "nvmet.port_subsys.create", 0),
			    "[{\"port_id\":5,\"subsys_id\":21}]");
	assert_string_equal(
		fake_put(fake, SCALE_PUT_STATE, "truenas_nvmeof_namespace_id"),
		"22");
	/* and the port is asked for once */
	assert_int_equal(scene_create(scene), SCALE_OK);
	assert_int_equal(fake_count(fake, "nvmet.port.query"), 0);
}

static void a_repeat_takes_two_waves_and_makes_nothing(void **state)
{
	struct scene *scene = *state;

	say_standing(scene);
	assert_int_equal(scene_create(scene), SCALE_OK);
	assert_string_equal(fake_order(scene->fake),
			    "nvmet.port.query nvmet.subsys.create "
			    "nvmet.subsys.query nvmet.namespace.query "
			    "export_path");
}

static void what_a_cut_off_try_left_is_completed(void **state)
{
	struct scene *scene = *state;

	scene_say(scene, "nvmet.subsys.query", "[" SUBSYS("22", "") "]");
	scene_say(scene, "nvmet.port_subsys.create", LINK);
	say_standing(scene);
	assert_int_equal(scene_create(scene), SCALE_OK);
	assert_int_equal(fake_count(scene->fake, "nvmet.namespace.create"), 0);
	assert_int_equal(fake_count(scene->fake, "nvmet.port_subsys.create"),
			 1);
}

static void what_is_somebody_elses_is_left_alone(void **state)
{
	static const struct {
		const char *subsys, *space, *says;
	} cases[] = {
		{"[" SUBSYS("77", "5") "]", "[]", "namespaces of others"},
		{"[" SUBSYS("", "5") "]",
		 "[{\"id\":9,\"subsys\":{\"id\":4,\"name\":\"by-hand\"}}]",
		 "by-hand"},
	};
	struct scene *scene = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		fake_forget_script(scene->fake);
		scene_say(scene, "nvmet.subsys.query", cases[i].subsys);
		scene_say(scene, "nvmet.namespace.query", cases[i].space);
		say_standing(scene);
		assert_int_equal(scene_create(scene), SCALE_ALREADY_EXISTS);
		assert_true(scene_failed_with(scene, cases[i].says));
		assert_int_equal(
			fake_count(scene->fake, "nvmet.namespace.create"), 0);
	}
}

static void a_call_that_went_unanswered_is_unavailable(void **state)
{
	static const char *const methods[] = {"nvmet.subsys.create",
					      "nvmet.namespace.create",
					      "nvmet.port_subsys.create"};
	struct scene *scene = *state;

	for (size_t i = 0; i < sizeof(methods) / sizeof(*methods); i++) {
		fake_forget_script(scene->fake);
		scene_refuse(scene, methods[i], SCALE_UNKNOWN);
		say_empty(scene);
		assert_int_equal(scene_create(scene), SCALE_UNAVAILABLE);
		assert_int_equal(fake_count(scene->fake, methods[i]), 1);
	}
}

static void without_the_dataset_only_our_own_subsystem_goes(void **state)
{
	struct scene *scene = *state;

	scene->fake->export_status = SCALE_ALREADY_EXISTS;
	say_empty(scene);
	scene_say(scene, "nvmet.subsys.delete", "true");
	assert_int_equal(scene_create(scene), SCALE_ALREADY_EXISTS);
	assert_string_equal(fake_params(scene->fake, "nvmet.subsys.delete", 0),
			    "[21,{\"force\":false}]");
	fake_forget_script(scene->fake);
	say_standing(scene);
	assert_int_equal(scene_create(scene), SCALE_ALREADY_EXISTS);
	assert_int_equal(fake_count(scene->fake, "nvmet.subsys.delete"), 0);
}

static void a_device_that_is_not_there_yet_is_waited_for(void **state)
{
	struct scene *scene = *state;

	fake_reply(scene->fake,
		   (struct fake_reply){.method = "nvmet.namespace.create",
				       .status = SCALE_INVALID_ARGUMENT,
				       .times = 2});
	scene_say(scene, "nvmet.subsys.query", "[" SUBSYS("", "5") "]");
	say_empty(scene);
	assert_int_equal(scene_create(scene), SCALE_OK);
	assert_int_equal(fake_count(scene->fake, "nvmet.namespace.create"), 3);
	/* the link, which was made, is not made again */
	assert_int_equal(fake_count(scene->fake, "nvmet.port_subsys.create"),
			 1);
}

static void a_port_is_never_made(void **state)
{
	static const struct {
		const char *ports, *says;
	} cases[] = {
		{"[]", "no NVMe-oF port for TCP with the number 4420"},
		{"[{\"id\":1,\"addr_traddr\":\"10.9.9.8\"},"
		 "{\"id\":2,\"addr_traddr\":\"10.9.9.9\"}]",
		 "none of them is on '10.0.0.5'"},
	};
	struct scene *scene = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		fake_forget_script(scene->fake);
		scene_say(scene, "nvmet.port.query", cases[i].ports);
		assert_int_equal(scene_create(scene),
				 SCALE_FAILED_PRECONDITION);
		assert_true(scene_failed_with(scene, cases[i].says));
		assert_int_equal(fake_count(scene->fake, "nvmet.subsys.create"),
				 0);
	}
}

/* ---- destroy --------------------------------------------------------------
 */

static void all_of_an_export_goes_with_its_subsystem(void **state)
{
	struct scene *scene = *state;

	say_standing(scene);
	assert_int_equal(scene_destroy(scene), SCALE_OK);
	assert_string_equal(
		fake_order(scene->fake),
		"nvmet.subsys.query nvmet.namespace.query "
		"nvmet.global.sessions export_path nvmet.subsys.delete");
	assert_string_equal(fake_params(scene->fake, "nvmet.subsys.delete", 0),
			    "[21,{\"force\":true}]");
	assert_int_equal(fake_flags(scene->fake, "nvmet.subsys.delete", 0),
			 SCALE_RPC_DELETE);
}

static void a_node_that_is_connected_keeps_the_volume(void **state)
{
	struct scene *scene = *state;

	scene_say(scene, "nvmet.global.sessions",
		  "[{\"hostnqn\":\"nqn.node-7\"}]");
	say_standing(scene);
	assert_int_equal(scene_destroy(scene), SCALE_FAILED_PRECONDITION);
	assert_true(scene_failed_with(scene, "nqn.node-7"));
	assert_int_equal(fake_count(scene->fake, "nvmet.subsys.delete"), 0);
}

static void only_what_is_ours_goes(void **state)
{
	static const struct {
		const char *subsys, *space;
		const char *subsys_gone, *space_gone; /* params, or NULL */
	} cases[] = {
		{"[]", "[]", NULL, NULL},
		/* emptied by hand, or by the dataset's end */
		{"[" SUBSYS("", "5") "]", "[]", "[21,{\"force\":true}]", NULL},
		/* only namespaces of others */
		{"[" SUBSYS("77", "5") "]", "[]", NULL, NULL},
		/* ours beside others: the subsystem stays */
		{"[" SUBSYS("22,77", "5") "]", "[" SPACE "]", NULL,
		 "[22,{\"remove\":false}]"},
	};
	struct scene *scene = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const char *gone;

		fake_forget_script(scene->fake);
		scene_say(scene, "nvmet.subsys.query", cases[i].subsys);
		scene_say(scene, "nvmet.namespace.query", cases[i].space);
		say_standing(scene);
		assert_int_equal(scene_destroy(scene), SCALE_OK);
		gone = fake_params(scene->fake, "nvmet.subsys.delete", 0);
		if (cases[i].subsys_gone == NULL)
			assert_null(gone);
		else
			assert_string_equal(gone, cases[i].subsys_gone);
		gone = fake_params(scene->fake, "nvmet.namespace.delete", 0);
		if (cases[i].space_gone == NULL)
			assert_null(gone);
		else
			assert_string_equal(gone, cases[i].space_gone);
	}
}

static void a_zvol_that_others_export_is_not_pulled_away(void **state)
{
	struct scene *scene = *state;

	scene_say(scene, "nvmet.namespace.query",
		  "[{\"id\":9,\"subsys\":{\"id\":4,\"name\":\"by-hand\"}}]");
	say_standing(scene);
	assert_int_equal(scene_destroy(scene), SCALE_FAILED_PRECONDITION);
	assert_true(scene_failed_with(scene, "by-hand"));
	assert_int_equal(fake_count(scene->fake, "nvmet.subsys.delete"), 0);
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
		scene_refuse(scene, "nvmet.subsys.delete", cases[i].answer);
		say_standing(scene);
		assert_int_equal(scene_destroy(scene), cases[i].want);
	}
}

/* ---- publish --------------------------------------------------------------
 */

static void a_node_learns_all_it_needs_in_one_wave(void **state)
{
	static const struct scale_kv want[] = {
		{"nqn", NQN},
		{"addresses", "10.0.0.5"},
		{"port", "4420"},
		{"nsid", "1"},
		{"wwid", "uuid.0f6d1a52-7a43-4b6c-9a51-2f1f3c7e6b10"},
	};
	struct scene *scene = *state;

	say_standing(scene);
	assert_int_equal(scene_publish(scene), SCALE_OK);
	assert_string_equal(fake_order(scene->fake),
			    "nvmet.subsys.query nvmet.namespace.query "
			    "service.query nvmet.port.query export_path");
	for (size_t i = 0; i < sizeof(want) / sizeof(*want); i++) {
		const char *put =
			fake_put(scene->fake, SCALE_PUT_PUBLISH, want[i].key);

		assert_non_null(put);
		assert_string_equal(put, want[i].value);
	}
	assert_int_equal(fake_put_count(scene->fake, SCALE_PUT_STATE), 0);
}

static void what_vanished_is_made_anew(void **state)
{
	struct scene *scene = *state;

	scene_say(scene, "service.query", "[{\"state\":\"RUNNING\"}]");
	say_empty(scene);
	assert_int_equal(scene_publish(scene), SCALE_OK);
	assert_int_equal(fake_count(scene->fake, "nvmet.subsys.create"), 1);
	assert_string_equal(fake_put(scene->fake, SCALE_PUT_STATE,
				     "truenas_nvmeof_subsystem_id"),
			    "21");
}

static void publish_refuses_what_no_node_could_use(void **state)
{
	static const struct {
		const char *method, *result, *says;
	} cases[] = {
		{"service.query", "[{\"state\":\"STOPPED\"}]", "not running"},
		{"nvmet.namespace.query",
		 "[{\"id\":22,\"nsid\":1,\"device_uuid\":\"" UUID
		 "\",\"enabled\":false,\"subsys\":{\"id\":21}}]",
		 "disabled"},
	};
	struct scene *scene = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		fake_forget_script(scene->fake);
		scene_say(scene, cases[i].method, cases[i].result);
		say_standing(scene);
		assert_int_equal(scene_publish(scene),
				 SCALE_FAILED_PRECONDITION);
		assert_true(scene_failed_with(scene, cases[i].says));
		assert_int_equal(fake_put_count(scene->fake, SCALE_PUT_PUBLISH),
				 0);
	}
}

static void any_address_becomes_the_server(void **state)
{
	struct scene *scene = *state;

	scene_say(scene, "nvmet.port.query",
		  "[{\"id\":1,\"addr_traddr\":\"10.9.9.9\"},"
		  "{\"id\":5,\"addr_traddr\":\"::\"}]");
	say_standing(scene);
	assert_int_equal(scene_publish(scene), SCALE_OK);
	assert_string_equal(
		fake_put(scene->fake, SCALE_PUT_PUBLISH, "addresses"),
		"10.0.0.5");
	fake_forget_facts(scene->fake);
	fake_config(scene->fake, "addresses", "10.1.0.5,10.2.0.5");
	assert_int_equal(scene_publish(scene), SCALE_OK);
	assert_string_equal(
		fake_put(scene->fake, SCALE_PUT_PUBLISH, "addresses"),
		"10.1.0.5,10.2.0.5");
}

static void memory_may_run_out_anywhere(void **state)
{
	struct scene *scene = *state;

	say_empty(scene);
	scene_say(scene, "nvmet.subsys.delete", "true");
	scene_starve(scene, scene_create);
	fake_forget_script(scene->fake);
	say_standing(scene);
	scene_starve(scene, scene_publish);
	scene_starve(scene, scene_destroy);
}

static void the_call_may_end_anywhere(void **state)
{
	struct scene *scene = *state;

	say_empty(scene);
	scene_say(scene, "nvmet.subsys.delete", "true");
	scene_cut_off(scene, scene_create);
	fake_forget_script(scene->fake);
	say_standing(scene);
	scene_cut_off(scene, scene_publish);
	scene_cut_off(scene, scene_destroy);
}

#define TEST(f)                                                                \
	cmocka_unit_test_setup_teardown(f, scene_set_up, scene_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_fresh_export_takes_two_waves),
		TEST(a_repeat_takes_two_waves_and_makes_nothing),
		TEST(what_a_cut_off_try_left_is_completed),
		TEST(what_is_somebody_elses_is_left_alone),
		TEST(a_call_that_went_unanswered_is_unavailable),
		TEST(without_the_dataset_only_our_own_subsystem_goes),
		TEST(a_device_that_is_not_there_yet_is_waited_for),
		TEST(a_port_is_never_made),
		TEST(all_of_an_export_goes_with_its_subsystem),
		TEST(a_node_that_is_connected_keeps_the_volume),
		TEST(only_what_is_ours_goes),
		TEST(a_zvol_that_others_export_is_not_pulled_away),
		TEST(a_delete_says_ok_only_of_what_is_gone),
		TEST(a_node_learns_all_it_needs_in_one_wave),
		TEST(what_vanished_is_made_anew),
		TEST(publish_refuses_what_no_node_could_use),
		TEST(any_address_becomes_the_server),
		TEST(memory_may_run_out_anywhere),
		TEST(the_call_may_end_anywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
