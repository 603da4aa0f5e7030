/* SPDX-License-Identifier: BSD-2-Clause */
/* The node's half of the iSCSI backend against a scripted iscsiadm and sysfs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "test_scene.h"

#define IQN       "iqn.2005-10.org.freenas.ctl:pvc-1"
#define WWID      "naa.6589cfc00000012"
#define NAME_FILE "/etc/iscsi/initiatorname.iscsi"

/* Session @id of @iqn as the kernel shows it; a LUN only with a @wwid. */
static void log_in(struct scene *scene, const char *id, const char *iqn,
		   const char *lun, const char *disk, const char *wwid)
{
	char path[256];

	(void)snprintf(path, sizeof(path),
		       "class/iscsi_session/session%s/targetname", id);
	scene_file(scene, path, iqn);
	(void)snprintf(path, sizeof(path),
		       "class/iscsi_session/session%s/state", id);
	scene_file(scene, path, "LOGGED_IN\n");
	(void)snprintf(path, sizeof(path),
		       "class/iscsi_session/session%s/device/power/control",
		       id);
	scene_file(scene, path, "auto\n");
	if (wwid == NULL)
		return;
	(void)snprintf(path, sizeof(path),
		       "class/iscsi_session/session%s/device/target%s:0:0/"
		       "%s:0:0:%s/wwid",
		       id, id, id, lun);
	scene_file(scene, path, wwid);
	(void)snprintf(path, sizeof(path),
		       "class/iscsi_session/session%s/device/target%s:0:0/"
		       "%s:0:0:%s/block/%s/size",
		       id, id, id, lun, disk);
	scene_file(scene, path, "2097152\n");
	scene_node(scene, path, disk);
}

static struct scale_map context(struct scene *scene, const char *portals)
{
	return fake_map(scene->fake, "iqn", IQN, "portals", portals, "lun", "0",
			"wwid", WWID, NULL);
}

static void say_program(struct scene *scene, const char *tool, const char *when,
			int32_t code)
{
	fake_program(scene->fake, (struct fake_program){.tool = tool,
							.when = when,
							.exit_code = code});
}

/* Logging in works, and the kernel makes the disk at once. */
static void on_login(struct fake_host *fake, const char *what, void *arg)
{
	(void)fake;
	if (strstr(what, "--login") != NULL)
		log_in(arg, "1", IQN, "0", "sdb", WWID);
	if (strstr(what, " -u") != NULL)
		scene_remove(arg, "class/iscsi_session");
}

static void say_way_in(struct scene *scene)
{
	fake_file(scene->fake, NAME_FILE, "InitiatorName=iqn.x:node\n");
	scene->fake->on_exec = on_login;
	scene->fake->hook_arg = scene;
	say_program(scene, "scale-iscsi-probe", NULL, 0);
	say_program(scene, "iscsiadm", NULL, 0);
}

static void attach_looks_logs_in_and_proves_the_disk(void **state)
{
	struct scene *scene = *state;
	struct scale_attached attached;

	say_way_in(scene);
	scene->volume->context =
		fake_map(scene->fake, "replacementTimeout", "900", NULL);
	assert_int_equal(
		scene_attach(scene, context(scene, "10.0.0.5:3260"), &attached),
		SCALE_OK);
	assert_string_equal(attached.device, "/dev/sdb");
	assert_string_equal(attached.wwid, WWID);
	assert_string_equal(
		fake_order(scene->fake),
		"gate:login read:" NAME_FILE " exec:scale-iscsi-probe "
		"exec:iscsiadm exec:iscsiadm exec:iscsiadm exec:iscsiadm");
	assert_non_null(strstr(fake_input(scene->fake, "scale-iscsi-probe", 0),
			       "target=" IQN "\n"));
	assert_string_equal(fake_argv(scene->fake, "iscsiadm", 0),
			    "iscsiadm -m node -T " IQN
			    " -p 10.0.0.5:3260 -o new");
	assert_non_null(strstr(fake_argv(scene->fake, "iscsiadm", 1),
			       "-n node.startup -v manual"));
	assert_non_null(strstr(fake_argv(scene->fake, "iscsiadm", 2),
			       "replacement_timeout -v 900"));
	assert_non_null(
		strstr(fake_argv(scene->fake, "iscsiadm", 3), "--login"));
}

static void what_is_attached_is_found_without_a_program(void **state)
{
	struct scene *scene = *state;
	struct scale_attached attached;

	log_in(scene, "4", IQN "0", "0", "sdc", "naa.1");
	log_in(scene, "7", IQN, "0", "sdd", WWID);
	assert_int_equal(
		scene_attach(scene, context(scene, "10.0.0.5:3260"), &attached),
		SCALE_OK);
	assert_string_equal(attached.device, "/dev/sdd");
	assert_string_equal(fake_order(scene->fake), "");
}

static void the_next_portal_gets_its_turn(void **state)
{
	struct scene *scene = *state;
	struct scale_attached attached;

	fake_program(scene->fake,
		     (struct fake_program){.tool = "scale-iscsi-probe",
					   .exit_code = 2,
					   .times = 1});
	say_way_in(scene);
	assert_int_equal(scene_attach(scene,
				      context(scene, "10.0.0.5:3260,[fd00::5]:"
						     "3260"),
				      &attached),
			 SCALE_OK);
	assert_non_null(strstr(fake_argv(scene->fake, "iscsiadm", 0),
			       "-p [fd00::5]:3260"));
}

/* Whether the last thing done was to delete the portal's record. */
static int has_forgotten(struct scene *scene)
{
	size_t n = fake_count(scene->fake, "exec:iscsiadm");
	const char *last = fake_argv(scene->fake, "iscsiadm", n - 1);

	return strcmp(last, "iscsiadm -m node -T " IQN
			    " -p 10.0.0.5:3260 -o delete") == 0;
}

static void exit_codes_become_reasons(void **state)
{
	static const struct {
		const char *tool, *when;
		int32_t code;
		scale_status want;
		const char *says;
	} cases[] = {
		{"scale-iscsi-probe", NULL, 2, SCALE_UNAVAILABLE, "reached"},
		{"scale-iscsi-probe", NULL, 3, SCALE_UNAVAILABLE, "in time"},
		{"scale-iscsi-probe", NULL, 4, SCALE_UNAUTHENTICATED,
		 "credentials"},
		{"scale-iscsi-probe", NULL, 5, SCALE_UNAVAILABLE,
		 "not offer the target"},
		{"scale-iscsi-probe", NULL, 6, SCALE_UNAVAILABLE,
		 "without its disk"},
		{"scale-iscsi-probe", NULL, 99, SCALE_INTERNAL, "99"},
		{"iscsiadm", "--login", 24, SCALE_UNAUTHENTICATED,
		 "credentials"},
		{"iscsiadm", "--login", 20, SCALE_FAILED_PRECONDITION,
		 "iscsid does not run"},
		{"iscsiadm", "--login", 8, SCALE_UNAVAILABLE, "in time"},
		{"iscsiadm", "--login", 99, SCALE_UNAVAILABLE, "99"},
		{"iscsiadm", "-o new", 13, SCALE_PERMISSION_DENIED, "let us"},
	};
	struct scene *scene = *state;
	struct scale_attached attached;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		fake_forget_script(scene->fake);
		say_program(scene, cases[i].tool, cases[i].when, cases[i].code);
		say_way_in(scene);
		scene->fake->on_exec = NULL;
		assert_int_equal(scene_attach(scene,
					      context(scene, "10.0.0.5:3260"),
					      &attached),
				 cases[i].want);
		assert_true(scene_failed_with(scene, cases[i].says));
		assert_null(attached.device);
		assert_true(strcmp(cases[i].tool, "iscsiadm") != 0 ||
			    has_forgotten(scene));
	}
}

static void a_session_that_exists_already_is_a_login(void **state)
{
	struct scene *scene = *state;
	struct scale_attached attached;

	say_program(scene, "iscsiadm", "--login", 15);
	say_way_in(scene);
	assert_int_equal(
		scene_attach(scene, context(scene, "10.0.0.5:3260"), &attached),
		SCALE_OK);
}

static void a_disk_of_another_identity_is_not_handed_over(void **state)
{
	struct scene *scene = *state;
	struct scale_attached attached;

	log_in(scene, "1", IQN, "0", "sdb", "naa.6589cfc0000dead");
	say_program(scene, "iscsiadm", "--rescan", 0);
	assert_int_equal(
		scene_attach(scene, context(scene, "10.0.0.5:3260"), &attached),
		SCALE_FAILED_PRECONDITION);
	assert_true(scene_failed_with(scene, "naa.6589cfc0000dead"));
	assert_null(attached.device);
	assert_true(fake_count(scene->fake, "exec:iscsiadm") > 0);
}

static void on_wait_disk(struct fake_host *fake, const char *what, void *arg)
{
	(void)what;
	if (fake->n_waits == 3)
		log_in(arg, "1", IQN, "0", "sdb", WWID);
}

static void a_disk_that_comes_late_is_waited_for(void **state)
{
	struct scene *scene = *state;
	struct scale_attached attached;

	log_in(scene, "1", IQN, "0", NULL, NULL);
	log_in(scene, "2", IQN "x", "0", "sdx", WWID);
	say_program(scene, "iscsiadm", "--rescan", 0);
	scene->fake->on_wait = on_wait_disk;
	scene->fake->hook_arg = scene;
	assert_int_equal(
		scene_attach(scene, context(scene, "10.0.0.5:3260"), &attached),
		SCALE_OK);
	assert_string_equal(attached.device, "/dev/sdb");
	assert_int_equal(scene->fake->n_waits, 3);
}

static void a_session_without_the_nas_is_unavailable(void **state)
{
	struct scene *scene = *state;
	struct scale_attached attached;

	log_in(scene, "1", IQN, "0", "sdb", WWID);
	scene_file(scene, "class/iscsi_session/session1/state", "FAILED\n");
	assert_int_equal(
		scene_attach(scene, context(scene, "10.0.0.5:3260"), &attached),
		SCALE_UNAVAILABLE);
}

static void a_target_that_detach_could_not_find_is_refused(void **state)
{
	struct scene *scene = *state;
	struct scale_attached attached;

	assert_int_equal(scene_attach(scene,
				      fake_map(scene->fake, "iqn",
					       "iqn.x:other", "portals", "a:1",
					       "lun", "0", "wwid", WWID, NULL),
				      &attached),
			 SCALE_FAILED_PRECONDITION);
	assert_int_equal(scene_attach(scene, (struct scale_map){0}, &attached),
			 SCALE_FAILED_PRECONDITION);
	assert_string_equal(fake_order(scene->fake), "");
}

/* ---- detach ----------------------------------------------------------------
 */

static void detach_logs_out_forgets_and_may_be_repeated(void **state)
{
	struct scene *scene = *state;

	log_in(scene, "1", IQN, "0", "sdb", WWID);
	scene->fake->on_exec = on_login;
	scene->fake->hook_arg = scene;
	say_program(scene, "iscsiadm", NULL, 0);
	assert_int_equal(scene_detach(scene), SCALE_OK);
	assert_string_equal(fake_argv(scene->fake, "iscsiadm", 0),
			    "iscsiadm -m node -T " IQN " -u");
	assert_string_equal(fake_argv(scene->fake, "iscsiadm", 1),
			    "iscsiadm -m node -T " IQN " -o delete");
	say_program(scene, "iscsiadm", "-m node", 21);
	assert_int_equal(scene_detach(scene), SCALE_OK);
	assert_string_equal(fake_order(scene->fake), "exec:iscsiadm");
}

static void a_record_without_a_session_is_forgotten(void **state)
{
	struct scene *scene = *state;

	fake_program(scene->fake,
		     (struct fake_program){
			     .tool = "iscsiadm",
			     .when = "iscsiadm -m node",
			     .out = "10.0.0.5:3260,1 " IQN "0\n"
				    "[fd00::5]:3260,1 " IQN "\n"
				    "10.0.0.5:3260,1 iqn.x:other-pvc-1\n",
			     .times = 1});
	say_program(scene, "iscsiadm", NULL, 0);
	assert_int_equal(scene_detach(scene), SCALE_OK);
	assert_string_equal(fake_order(scene->fake),
			    "exec:iscsiadm exec:iscsiadm");
	assert_string_equal(fake_argv(scene->fake, "iscsiadm", 1),
			    "iscsiadm -m node -T " IQN " -o delete");
}

static void without_iscsiadm_nothing_is_attached(void **state)
{
	struct scene *scene = *state;

	fake_program(scene->fake, (struct fake_program){
					  .tool = "iscsiadm",
					  .status = SCALE_FAILED_PRECONDITION});
	assert_int_equal(scene_detach(scene), SCALE_OK);
}

static void detach_touches_only_the_exact_object(void **state)
{
	struct scene *scene = *state;

	log_in(scene, "1", "iqn.x:other-pvc-1", "0", "sdb", WWID);
	log_in(scene, "2", IQN "1", "0", "sdc", WWID);
	say_program(scene, "iscsiadm", NULL, 0);
	assert_int_equal(scene_detach(scene), SCALE_OK);
	assert_string_equal(fake_argv(scene->fake, "iscsiadm", 0),
			    "iscsiadm -m node");
	assert_null(fake_argv(scene->fake, "iscsiadm", 1));
}

static void detach_is_not_ok_while_the_session_lives(void **state)
{
	struct scene *scene = *state;

	log_in(scene, "1", IQN, "0", "sdb", WWID);
	say_program(scene, "iscsiadm", NULL, 0); /* and nothing happens */
	assert_int_equal(scene_detach(scene), SCALE_UNAVAILABLE);
	assert_true(scene_failed_with(scene, "does not end"));
}

/* iscsiadm says that there is no session when there is no iscsid. */
static void a_session_without_iscsid_is_told(void **state)
{
	struct scene *scene = *state;

	log_in(scene, "5", IQN, "0", "sdb", WWID);
	say_program(scene, "iscsiadm", "-o delete", 15);
	say_program(scene, "iscsiadm", NULL, 21);
	assert_int_equal(scene_detach(scene), SCALE_UNAVAILABLE);
	assert_true(scene_failed_with(scene, "does iscsid run"));
}

static void a_session_without_a_record_is_ended_by_its_number(void **state)
{
	struct scene *scene = *state;

	log_in(scene, "5", IQN, "0", "sdb", WWID);
	say_program(scene, "iscsiadm", "-m node", 21);
	say_program(scene, "iscsiadm", "-m session -r 5 -u", 0);
	assert_int_equal(scene_detach(scene), SCALE_UNAVAILABLE);
	assert_string_equal(fake_argv(scene->fake, "iscsiadm", 1),
			    "iscsiadm -m session -r 5 -u");
}

/* ---- the rest
 * ---------------------------------------------------------------- */

static void list_names_what_could_be_a_volume(void **state)
{
	struct scene *scene = *state;

	log_in(scene, "1", IQN, "0", "sdb", WWID);
	log_in(scene, "2", "iqn.x:pvc-2", "1", "sdc", "naa.2");
	log_in(scene, "3", "iqn.nocolon", "0", "sdd", "naa.3");
	assert_int_equal(scene_list(scene), SCALE_OK);
	assert_int_equal(fake_put_count(scene->fake, SCALE_PUT_FOUND), 1);
	assert_string_equal(fake_put(scene->fake, SCALE_PUT_FOUND, "pvc-1"),
			    "/dev/sdb");
}

static void on_rescan(struct fake_host *fake, const char *what, void *arg)
{
	(void)fake;
	(void)what;
	scene_file(arg,
		   "class/iscsi_session/session1/device/target1:0:0/1:0:0:0/"
		   "block/sdb/size",
		   "4194304\n");
}

static void rescan_waits_for_the_new_size(void **state)
{
	struct scene *scene = *state;

	log_in(scene, "1", IQN, "0", "sdb", WWID);
	say_program(scene, "iscsiadm", "-m session -r 1 --rescan", 0);
	scene->fake->on_wait = on_rescan;
	scene->fake->hook_arg = scene;
	scene->volume->bytes = 2ull << 30;
	assert_int_equal(scene_rescan(scene), SCALE_OK);
	assert_int_equal(scene->fake->n_waits, 1);
	scene_remove(scene, "class");
	assert_int_equal(scene_rescan(scene), SCALE_FAILED_PRECONDITION);
}

static void a_node_says_its_name_if_it_has_one(void **state)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{"InitiatorName=iqn.x:node\n", "iqn.x:node"},
		{"## made by\n\nInitiatorName=iqn.x:b\r\n", "iqn.x:b"},
		{"#InitiatorName=iqn.x:no\n", NULL},
		{"InitiatorName=\n", NULL},
		{"", NULL},
		{NULL, NULL},
	};
	struct scene *scene = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const char *put;

		fake_file(scene->fake, NAME_FILE, cases[i].text);
		assert_int_equal(scene_identify(scene), SCALE_OK);
		put = fake_put(scene->fake, SCALE_PUT_IDENTITY, "iqn");
		if (cases[i].want == NULL)
			assert_null(put);
		else
			assert_string_equal(put, cases[i].want);
	}
}

static scale_status attach_found(struct scene *scene)
{
	struct scale_attached attached;

	return scene_attach(scene, context(scene, "10.0.0.5:3260"), &attached);
}

static void memory_may_run_out_anywhere(void **state)
{
	struct scene *scene = *state;

	log_in(scene, "1", IQN, "0", "sdb", WWID);
	say_way_in(scene);
	scene->fake->on_exec = NULL;
	scene_starve(scene, attach_found);
}

#define TEST(f)                                                                \
	cmocka_unit_test_setup_teardown(f, scene_set_up, scene_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(attach_looks_logs_in_and_proves_the_disk),
		TEST(what_is_attached_is_found_without_a_program),
		TEST(the_next_portal_gets_its_turn),
		TEST(exit_codes_become_reasons),
		TEST(a_session_that_exists_already_is_a_login),
		TEST(a_disk_of_another_identity_is_not_handed_over),
		TEST(a_disk_that_comes_late_is_waited_for),
		TEST(a_session_without_the_nas_is_unavailable),
		TEST(a_target_that_detach_could_not_find_is_refused),
		TEST(detach_logs_out_forgets_and_may_be_repeated),
		TEST(a_record_without_a_session_is_forgotten),
		TEST(without_iscsiadm_nothing_is_attached),
		TEST(detach_touches_only_the_exact_object),
		TEST(detach_is_not_ok_while_the_session_lives),
		TEST(a_session_without_iscsid_is_told),
		TEST(a_session_without_a_record_is_ended_by_its_number),
		TEST(list_names_what_could_be_a_volume),
		TEST(rescan_waits_for_the_new_size),
		TEST(a_node_says_its_name_if_it_has_one),
		TEST(memory_may_run_out_anywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
