/* SPDX-License-Identifier: BSD-2-Clause */
/* Programs for a backend: declared ones only, found where they belong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "harness.h"

static struct harness harness;
static char tools[32];

static void make_tool(const char *name, const char *script)
{
	char path[64];
	FILE *out;

	(void)snprintf(path, sizeof(path), "%s/%s", tools, name);
	out = fopen(path, "we");
	assert_non_null(out);
	assert_true(fputs(script, out) >= 0);
	assert_int_equal(fclose(out), 0);
	assert_int_equal(chmod(path, 0755), 0);
}

static int setup(void **state)
{
	(void)state;
	(void)snprintf(tools, sizeof(tools), "/tmp/tools-XXXXXX");
	if (mkdtemp(tools) == NULL)
		return -1;
	harness_init(&harness, (struct host_config){.tool_dir = tools});
	return 0;
}

static int teardown(void **state)
{
	char path[64];

	(void)state;
	harness_done(&harness);
	(void)snprintf(path, sizeof(path), "%s/toytool", tools);
	(void)unlink(path); /* if there is one */
	(void)snprintf(path, sizeof(path), "%s/cat", tools);
	(void)unlink(path);
	return rmdir(tools);
}

static scale_status run(struct scale_call *call, void *arg)
{
	return call->host->exec(call, arg);
}

static struct scale_exec request(const char *const *argv, const char *input)
{
	return (struct scale_exec){.struct_size = sizeof(struct scale_exec),
				   .argv = argv,
				   .input = input};
}

static void a_tool_beside_the_backends_comes_first(void **state)
{
	const char *argv[] = {"cat", "word", NULL};
	struct scale_exec exec = request(argv, "ignored");

	(void)state;
	make_tool("cat", "#!/bin/sh\necho own $1\necho bad >&2\nexit 3\n");
	assert_int_equal(harness_run(&harness, run, &exec), SCALE_OK);
	assert_int_equal(exec.exit_code, 3);
	assert_string_equal(exec.out, "own word\n");
	assert_string_equal(exec.err, "bad\n");
	/* the node's own is asked for by a flag */
	argv[1] = NULL;
	exec.flags = SCALE_EXEC_HOST;
	exec.input = "through";
	assert_int_equal(harness_run(&harness, run, &exec), SCALE_OK);
	assert_string_equal(exec.out, "through");
}

static void an_undeclared_program_is_refused(void **state)
{
	const char *argv[] = {"ls", NULL};
	struct scale_exec exec = request(argv, NULL);

	(void)state;
	assert_int_equal(harness_run(&harness, run, &exec), SCALE_INTERNAL);
	assert_non_null(strstr(harness.call.reason,
			       "ran 'ls', which it does not declare"));
	argv[0] = "/bin/cat";
	assert_int_equal(harness_run(&harness, run, &exec), SCALE_INTERNAL);
}

static void a_program_that_is_not_there_is_named(void **state)
{
	const char *argv[] = {"toytool", NULL};
	struct scale_exec exec = request(argv, NULL);

	(void)state;
	assert_int_equal(harness_run(&harness, run, &exec),
			 SCALE_FAILED_PRECONDITION);
	assert_string_equal(harness.call.reason,
			    "the program 'toytool' is not installed on this "
			    "node");
}

static void a_secret_is_no_argument(void **state)
{
	static const struct scale_kv secrets[] = {
		{"password", "hunter2hunter"}};
	const char *argv[] = {"cat", "--word=hunter2hunter", NULL};
	struct scale_exec exec = request(argv, NULL);

	(void)state;
	harness.inv.secrets = (struct scale_map){secrets, 1};
	assert_int_equal(harness_run(&harness, run, &exec), SCALE_INTERNAL);
	assert_non_null(strstr(harness.call.reason, "as an argument"));
	assert_null(strstr(harness.call.reason, "hunter2hunter"));
	/* but it may be input, which is not logged */
	argv[1] = NULL;
	exec = request(argv, "hunter2hunter");
	exec.flags = SCALE_EXEC_SECRET;
	assert_int_equal(harness_run(&harness, run, &exec), SCALE_OK);
	assert_string_equal(exec.out, "hunter2hunter");
	assert_null(strstr(harness_log(&harness), "hunter2hunter"));
}

static void a_program_ends_with_the_call(void **state)
{
	const char *argv[] = {"sleep", "60", NULL};
	struct scale_exec exec = request(argv, NULL);

	(void)state;
	harness.call.deadline_ns = clock_after_ms(50);
	assert_int_equal(harness_run(&harness, run, &exec),
			 SCALE_DEADLINE_EXCEEDED);
	assert_true(clock_now_ns() <
		    harness.call.deadline_ns + 30 * CLOCK_NS_PER_S);
}

static void the_nodes_own_program_is_run_in_its_root(void **state)
{
	const char *argv[] = {"toytool", NULL};
	const char *there[] = {"cat", "/etc/hostname", NULL};
	struct scale_exec exec = request(argv, NULL);
	struct harness rooted;

	(void)state;
	harness_init(&rooted, (struct host_config){.host_root = "/"});
	exec.flags = SCALE_EXEC_HOST;
	assert_int_equal(harness_run(&rooted, run, &exec),
			 SCALE_FAILED_PRECONDITION);
	assert_non_null(strstr(rooted.call.reason, "'toytool'"));
	exec = request(there, NULL);
	exec.flags = SCALE_EXEC_HOST;
	assert_int_equal(harness_run(&rooted, run, &exec), SCALE_OK);
	assert_int_equal(exec.exit_code, 0);
	harness_done(&rooted);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		TEST(a_tool_beside_the_backends_comes_first),
		TEST(an_undeclared_program_is_refused),
		TEST(a_program_that_is_not_there_is_named),
		TEST(a_secret_is_no_argument),
		TEST(a_program_ends_with_the_call),
		TEST(the_nodes_own_program_is_run_in_its_root),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
