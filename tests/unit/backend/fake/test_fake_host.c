/* SPDX-License-Identifier: BSD-2-Clause */
/* The fake host keeps its word, and complains of a backend that does not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <poll.h>
#include <string.h>

#include "fake_host.h"

static const struct scale_param toy_params[] = {
	{SCALE_STRING, SCALE_PARAM_CLASS, "mode", "0777", NULL, "The mode."},
	{SCALE_STRING, SCALE_PARAM_CONFIG, "hosts", "*", NULL, "Who may come."},
	{SCALE_STRING, SCALE_PARAM_SECRET, "password", NULL, NULL, "The word."},
};
static const char *const toy_methods[] = {"toy.*", NULL};
static const char *const toy_tools[] = {"toyadm", NULL};
static const char *const toy_paths[] = {"/etc/toy/", NULL};
static const struct scale_backend toy = {
	SCALE_BACKEND_HEAD,
	.name = "toy",
	.id_prefix = "scale-toy",
	.version = "1",
	.summary = "A toy.",
	.can = SCALE_CAN_FILESYSTEM,
	.thread_model = SCALE_PARALLEL,
	.param_size = sizeof(struct scale_param),
	.n_params = 3,
	.params = toy_params,
	.methods = toy_methods,
	.tools = toy_tools,
	.paths = toy_paths,
};

static int setup(void **state)
{
	*state = fake_new(&toy);
	return 0;
}

static int teardown(void **state)
{
	fake_free(*state);
	return 0;
}

static void replies_come_by_method_and_params_in_order(void **state)
{
	struct fake_host *fake = *state;
	struct scale_call *call = fake_begin(fake);
	struct scale_rpc rpc;
	const char *path = NULL;

	fake_reply(fake,
		   (struct fake_reply){"toy.query", .when = "\"a\"",
				       .result = "[{\"id\":7}]", .times = 1});
	fake_reply(fake, (struct fake_reply){"toy.query", .result = "[]"});
	assert_int_equal(scale_rpc_run(call, &rpc, "toy.query", "[\"a\"]",
				       SCALE_RPC_READ),
			 SCALE_OK);
	assert_string_equal(call->host->json_get(call, rpc.result, "/0/id"),
			    "7");
	assert_int_equal(call->host->json_count(call, rpc.result, ""), 1);
	assert_int_equal(call->host->export_path(call, &path), SCALE_OK);
	assert_string_equal(path, "/mnt/tank/k8s/pvc-1");
	assert_int_equal(scale_rpc_run(call, &rpc, "toy.query", "[\"a\"]",
				       SCALE_RPC_READ),
			 SCALE_OK);
	assert_string_equal(rpc.result, "[]");
	assert_string_equal(fake_order(fake),
			    "toy.query export_path toy.query");
	assert_string_equal(fake_params(fake, "toy.query", 1), "[\"a\"]");
	assert_int_equal(fake_flags(fake, "toy.query", 0), SCALE_RPC_READ);
	assert_int_equal(fake_end(fake, SCALE_OK), SCALE_OK);
	assert_string_equal(fake_complaints(fake), "");
}

static void refusals_and_losses_are_told_as_scripted(void **state)
{
	struct fake_host *fake = *state;
	struct scale_call *call = fake_begin(fake);
	struct scale_rpc rpc;

	fake_reply(fake, (struct fake_reply){
				 "toy.create", .status = SCALE_ALREADY_EXISTS,
				 .error = 17, .reason = "taken", .times = 1});
	fake_reply(fake,
		   (struct fake_reply){"toy.create", .status = SCALE_UNKNOWN});
	assert_int_equal(
		scale_rpc_run(call, &rpc, "toy.create", "[]", SCALE_RPC_CREATE),
		SCALE_ALREADY_EXISTS);
	assert_int_equal(rpc.error, 17);
	assert_string_equal(rpc.reason, "taken");
	assert_null(rpc.result);
	assert_int_equal(
		scale_rpc_run(call, &rpc, "toy.create", "[]", SCALE_RPC_CREATE),
		SCALE_UNKNOWN);
	assert_string_equal(fake_complaints(fake), "");
}

static void what_is_not_declared_is_a_complaint(void **state)
{
	struct fake_host *fake = *state;
	struct scale_call *call = fake_begin(fake);
	const char *argv[] = {"rm", "-r", NULL};
	struct scale_exec exec = {.struct_size = sizeof(exec), .argv = argv};
	const char *text = NULL;
	struct scale_rpc rpc;

	fake_reply(fake, (struct fake_reply){.method = "pool.dataset.delete"});
	fake_program(fake, (struct fake_program){.tool = "rm"});
	(void)scale_rpc_run(call, &rpc, "pool.dataset.delete", "[]", 0);
	(void)call->host->exec(call, &exec);
	assert_int_equal(call->host->host_read(call, "/etc/shadow", &text),
			 SCALE_INTERNAL);
	assert_null(call->host->config(call, "colour"));
	assert_non_null(strstr(fake_complaints(fake), "'pool.dataset.delete'"));
	assert_non_null(strstr(fake_complaints(fake), "'rm'"));
	assert_non_null(strstr(fake_complaints(fake), "'/etc/shadow'"));
	assert_non_null(strstr(fake_complaints(fake), "'colour'"));
}

static void a_secret_that_shows_is_a_complaint(void **state)
{
	struct fake_host *fake = *state;
	struct scale_call *call = fake_begin(fake);
	const char *secret;

	fake_secret(fake, "password", "hunter22");
	secret = call->host->secret(call, "password");
	assert_string_equal(secret, "hunter22");
	assert_string_equal(fake_complaints(fake), "");
	(void)call->host->put(call, SCALE_PUT_VOLUME, "word", secret);
	assert_non_null(strstr(fake_complaints(fake), "put() shows"));
}

static void a_careless_end_is_a_complaint(void **state)
{
	struct fake_host *fake = *state;
	struct scale_call *call = fake_begin(fake);
	struct scale_rpc rpc = {.struct_size = sizeof(rpc),
				.method = "toy.query",
				.params = "[]"};

	assert_int_equal(call->host->rpc_submit(call, &rpc), SCALE_OK);
	(void)fake_end(fake, SCALE_NOT_FOUND);
	assert_non_null(strstr(fake_complaints(fake), "without a text"));
	assert_non_null(strstr(fake_complaints(fake), "nobody waited"));
}

static void programs_and_files_follow_the_script(void **state)
{
	struct fake_host *fake = *state;
	struct scale_call *call = fake_begin(fake);
	const char *argv[] = {"toyadm", "login", NULL};
	struct scale_exec exec = {
		.struct_size = sizeof(exec), .argv = argv, .input = "yes"};
	const char *text = NULL;

	fake_program(fake,
		     (struct fake_program){"toyadm", .when = "login",
					   .out = "done", .exit_code = 15});
	assert_int_equal(call->host->exec(call, &exec), SCALE_OK);
	assert_int_equal(exec.exit_code, 15);
	assert_string_equal(exec.out, "done");
	assert_string_equal(fake_argv(fake, "toyadm", 0), "toyadm login");
	assert_string_equal(fake_input(fake, "toyadm", 0), "yes");
	assert_int_equal(call->host->host_read(call, "/etc/toy/a", &text),
			 SCALE_NOT_FOUND);
	assert_int_equal(call->host->host_write(call, "/etc/toy/a", 0600, "x"),
			 SCALE_OK);
	assert_int_equal(call->host->host_read(call, "/etc/toy/a", &text),
			 SCALE_OK);
	assert_string_equal(text, "x");
	assert_int_equal(fake_file_mode(fake, "/etc/toy/a"), 0600);
	assert_string_equal(fake_complaints(fake), "");
}

static void a_call_ends_where_the_test_wants_it(void **state)
{
	struct fake_host *fake = *state;
	struct scale_call *call = fake_begin(fake);
	struct pollfd fd = {.fd = call->host->cancel_fd(call),
			    .events = POLLIN};

	fake->over_after = 1;
	assert_int_equal(call->host->gate(call, "portal", 1), SCALE_OK);
	assert_int_equal(poll(&fd, 1, 0), 0);
	assert_int_equal(call->host->gate(call, "portal", 1), SCALE_CANCELLED);
	assert_int_equal(poll(&fd, 1, 0), 1);
	assert_int_equal(call->host->check(call), SCALE_CANCELLED);

	fake->over_after = 0;
	fake->waits_max = 2;
	call = fake_begin(fake);
	assert_int_equal(call->host->wait_event(call, "block", 10), SCALE_OK);
	assert_int_equal(call->host->wait_event(call, "block", 10), SCALE_OK);
	assert_int_equal(call->host->wait_event(call, "block", 10),
			 SCALE_DEADLINE_EXCEEDED);
}

static void memory_runs_out_at_the_nth_request(void **state)
{
	struct fake_host *fake = *state;
	struct scale_call *call;

	fake->alloc_fails_at = 2;
	call = fake_begin(fake);
	assert_non_null(call->host->alloc(call, 8));
	assert_null(call->host->alloc(call, 8));
	assert_null(call->host->alloc(call, 8));
}

static void a_volume_comes_with_the_defaults(void **state)
{
	struct fake_host *fake = *state;
	struct scale_volume *volume = fake_volume(fake, SCALE_FILESYSTEM);

	assert_string_equal(volume->id, "scale-toy:tank/k8s/pvc-1");
	assert_int_equal(volume->params.n, 1);
	assert_string_equal(volume->params.kv[0].value, "0777");
	fake_param(fake, volume, "mode", "0700");
	assert_int_equal(volume->params.n, 1);
	assert_string_equal(volume->params.kv[0].value, "0700");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		TEST(replies_come_by_method_and_params_in_order),
		TEST(refusals_and_losses_are_told_as_scripted),
		TEST(what_is_not_declared_is_a_complaint),
		TEST(a_secret_that_shows_is_a_complaint),
		TEST(a_careless_end_is_a_complaint),
		TEST(programs_and_files_follow_the_script),
		TEST(a_call_ends_where_the_test_wants_it),
		TEST(memory_runs_out_at_the_nth_request),
		TEST(a_volume_comes_with_the_defaults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
