/* SPDX-License-Identifier: BSD-2-Clause */
/* The NFS backend against a scripted NAS. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "fake_host.h"
#include "nfs.h"

#define ROW                                                                    \
	"{\"id\":7,\"path\":\"/mnt/tank/k8s/pvc-1\",\"enabled\":true,"         \
	"\"locked\":false,\"comment\":\"scale-nfs:tank/k8s/pvc-1\"}"
#define FOREIGN_ROW                                                            \
	"{\"id\":7,\"path\":\"/mnt/tank/k8s/pvc-1\",\"enabled\":true,"         \
	"\"locked\":false,\"comment\":\"theirs\"}"
#define RUNNING "[{\"service\":\"nfs\",\"state\":\"RUNNING\"}]"

struct scene {
	struct fake_host *fake;
	struct scale_volume *volume;
	const struct scale_backend *backend;
};

static int set_up(void **state)
{
	static struct scene scene;

	scene.backend = scale_backend_entry();
	scene.fake = fake_new(scene.backend);
	scene.volume = fake_volume(scene.fake, SCALE_FILESYSTEM);
	fake_config(scene.fake, "server", "10.0.0.5");
	*state = &scene;
	return 0;
}

static int tear_down(void **state)
{
	struct scene *scene = *state;

	assert_string_equal(fake_complaints(scene->fake), "");
	fake_free(scene->fake);
	return 0;
}

static void say(struct scene *scene, const char *method, const char *result)
{
	fake_reply(scene->fake,
		   (struct fake_reply){.method = method, .result = result});
}

static void refuse(struct scene *scene, const char *method, scale_status status)
{
	fake_reply(scene->fake,
		   (struct fake_reply){.method = method, .status = status});
}

static scale_status create(struct scene *scene)
{
	return fake_end(scene->fake,
			scene->backend->controller->create(
				NULL, fake_begin(scene->fake), scene->volume));
}

static scale_status destroy(struct scene *scene)
{
	return fake_end(scene->fake,
			scene->backend->controller->destroy(
				NULL, fake_begin(scene->fake), scene->volume));
}

static scale_status publish(struct scene *scene)
{
	const struct scale_grant grant = {.struct_size = sizeof(grant)};

	return fake_end(scene->fake, scene->backend->controller->publish(
					     NULL, fake_begin(scene->fake),
					     scene->volume, &grant));
}

static void a_fresh_share_is_open_and_asked_for_beside_the_dataset(void **state)
{
	struct scene *scene = *state;
	const char *params;

	say(scene, "sharing.nfs.query", "[]");
	say(scene, "sharing.nfs.create", ROW);
	assert_int_equal(create(scene), SCALE_OK);
	assert_string_equal(fake_order(scene->fake),
			    "sharing.nfs.query export_path sharing.nfs.create");
	params = fake_params(scene->fake, "sharing.nfs.create", 0);
	assert_non_null(strstr(params, "\"hosts\":[\"*\"]"));
	assert_non_null(strstr(params, "\"maproot_user\":\"root\""));
	assert_int_equal(fake_flags(scene->fake, "sharing.nfs.create", 0),
			 SCALE_RPC_CREATE);
	assert_string_equal(
		fake_put(scene->fake, SCALE_PUT_STATE, NFS_STATE_SHARE), "7");
}

static void a_share_that_is_there_is_not_made_again(void **state)
{
	struct scene *scene = *state;

	say(scene, "sharing.nfs.query", "[" ROW "]");
	assert_int_equal(create(scene), SCALE_OK);
	assert_int_equal(fake_count(scene->fake, "sharing.nfs.create"), 0);
}

static void a_refusal_is_believed_only_if_nobody_was_faster(void **state)
{
	struct scene *scene = *state;

	fake_reply(scene->fake,
		   (struct fake_reply){.method = "sharing.nfs.query",
				       .result = "[]",
				       .times = 1});
	say(scene, "sharing.nfs.query", "[" ROW "]");
	refuse(scene, "sharing.nfs.create", SCALE_INVALID_ARGUMENT);
	assert_int_equal(create(scene), SCALE_OK);
	fake_forget_script(scene->fake);
	say(scene, "sharing.nfs.query", "[]");
	refuse(scene, "sharing.nfs.create", SCALE_INVALID_ARGUMENT);
	assert_int_equal(create(scene), SCALE_INVALID_ARGUMENT);
	assert_non_null(strstr(scene->fake->fail_text, "scripted"));
}

static void an_unanswered_create_is_unavailable(void **state)
{
	struct scene *scene = *state;

	say(scene, "sharing.nfs.query", "[]");
	refuse(scene, "sharing.nfs.create", SCALE_UNKNOWN);
	assert_int_equal(create(scene), SCALE_UNAVAILABLE);
}

static void what_cannot_be_ours_is_a_failed_precondition(void **state)
{
	static const struct {
		const char *rows, *says;
	} cases[] = {
		{"[" ROW "," ROW "]", "several"},
		{"[{\"id\":7,\"enabled\":false}]", "disabled"},
	};
	struct scene *scene = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		fake_forget_script(scene->fake);
		say(scene, "sharing.nfs.query", cases[i].rows);
		assert_int_equal(create(scene), SCALE_FAILED_PRECONDITION);
		assert_non_null(strstr(scene->fake->fail_text, cases[i].says));
		assert_int_equal(fake_count(scene->fake, "sharing.nfs.create"),
				 0);
	}
}

static void without_the_dataset_nothing_is_made(void **state)
{
	struct scene *scene = *state;

	say(scene, "sharing.nfs.query", "[]");
	scene->fake->export_status = SCALE_ALREADY_EXISTS;
	assert_int_equal(create(scene), SCALE_ALREADY_EXISTS);
	assert_string_equal(fake_order(scene->fake),
			    "sharing.nfs.query export_path");
}

static void a_share_goes_by_the_id_that_was_found(void **state)
{
	struct scene *scene = *state;

	say(scene, "sharing.nfs.query", "[" ROW "]");
	say(scene, "sharing.nfs.delete", "true");
	assert_int_equal(destroy(scene), SCALE_OK);
	assert_string_equal(fake_order(scene->fake),
			    "sharing.nfs.query export_path sharing.nfs.delete");
	assert_string_equal(fake_params(scene->fake, "sharing.nfs.delete", 0),
			    "[7]");
	assert_int_equal(fake_flags(scene->fake, "sharing.nfs.delete", 0),
			 SCALE_RPC_DELETE);
}

/* Perhaps of a directory: the dataset may be absent. */
static void a_share_without_our_comment_is_left(void **state)
{
	struct scene *scene = *state;

	say(scene, "sharing.nfs.query", "[" FOREIGN_ROW "]");
	assert_int_equal(destroy(scene), SCALE_OK);
	assert_int_equal(fake_count(scene->fake, "sharing.nfs.delete"), 0);
}

static void a_destroy_says_ok_only_of_what_is_gone(void **state)
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
		say(scene, "sharing.nfs.query", "[" ROW "]");
		refuse(scene, "sharing.nfs.delete", cases[i].answer);
		assert_int_equal(destroy(scene), cases[i].want);
	}
	fake_forget_script(scene->fake);
	say(scene, "sharing.nfs.query", "[]");
	assert_int_equal(destroy(scene), SCALE_OK);
}

static void a_refused_destroy_leaves_the_share(void **state)
{
	struct scene *scene = *state;

	say(scene, "sharing.nfs.query", "[" ROW "]");
	scene->fake->export_status = SCALE_FAILED_PRECONDITION;
	assert_int_equal(destroy(scene), SCALE_FAILED_PRECONDITION);
	assert_int_equal(fake_count(scene->fake, "sharing.nfs.delete"), 0);
}

static void publish_says_where_the_share_is(void **state)
{
	struct scene *scene = *state;

	say(scene, "sharing.nfs.query", "[" ROW "]");
	say(scene, "service.query", RUNNING);
	assert_int_equal(publish(scene), SCALE_OK);
	assert_string_equal(
		fake_put(scene->fake, SCALE_PUT_PUBLISH, NFS_PUBLISH_SERVER),
		"10.0.0.5");
	assert_string_equal(
		fake_put(scene->fake, SCALE_PUT_PUBLISH, NFS_PUBLISH_SHARE),
		"/mnt/tank/k8s/pvc-1");
}

static void publish_refuses_what_no_node_could_mount(void **state)
{
	static const struct {
		const char *service, *row, *says;
	} cases[] = {
		{"[{\"state\":\"STOPPED\"}]", "[" ROW "]", "not running"},
		{RUNNING,
		 "[{\"id\":7,\"enabled\":true,\"locked\":true,"
		 "\"path\":\"/mnt/tank/k8s/pvc-1\"}]",
		 "locked"},
	};
	struct scene *scene = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		fake_forget_script(scene->fake);
		say(scene, "sharing.nfs.query", cases[i].row);
		say(scene, "service.query", cases[i].service);
		assert_int_equal(publish(scene), SCALE_FAILED_PRECONDITION);
		assert_non_null(strstr(scene->fake->fail_text, cases[i].says));
		assert_int_equal(fake_put_count(scene->fake, SCALE_PUT_PUBLISH),
				 0);
	}
}

static void memory_may_run_out_anywhere(void **state)
{
	struct scene *scene = *state;
	uint32_t n_allocs;

	say(scene, "sharing.nfs.query", "[]");
	say(scene, "sharing.nfs.create", ROW);
	assert_int_equal(create(scene), SCALE_OK);
	n_allocs = scene->fake->n_allocs;
	assert_true(n_allocs > 0);
	for (uint32_t i = 1; i <= n_allocs; i++) {
		scene->fake->alloc_fails_at = i;
		(void)create(scene); /* that it returns is what is asked */
	}
	scene->fake->alloc_fails_at = 0;
}

static void the_end_of_the_call_is_passed_on(void **state)
{
	struct scene *scene = *state;
	uint32_t n_services;

	say(scene, "sharing.nfs.query", "[]");
	say(scene, "sharing.nfs.create", ROW);
	assert_int_equal(create(scene), SCALE_OK);
	n_services = scene->fake->n_services;
	for (uint32_t i = 1; i < n_services; i++) {
		scale_status st;

		scene->fake->over_after = i;
		st = create(scene);
		assert_true(st == SCALE_CANCELLED || st == SCALE_UNAVAILABLE ||
			    st == SCALE_OK);
	}
}

/* ---- the node's half ------------------------------------------------------
 */

static scale_status attach(struct scene *scene, const char *server,
			   const char *const *options,
			   struct scale_attached *ret_attached)
{
	struct scale_attach request = {
		.struct_size = sizeof(request),
		.publish = fake_map(scene->fake, NFS_PUBLISH_SERVER, server,
				    NFS_PUBLISH_SHARE, "/mnt/tank/k8s/pvc-1",
				    NULL),
		.options = options,
	};

	*ret_attached =
		(struct scale_attached){.struct_size = sizeof(*ret_attached)};
	return fake_end(scene->fake,
			scene->backend->node->attach(
				NULL, fake_begin(scene->fake), scene->volume,
				&request, ret_attached));
}

static const char *join(const char *const *list, char *text, size_t size)
{
	text[0] = '\0';
	for (; *list != NULL; list++) {
		size_t len = strlen(text);

		(void)snprintf(text + len, size - len, "%s%s",
			       len > 0 ? "," : "", *list);
	}
	return text;
}

static void the_users_words_win_over_hard(void **state)
{
	static const struct {
		const char *given[3], *want;
	} cases[] = {
		{{NULL}, "hard"},
		{{"soft", NULL}, "soft"},
		{{"softerr", "timeo=50", NULL}, "softerr,timeo=50"},
		{{"softreval", NULL}, "hard,softreval"},
	};
	struct scene *scene = *state;
	struct scale_attached attached;
	char text[128];

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		assert_int_equal(
			attach(scene, "10.0.0.5", cases[i].given, &attached),
			SCALE_OK);
		assert_string_equal(join(attached.options, text, sizeof(text)),
				    cases[i].want);
		assert_string_equal(attached.fs_type, "nfs");
		assert_string_equal(attached.sources[0],
				    "10.0.0.5:/mnt/tank/k8s/pvc-1");
		assert_null(attached.sources[1]);
	}
}

static void an_ipv6_server_has_brackets(void **state)
{
	struct scene *scene = *state;
	struct scale_attached attached;

	assert_int_equal(attach(scene, "fd00::5", NULL, &attached), SCALE_OK);
	assert_string_equal(attached.sources[0],
			    "[fd00::5]:/mnt/tank/k8s/pvc-1");
}

static void the_class_chooses_version_and_connections(void **state)
{
	struct scene *scene = *state;
	struct scale_attached attached;
	char text[128];

	scene->volume->context =
		fake_map(scene->fake, "version", "4.1", "nconnect", "4", NULL);
	assert_int_equal(attach(scene, "10.0.0.5", NULL, &attached), SCALE_OK);
	assert_string_equal(join(attached.options, text, sizeof(text)),
			    "hard,vers=4.1,nconnect=4");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_fresh_share_is_open_and_asked_for_beside_the_dataset),
		TEST(a_share_that_is_there_is_not_made_again),
		TEST(a_refusal_is_believed_only_if_nobody_was_faster),
		TEST(an_unanswered_create_is_unavailable),
		TEST(what_cannot_be_ours_is_a_failed_precondition),
		TEST(without_the_dataset_nothing_is_made),
		TEST(a_share_goes_by_the_id_that_was_found),
		TEST(a_share_without_our_comment_is_left),
		TEST(a_destroy_says_ok_only_of_what_is_gone),
		TEST(a_refused_destroy_leaves_the_share),
		TEST(publish_says_where_the_share_is),
		TEST(publish_refuses_what_no_node_could_mount),
		TEST(memory_may_run_out_anywhere),
		TEST(the_end_of_the_call_is_passed_on),
		TEST(the_users_words_win_over_hard),
		TEST(an_ipv6_server_has_brackets),
		TEST(the_class_chooses_version_and_connections),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
