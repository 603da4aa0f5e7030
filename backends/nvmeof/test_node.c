/* SPDX-License-Identifier: BSD-2-Clause */
/* The node's half of the NVMe-oF backend against a scripted tool and sysfs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "test_scene.h"

#define NQN     "nqn.2011-06.com.truenas:uuid:1:pvc-1"
#define WWID    "uuid.0f6d1a52-7a43-4b6c-9a51-2f1f3c7e6b10"
#define MACHINE "0123456789abcdef0123456789abcdef"

/* Controller @name of @nqn as the kernel shows it. */
static void connect_one(struct scene *scene, const char *name, const char *nqn)
{
	static const char *const files[][2] = {{"transport", "tcp\n"},
					       {"state", "live\n"},
					       {"rescan_controller", ""}};
	char path[256];

	(void)snprintf(path, sizeof(path), "class/nvme/%s/subsysnqn", name);
	scene_file(scene, path, nqn);
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		(void)snprintf(path, sizeof(path), "class/nvme/%s/%s", name,
			       files[i][0]);
		scene_file(scene, path, files[i][1]);
	}
}

/* Namespace @disk of subsystem @name, with multipath: below the subsystem. */
static void show_head(struct scene *scene, const char *name, const char *nqn,
		      const char *disk, const char *wwid)
{
	char path[256];

	(void)snprintf(path, sizeof(path), "class/nvme-subsystem/%s/subsysnqn",
		       name);
	scene_file(scene, path, nqn);
	(void)snprintf(path, sizeof(path), "class/nvme-subsystem/%s/%s/wwid",
		       name, disk);
	scene_file(scene, path, wwid);
	(void)snprintf(path, sizeof(path), "class/nvme-subsystem/%s/%s/size",
		       name, disk);
	scene_file(scene, path, "2097152\n");
	scene_node(scene, path, disk);
}

static struct scale_map context(struct scene *scene)
{
	return fake_map(scene->fake, "nqn", NQN, "addresses",
			"10.0.0.5,10.0.1.5", "port", "4420", "nsid", "1",
			"wwid", WWID, NULL);
}

static void say_tool(struct scene *scene, int32_t code, uint32_t times)
{
	fake_program(scene->fake, (struct fake_program){.tool = "scale-nvme",
							.exit_code = code,
							.times = times});
}

static void on_tool(struct fake_host *fake, const char *what, void *arg)
{
	const char *input = fake_input(fake, "scale-nvme", 0);

	(void)what;
	if (input != NULL && strstr(input, "verb=disconnect") != NULL) {
		scene_remove(arg, "class/nvme");
	} else {
		connect_one(arg, "nvme0", NQN);
		show_head(arg, "nvme-subsys0", NQN, "nvme0n1", WWID);
	}
}

static void say_way_in(struct scene *scene)
{
	fake_file(scene->fake, "/etc/nvme/hostnqn", "nqn.host\n");
	fake_file(scene->fake, "/etc/nvme/hostid", "id-1\n");
	scene->fake->on_exec = on_tool;
	scene->fake->hook_arg = scene;
	say_tool(scene, 0, 0);
}

static void attach_connects_one_at_a_time_and_proves_the_disk(void **state)
{
	struct scene *scene = *state;
	struct scale_attached attached;
	const char *input;

	say_way_in(scene);
	scene->volume->context =
		fake_map(scene->fake, "ctrlLossTimeout", "900", NULL);
	assert_int_equal(scene_attach(scene, context(scene), &attached),
			 SCALE_OK);
	assert_string_equal(attached.device, "/dev/nvme0n1");
	assert_string_equal(attached.wwid, WWID);
	assert_int_equal(attached.paths, 1);
	assert_string_equal(fake_order(scene->fake),
			    "read:/etc/nvme/hostnqn read:/etc/nvme/hostid "
			    "gate:connect exec:scale-nvme");
	input = fake_input(scene->fake, "scale-nvme", 0);
	assert_non_null(strstr(input, "verb=connect\n"));
	assert_non_null(strstr(input, "nqn=" NQN "\n"));
	assert_non_null(strstr(input, "address=10.0.0.5\n"));
	assert_non_null(strstr(input, "hostnqn=nqn.host\n"));
	assert_non_null(strstr(input, "ctrl_loss_tmo=900\n"));
	assert_string_equal(fake_argv(scene->fake, "scale-nvme", 0),
			    "scale-nvme");
}

static void what_is_attached_is_found_without_a_program(void **state)
{
	struct scene *scene = *state;
	struct scale_attached attached;

	connect_one(scene, "nvme3", NQN);
	show_head(scene, "nvme-subsys1", NQN "0", "nvme1n1", WWID);
	show_head(scene, "nvme-subsys3", NQN, "nvme3n1", WWID);
	scene_file(scene, "class/nvme-subsystem/nvme-subsys3/nvme3c3n1/wwid",
		   WWID);
	assert_int_equal(scene_attach(scene, context(scene), &attached),
			 SCALE_OK);
	assert_string_equal(attached.device, "/dev/nvme3n1");
	assert_string_equal(fake_order(scene->fake), "");
}

static void without_multipath_the_disk_is_the_controllers(void **state)
{
	struct scene *scene = *state;
	struct scale_attached attached;

	connect_one(scene, "nvme0", NQN);
	scene_file(scene, "class/nvme/nvme0/nvme0n1/wwid", WWID);
	scene_node(scene, "class/nvme/nvme0/nvme0n1/size", "nvme0n1");
	assert_int_equal(scene_attach(scene, context(scene), &attached),
			 SCALE_OK);
	assert_string_equal(attached.device, "/dev/nvme0n1");
}

/* nvmet fails what is above 4 MiB, and a zvol's best size is 32 MiB. */
static void requests_are_kept_at_a_size_that_the_nas_takes(void **state)
{
	static const char limit[] = "class/nvme-subsystem/nvme-subsys0/nvme0n1/"
				    "queue/max_sectors_kb";
	static const char *const cases[][2] = {
		{"32768\n", "1024"}, {"1280\n", "1024"}, {"512\n", "512"}};
	struct scene *scene = *state;
	struct scale_attached attached;

	connect_one(scene, "nvme0", NQN);
	show_head(scene, "nvme-subsys0", NQN, "nvme0n1", WWID);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		scene_file(scene, limit, cases[i][0]);
		assert_int_equal(scene_attach(scene, context(scene), &attached),
				 SCALE_OK);
		assert_int_equal(strtoul(scene_text(scene, limit), NULL, 10),
				 strtoul(cases[i][1], NULL, 10));
	}
}

static void the_next_address_gets_its_turn(void **state)
{
	struct scene *scene = *state;
	struct scale_attached attached;

	say_tool(scene, 2, 1);
	say_way_in(scene);
	scene->fake->on_exec = NULL;
	(void)scene_attach(scene, context(scene), &attached);
	assert_int_equal(fake_count(scene->fake, "exec:scale-nvme"), 2);
	assert_non_null(strstr(fake_input(scene->fake, "scale-nvme", 1),
			       "address=10.0.1.5\n"));
}

static void exit_codes_become_reasons(void **state)
{
	static const struct {
		int32_t code;
		scale_status want;
		const char *says;
	} cases[] = {
		{2, SCALE_UNAVAILABLE, "reached"},
		{3, SCALE_UNAVAILABLE, "as an NVMe port does"},
		{4, SCALE_UNAVAILABLE, "could not connect"},
		{5, SCALE_FAILED_PRECONDITION, "nvme_tcp"},
		{1, SCALE_INTERNAL, "ended with 1"},
	};
	struct scene *scene = *state;
	struct scale_attached attached;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		fake_forget_script(scene->fake);
		say_tool(scene, cases[i].code, 0);
		say_way_in(scene);
		scene->fake->on_exec = NULL;
		assert_int_equal(scene_attach(scene, context(scene), &attached),
				 cases[i].want);
		assert_true(scene_failed_with(scene, cases[i].says));
		assert_null(attached.device);
	}
}

static void a_disk_of_another_identity_is_not_handed_over(void **state)
{
	struct scene *scene = *state;
	struct scale_attached attached;

	connect_one(scene, "nvme0", NQN);
	show_head(scene, "nvme-subsys0", NQN, "nvme0n1", "uuid.another");
	assert_int_equal(scene_attach(scene, context(scene), &attached),
			 SCALE_FAILED_PRECONDITION);
	assert_true(scene_failed_with(scene, "uuid.another"));
	assert_null(attached.device);
	assert_string_equal(
		scene_text(scene, "class/nvme/nvme0/rescan_controller"), "1");
}

static void on_wait_disk(struct fake_host *fake, const char *what, void *arg)
{
	(void)what;
	if (fake->n_waits == 3)
		show_head(arg, "nvme-subsys0", NQN, "nvme0n1", WWID);
}

static void a_disk_that_comes_late_is_waited_for(void **state)
{
	struct scene *scene = *state;
	struct scale_attached attached;

	connect_one(scene, "nvme0", NQN);
	scene->fake->on_wait = on_wait_disk;
	scene->fake->hook_arg = scene;
	assert_int_equal(scene_attach(scene, context(scene), &attached),
			 SCALE_OK);
	assert_int_equal(scene->fake->n_waits, 3);
}

static void a_node_left_by_another_device_is_not_taken(void **state)
{
	struct scene *scene = *state;
	struct scale_attached attached;

	connect_one(scene, "nvme0", NQN);
	show_head(scene, "nvme-subsys0", NQN, "nvme0n1", WWID);
	scene_file(scene, "class/nvme-subsystem/nvme-subsys0/nvme0n1/dev",
		   "259:7\n");
	assert_int_equal(scene_attach(scene, context(scene), &attached),
			 SCALE_UNAVAILABLE);
	assert_true(scene_failed_with(scene, "does not appear"));
}

static void a_connection_without_the_nas_is_unavailable(void **state)
{
	struct scene *scene = *state;
	struct scale_attached attached;

	connect_one(scene, "nvme0", NQN);
	scene_file(scene, "class/nvme/nvme0/state", "connecting\n");
	assert_int_equal(scene_attach(scene, context(scene), &attached),
			 SCALE_UNAVAILABLE);
}

static void a_subsystem_that_detach_could_not_find_is_refused(void **state)
{
	struct scene *scene = *state;
	struct scale_attached attached;

	assert_int_equal(scene_attach(scene,
				      fake_map(scene->fake, "nqn",
					       "nqn.x:other", "addresses", "a",
					       "port", "1", "wwid", WWID, NULL),
				      &attached),
			 SCALE_FAILED_PRECONDITION);
	assert_int_equal(scene_attach(scene, (struct scale_map){0}, &attached),
			 SCALE_FAILED_PRECONDITION);
	assert_string_equal(fake_order(scene->fake), "");
}

/* ---- detach ----------------------------------------------------------------
 */

static void detach_disconnects_and_may_be_repeated(void **state)
{
	struct scene *scene = *state;

	connect_one(scene, "nvme0", NQN);
	connect_one(scene, "nvme1", NQN);
	scene->fake->on_exec = on_tool;
	scene->fake->hook_arg = scene;
	say_tool(scene, 0, 0);
	assert_int_equal(scene_detach(scene), SCALE_OK);
	assert_int_equal(fake_count(scene->fake, "exec:scale-nvme"), 1);
	assert_string_equal(fake_input(scene->fake, "scale-nvme", 0),
			    "verb=disconnect\nnqn=" NQN "\n");
	assert_int_equal(scene_detach(scene), SCALE_OK);
	assert_string_equal(fake_order(scene->fake), "");
}

static void detach_touches_only_the_exact_object_over_tcp(void **state)
{
	struct scene *scene = *state;

	connect_one(scene, "nvme0", "nqn.x:other-pvc-1");
	connect_one(scene, "nvme1", NQN "1");
	connect_one(scene, "nvme2", NQN);
	scene_file(scene, "class/nvme/nvme2/transport", "pcie\n");
	assert_int_equal(scene_detach(scene), SCALE_OK);
	assert_string_equal(fake_order(scene->fake), "");
}

static void detach_is_not_ok_while_a_controller_lives(void **state)
{
	struct scene *scene = *state;

	connect_one(scene, "nvme0", NQN);
	say_tool(scene, 0, 1); /* and nothing happens */
	assert_int_equal(scene_detach(scene), SCALE_UNAVAILABLE);
	assert_true(scene_failed_with(scene, "does not end"));
	say_tool(scene, 6, 1);
	assert_int_equal(scene_detach(scene), SCALE_UNAVAILABLE);
}

/* ---- the rest
 * ---------------------------------------------------------------- */

static void list_names_what_could_be_a_volume(void **state)
{
	struct scene *scene = *state;

	connect_one(scene, "nvme0", NQN);
	show_head(scene, "nvme-subsys0", NQN, "nvme0n1", WWID);
	connect_one(scene, "nvme1", "nqn.x:pvc-2");
	assert_int_equal(scene_list(scene), SCALE_OK);
	assert_int_equal(fake_put_count(scene->fake, SCALE_PUT_FOUND), 1);
	assert_string_equal(fake_put(scene->fake, SCALE_PUT_FOUND, "pvc-1"),
			    "/dev/nvme0n1");
}

static void on_grow(struct fake_host *fake, const char *what, void *arg)
{
	(void)fake;
	(void)what;
	scene_file(arg, "class/nvme-subsystem/nvme-subsys0/nvme0n1/size",
		   "4194304\n");
}

static void rescan_waits_for_the_new_size(void **state)
{
	struct scene *scene = *state;

	connect_one(scene, "nvme0", NQN);
	show_head(scene, "nvme-subsys0", NQN, "nvme0n1", WWID);
	scene->fake->on_wait = on_grow;
	scene->fake->hook_arg = scene;
	scene->volume->bytes = 2ull << 30;
	assert_int_equal(scene_rescan(scene), SCALE_OK);
	assert_int_equal(scene->fake->n_waits, 1);
	assert_string_equal(
		scene_text(scene, "class/nvme/nvme0/rescan_controller"), "1");
	scene_remove(scene, "class");
	assert_int_equal(scene_rescan(scene), SCALE_FAILED_PRECONDITION);
}

static void names_come_from_the_node_or_its_machine_id(void **state)
{
	static const struct {
		const char *nqn, *id, *machine;
		const char *want_nqn, *want_id; /* NULL: refused */
	} cases[] = {
		{"nqn.h\n", "i-1\n", NULL, "hostnqn=nqn.h\n", "hostid=i-1\n"},
		{"nqn.2014-08.org.nvmexpress:uuid:abc\n", NULL, MACHINE,
		 "hostnqn=nqn.2014-08.org.nvmexpress:uuid:abc\n",
		 "hostid=abc\n"},
		{NULL, NULL, MACHINE "\n",
		 "hostnqn=nqn.2014-08.org.nvmexpress:uuid:01234567-89ab-cdef-"
		 "0123-456789abcdef\n",
		 "hostid=01234567-89ab-cdef-0123-456789abcdef\n"},
		{NULL, NULL, "uninitialized\n", NULL, NULL},
		{NULL, NULL, NULL, NULL, NULL},
	};
	struct scene *scene = *state;
	struct scale_attached attached;

	say_tool(scene, 2, 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		fake_file(scene->fake, "/etc/nvme/hostnqn", cases[i].nqn);
		fake_file(scene->fake, "/etc/nvme/hostid", cases[i].id);
		fake_file(scene->fake, "/etc/machine-id", cases[i].machine);
		assert_int_equal(scene_attach(scene, context(scene), &attached),
				 cases[i].want_nqn != NULL
					 ? SCALE_UNAVAILABLE
					 : SCALE_FAILED_PRECONDITION);
		if (cases[i].want_nqn == NULL)
			continue;
		assert_non_null(strstr(fake_input(scene->fake, "scale-nvme", 0),
				       cases[i].want_nqn));
		assert_non_null(strstr(fake_input(scene->fake, "scale-nvme", 0),
				       cases[i].want_id));
	}
}

static void a_node_says_its_name_if_it_has_one(void **state)
{
	struct scene *scene = *state;

	assert_int_equal(scene_identify(scene), SCALE_OK);
	assert_int_equal(fake_put_count(scene->fake, SCALE_PUT_IDENTITY), 0);
	fake_file(scene->fake, "/etc/nvme/hostnqn", "nqn.h\n");
	assert_int_equal(scene_identify(scene), SCALE_OK);
	assert_string_equal(fake_put(scene->fake, SCALE_PUT_IDENTITY, "nqn"),
			    "nqn.h");
}

static scale_status attach_found(struct scene *scene)
{
	struct scale_attached attached;

	return scene_attach(scene, context(scene), &attached);
}

static void memory_may_run_out_anywhere(void **state)
{
	struct scene *scene = *state;

	connect_one(scene, "nvme0", NQN);
	show_head(scene, "nvme-subsys0", NQN, "nvme0n1", WWID);
	say_way_in(scene);
	scene->fake->on_exec = NULL;
	scene_starve(scene, attach_found);
}

#define TEST(f)                                                                \
	cmocka_unit_test_setup_teardown(f, scene_set_up, scene_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(attach_connects_one_at_a_time_and_proves_the_disk),
		TEST(what_is_attached_is_found_without_a_program),
		TEST(without_multipath_the_disk_is_the_controllers),
		TEST(requests_are_kept_at_a_size_that_the_nas_takes),
		TEST(the_next_address_gets_its_turn),
		TEST(exit_codes_become_reasons),
		TEST(a_disk_of_another_identity_is_not_handed_over),
		TEST(a_disk_that_comes_late_is_waited_for),
		TEST(a_node_left_by_another_device_is_not_taken),
		TEST(a_connection_without_the_nas_is_unavailable),
		TEST(a_subsystem_that_detach_could_not_find_is_refused),
		TEST(detach_disconnects_and_may_be_repeated),
		TEST(detach_touches_only_the_exact_object_over_tcp),
		TEST(detach_is_not_ok_while_a_controller_lives),
		TEST(list_names_what_could_be_a_volume),
		TEST(rescan_waits_for_the_new_size),
		TEST(names_come_from_the_node_or_its_machine_id),
		TEST(a_node_says_its_name_if_it_has_one),
		TEST(memory_may_run_out_anywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
