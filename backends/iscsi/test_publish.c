/* SPDX-License-Identifier: BSD-2-Clause */
/* publish() and probe() of the iSCSI backend against a scripted NAS. */
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
	"\"naa\":\"0x6589CFC00000012\",\"enabled\":true}"
#define MAPPING "{\"id\":13,\"target\":11,\"extent\":12,\"lunid\":0}"

static void say_site(struct scene *scene)
{
	scene_say(scene, "service.query", "[{\"state\":\"RUNNING\"}]");
	scene_say(scene, "iscsi.portal.query", PORTALS);
	scene_say(scene, "iscsi.global.config",
		  "{\"basename\":\"iqn.2005-10.org.freenas.ctl\"}");
}

static void say_standing(struct scene *scene)
{
	say_site(scene);
	scene_say(scene, "iscsi.target.query", "[" TARGET "]");
	scene_say(scene, "iscsi.extent.query", "[" EXTENT "]");
	scene_say(scene, "iscsi.targetextent.query", "[" MAPPING "]");
}

static void assert_put(struct scene *scene, const char *key, const char *value)
{
	const char *put = fake_put(scene->fake, SCALE_PUT_PUBLISH, key);

	assert_non_null(put);
	assert_string_equal(put, value);
}

static void a_node_learns_all_it_needs_in_one_wave(void **state)
{
	struct scene *scene = *state;

	say_standing(scene);
	assert_int_equal(scene_publish(scene), SCALE_OK);
	assert_put(scene, "iqn", "iqn.2005-10.org.freenas.ctl:pvc-1");
	assert_put(scene, "portals", "10.0.0.5:3260");
	assert_put(scene, "lun", "0");
	assert_put(scene, "wwid", "naa.6589cfc00000012");
	assert_int_equal(fake_put_count(scene->fake, SCALE_PUT_STATE), 0);
	/* what was seen before needs nobody's answer first */
	assert_int_equal(scene_publish(scene), SCALE_OK);
	assert_string_equal(fake_order(scene->fake),
			    "iscsi.target.query iscsi.extent.query "
			    "service.query iscsi.targetextent.query "
			    "export_path");
}

static void what_vanished_is_made_anew(void **state)
{
	struct scene *scene = *state;

	say_site(scene);
	scene_say(scene, "iscsi.target.query", "[]");
	scene_say(scene, "iscsi.extent.query", "[]");
	scene_say(scene, "iscsi.target.create", TARGET);
	scene_say(scene, "iscsi.extent.create", EXTENT);
	scene_say(scene, "iscsi.targetextent.create", MAPPING);
	assert_int_equal(scene_publish(scene), SCALE_OK);
	assert_int_equal(fake_flags(scene->fake, "iscsi.target.create", 0),
			 SCALE_RPC_CREATE);
	assert_string_equal(fake_put(scene->fake, SCALE_PUT_STATE,
				     "truenas_iscsi_target_id"),
			    "11");
	assert_put(scene, "wwid", "naa.6589cfc00000012");
}

static void numbers_of_somebody_else_are_not_believed(void **state)
{
	struct scene *scene = *state;

	say_standing(scene);
	assert_int_equal(scene_publish(scene), SCALE_OK);
	/* the NAS has given 12 away; our extent is 42 now */
	fake_forget_script(scene->fake);
	say_site(scene);
	scene_say(scene, "iscsi.target.query", "[" TARGET "]");
	scene_say(scene, "iscsi.extent.query",
		  "[{\"id\":42,\"name\":\"pvc-1\",\"naa\":\"0x6589cfc1\","
		  "\"disk\":\"zvol/tank/k8s/pvc-1\",\"enabled\":true}]");
	scene_say_once(scene, "iscsi.targetextent.query", "[" MAPPING "]");
	scene_say(scene, "iscsi.targetextent.query",
		  "[{\"id\":15,\"target\":11,\"extent\":42,\"lunid\":0}]");
	assert_int_equal(scene_publish(scene), SCALE_OK);
	assert_string_equal(
		fake_params(scene->fake, "iscsi.targetextent.query", 1),
		"[[[\"extent\",\"=\",42]]]");
	assert_put(scene, "wwid", "naa.6589cfc1");
}

static void publish_refuses_what_no_node_could_use(void **state)
{
	static const struct {
		const char *method, *result, *says;
	} cases[] = {
		{"service.query", "[{\"state\":\"STOPPED\"}]", "not running"},
		{"iscsi.extent.query",
		 "[{\"id\":12,\"name\":\"pvc-1\",\"naa\":\"0x6\",\"enabled\":"
		 "false,\"disk\":\"zvol/tank/k8s/pvc-1\"}]",
		 "disabled"},
		{"iscsi.target.query",
		 "[{\"id\":11,\"name\":\"pvc-1\",\"groups\":[]}]", "portal"},
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

static void portals_are_chosen_and_written_for_nodes(void **state)
{
	static const struct {
		const char *rows, *server, *given, *port, *portal, *want;
	} cases[] = {
		{"[{\"id\":1,\"listen\":[{\"ip\":\"0.0.0.0\",\"port\":3260},"
		 "{\"ip\":\"::\",\"port\":3260}]}]",
		 "nas.lan", NULL, NULL, NULL, "nas.lan:3260"},
		{"[{\"id\":1,\"listen\":[{\"ip\":\"10.9.9.9\",\"port\":3260}]}"
		 ",{\"id\":2,\"listen\":[{\"ip\":\"10.0.0.5\",\"port\":3261}]"
		 "}]",
		 "10.0.0.5", NULL, NULL, NULL, "10.0.0.5:3261"},
		{"[{\"id\":1,\"listen\":[{\"ip\":\"fd00::5\",\"port\":3260},"
		 "{\"ip\":\"10.0.0.5\",\"port\":3260}]}]",
		 "10.0.0.5", NULL, NULL, NULL, "[fd00::5]:3260,10.0.0.5:3260"},
		{"[{\"id\":1,\"listen\":[{\"ip\":\"10.0.0.5\",\"port\":3260}]}"
		 ",{\"id\":2,\"listen\":[{\"ip\":\"10.0.0.6\",\"port\":3260}]"
		 "}]",
		 "10.0.0.5", NULL, "13260", "2", "10.0.0.6:13260"},
		{PORTALS, "10.0.0.5", "a,b:1,[fd00::1],[fd00::2]:2,fd00::3",
		 NULL, NULL,
		 "a:3260,b:1,[fd00::1]:3260,[fd00::2]:2,[fd00::3]:3260"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct scene *scene;
		void *own;

		(void)state;
		assert_int_equal(scene_set_up(&own), 0);
		scene = own;
		fake_config(scene->fake, "server", cases[i].server);
		if (cases[i].given != NULL)
			fake_config(scene->fake, "portals", cases[i].given);
		if (cases[i].port != NULL)
			fake_config(scene->fake, "port", cases[i].port);
		if (cases[i].portal != NULL)
			fake_config(scene->fake, "portal", cases[i].portal);
		scene_say(scene, "iscsi.portal.query", cases[i].rows);
		say_standing(scene);
		assert_int_equal(scene_publish(scene), SCALE_OK);
		assert_put(scene, "portals", cases[i].want);
		assert_int_equal(scene_tear_down(&own), 0);
	}
}

static void a_portal_that_cannot_be_chosen_is_asked_for(void **state)
{
	static const struct {
		const char *rows, *portal, *says;
	} cases[] = {
		{"[]", NULL, "no iSCSI portal; add one"},
		{"[{\"id\":1,\"listen\":[{\"ip\":\"10.9.9.8\"}]},"
		 "{\"id\":2,\"listen\":[{\"ip\":\"10.9.9.9\"}]}]",
		 NULL, "2 iSCSI portals"},
		{PORTALS, "9", "no iSCSI portal with the id 9"},
	};
	struct scene *scene = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		fake_forget_script(scene->fake);
		if (cases[i].portal != NULL)
			fake_config(scene->fake, "portal", cases[i].portal);
		scene_say(scene, "iscsi.portal.query", cases[i].rows);
		say_standing(scene);
		assert_int_equal(scene_publish(scene),
				 SCALE_FAILED_PRECONDITION);
		assert_true(scene_failed_with(scene, cases[i].says));
	}
}

static void probe_reports_what_an_admin_must_do(void **state)
{
	struct scene *scene = *state;
	struct scale_call *call = fake_begin(scene->fake);

	scene_say(scene, "service.query", "[{\"state\":\"STOPPED\"}]");
	scene_say(scene, "iscsi.portal.query", "[]");
	scene_say(scene, "iscsi.global.config", "{\"basename\":\"iqn.x\"}");
	assert_int_equal(
		fake_end(scene->fake, scene->controller->probe(NULL, call)),
		SCALE_OK);
	assert_non_null(fake_found(scene->fake, "ServiceStopped"));
	assert_non_null(fake_found(scene->fake, "NoPortal"));
	fake_forget_script(scene->fake);
	say_site(scene);
	call = fake_begin(scene->fake);
	assert_int_equal(
		fake_end(scene->fake, scene->controller->probe(NULL, call)),
		SCALE_OK);
	assert_int_equal(fake_found_count(scene->fake), 0);
}

static void memory_may_run_out_anywhere(void **state)
{
	struct scene *scene = *state;

	say_standing(scene);
	scene_starve(scene, scene_publish);
}

static void the_call_may_end_anywhere(void **state)
{
	struct scene *scene = *state;

	say_standing(scene);
	scene_cut_off(scene, scene_publish);
}

#define TEST(f)                                                                \
	cmocka_unit_test_setup_teardown(f, scene_set_up, scene_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_node_learns_all_it_needs_in_one_wave),
		TEST(what_vanished_is_made_anew),
		TEST(numbers_of_somebody_else_are_not_believed),
		TEST(publish_refuses_what_no_node_could_use),
		TEST(portals_are_chosen_and_written_for_nodes),
		TEST(a_portal_that_cannot_be_chosen_is_asked_for),
		TEST(probe_reports_what_an_admin_must_do),
		TEST(memory_may_run_out_anywhere),
		TEST(the_call_may_end_anywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
