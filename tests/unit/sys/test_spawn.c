/* SPDX-License-Identifier: BSD-2-Clause */
/* Programs get nothing of ours, end in time, and leave nothing behind. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "sys/spawn.h"
#include "sys/watch.h"

struct fixture {
	struct arena *arena;
	struct cancel *cancel;
	struct call call;
	const char *argv[4]; /* outlives run() for spawn_says() */
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return -1;
	f->arena = arena_new(4u << 20);
	f->cancel = cancel_new();
	call_init(&f->call, f->arena, NULL, f->cancel, CLOCK_NEVER);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	cancel_free(f->cancel);
	arena_free(f->arena);
	free(f);
	return 0;
}

static int run(struct fixture *f, struct spawn *spawn, const char *script)
{
	f->argv[0] = "/bin/sh";
	f->argv[1] = "-c";
	f->argv[2] = script;
	spawn->argv = f->argv;
	if (spawn->deadline_ns == 0)
		spawn->deadline_ns = clock_after_ms(20000);
	return spawn_run(&f->call, spawn);
}

static void both_streams_and_the_exit_code_come_back(void **state)
{
	struct spawn spawn = {0};

	assert_int_equal(run(*state, &spawn, "echo out; echo err >&2; exit 3"),
			 0);
	assert_string_equal(spawn.out, "out\n");
	assert_string_equal(spawn.err, "err\n");
	assert_int_equal(spawn.exit_code, 3);
	assert_false(spawn.timed_out);
}

static void input_is_read_from_standard_input(void **state)
{
	struct spawn spawn = {.input = "a secret\nof two lines"};

	assert_int_equal(run(*state, &spawn, "cat"), 0);
	assert_string_equal(spawn.out, "a secret\nof two lines");
}

static void without_input_there_is_nothing_to_read(void **state)
{
	struct spawn spawn = {0};

	assert_int_equal(run(*state, &spawn, "cat; echo end"), 0);
	assert_string_equal(spawn.out, "end\n");
}

static void the_environment_is_ours_alone(void **state)
{
	struct spawn spawn = {0};
	const char *argv[] = {"/usr/bin/env", NULL};

	spawn.argv = argv;
	spawn.deadline_ns = clock_after_ms(20000);
	assert_int_equal(setenv("SCALE_TEST_CANARY", "1", 1), 0);
	assert_int_equal(spawn_run(&((struct fixture *)*state)->call, &spawn),
			 0);
	assert_string_equal(spawn.out, "LC_ALL=C\nPATH=" SPAWN_PATH "\n");
}

static void no_other_descriptor_is_inherited(void **state)
{
	int leaky = open("/dev/null", O_RDONLY); /* without O_CLOEXEC */
	struct spawn spawn = {0};

	assert_true(leaky >= 0);
	/* 3 is the directory that ls itself reads */
	assert_int_equal(run(*state, &spawn, "exec ls /proc/self/fd"), 0);
	assert_string_equal(spawn.out, "0\n1\n2\n3\n");
	close(leaky);
}

static void signals_are_at_their_defaults(void **state)
{
	struct spawn spawn = {0};
	sigset_t all, before;

	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	signal(SIGPIPE, SIG_IGN);
	int rc = run(*state, &spawn,
		     "grep -E 'SigBlk' /proc/self/status; "
		     "sed -n 's/^SigIgn:.//p' "
		     "/proc/self/status");
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	signal(SIGPIPE, SIG_DFL);

	assert_int_equal(rc, 0);
	const char *ignored = strchr(spawn.out, '\n');
	assert_non_null(ignored);
	assert_int_equal(strncmp(spawn.out, "SigBlk:\t0000000000000000\n", 25),
			 0);
	/* 32 and 33 are the C library's own and not ours to set */
	assert_int_equal(strtoull(ignored + 1, NULL, 16) & ~(3ull << 31), 0);
}

static void long_output_is_cut_and_does_not_block_the_program(void **state)
{
	struct spawn spawn = {0};

	assert_int_equal(
		run(*state, &spawn, "head -c 1000000 /dev/zero | tr '\\0' x"),
		0);
	assert_int_equal(strlen(spawn.out), SPAWN_OUTPUT_MAX);
	assert_int_equal(spawn.exit_code, 0);
}

static void the_whole_group_dies_at_the_deadline(void **state)
{
	struct spawn spawn = {.deadline_ns = clock_after_ms(200)};
	int64_t before = clock_now_ns();
	pid_t grandchild;

	assert_int_equal(run(*state, &spawn, "sleep 1000 & echo $!; wait"),
			 -ETIMEDOUT);
	assert_true(spawn.timed_out);
	assert_int_equal(spawn.exit_code, -1);
	assert_true(clock_now_ns() - before < 10 * CLOCK_NS_PER_S);
	grandchild = (pid_t)strtol(spawn.out, NULL, 10);
	assert_true(grandchild > 1);
	/* killed with the group; init (or we) reap it when we get to it */
	for (int i = 0; i < 100 && kill(grandchild, 0) == 0; i++) {
		char path[64], stat[256] = "";
		FILE *file;

		snprintf(path, sizeof(path), "/proc/%d/stat", grandchild);
		file = fopen(path, "r");
		if (file == NULL)
			return;
		char *line = fgets(stat, sizeof(stat), file);
		fclose(file);
		if (line == NULL || strstr(line, ") Z ") != NULL)
			return;
		watch_pause(NULL, 20);
	}
	assert_int_equal(kill(grandchild, 0), -1);
}

static void the_calls_deadline_counts_too(void **state)
{
	struct fixture *f = *state;
	struct spawn spawn = {0};

	f->call.deadline_ns = clock_after_ms(100);
	assert_int_equal(run(f, &spawn, "sleep 1000"), -ECANCELED);
	assert_false(spawn.timed_out);
	assert_int_equal(spawn_status(&f->call, -ECANCELED, SCALE_INTERNAL),
			 SCALE_DEADLINE_EXCEEDED);
}

static void *cancel_soon(void *arg)
{
	watch_pause(NULL, 100);
	cancel_set(arg);
	return NULL;
}

static void a_cancel_ends_the_program(void **state)
{
	struct fixture *f = *state;
	struct spawn spawn = {0};
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, cancel_soon, f->cancel),
			 0);
	int rc = run(f, &spawn, "sleep 1000");
	pthread_join(thread, NULL);
	assert_int_equal(rc, -ECANCELED);
	assert_int_equal(spawn_status(&f->call, rc, SCALE_INTERNAL),
			 SCALE_CANCELLED);
}

static void what_must_not_be_cancelled_runs_to_its_end(void **state)
{
	struct fixture *f = *state;
	struct spawn spawn = {.never_cancel = true};

	cancel_set(f->cancel);
	assert_int_equal(run(f, &spawn, "echo formatted"), 0);
	assert_string_equal(spawn.out, "formatted\n");
}

static void a_cancelled_call_starts_nothing(void **state)
{
	struct fixture *f = *state;
	struct spawn spawn = {0};

	cancel_set(f->cancel);
	assert_int_equal(run(f, &spawn, "echo started"), -ECANCELED);
	assert_string_equal(spawn.out, "");
}

static void a_missing_program_is_told_apart(void **state)
{
	struct fixture *f = *state;
	const char *argv[] = {"/nowhere/at/all", NULL};
	struct spawn spawn = {.argv = argv,
			      .deadline_ns = clock_after_ms(1000)};
	const char *relative[] = {"sh", NULL};

	assert_int_equal(spawn_run(&f->call, &spawn), -ENOENT);
	spawn.argv = relative;
	assert_int_equal(spawn_run(&f->call, &spawn), -EINVAL);
}

static void programs_are_found_on_the_fixed_path(void **state)
{
	struct fixture *f = *state;
	const char *argv[] = {"no-such-program-here", NULL};
	struct spawn spawn = {.argv = argv,
			      .deadline_ns = clock_after_ms(1000)};

	assert_non_null(spawn_find(f->arena, "sh"));
	assert_null(spawn_find(f->arena, "no-such-program-here"));
	assert_int_equal(spawn_tool(&f->call, &spawn), -ENOENT);
	assert_string_equal(spawn_says(&f->call, &spawn, -ENOENT),
			    "there is no program 'no-such-program-here' on "
			    "this node");
}

static void a_failure_is_told_in_the_programs_own_words(void **state)
{
	struct fixture *f = *state;
	struct spawn spawn = {0};

	assert_int_equal(
		run(f, &spawn, "echo 'it is broken.' >&2; echo x >&2; exit 1"),
		0);
	assert_string_equal(spawn_says(&f->call, &spawn, 0), "it is broken");
	assert_int_equal(run(f, &spawn, "exit 4"), 0);
	assert_string_equal(spawn_says(&f->call, &spawn, 0),
			    "'/bin/sh' ended with exit code 4");
	assert_int_equal(run(f, &spawn, "kill -9 $$"), 0);
	assert_int_equal(spawn.exit_code, -1);
	assert_string_equal(spawn_says(&f->call, &spawn, 0),
			    "'/bin/sh' was ended by a signal");
}

static void a_daemon_left_by_the_program_is_not_waited_for(void **state)
{
	struct spawn spawn = {0};
	int64_t before = clock_now_ns();

	/* it holds both streams open */
	assert_int_equal(run(*state, &spawn, "setsid sleep 5 & echo done"), 0);
	assert_string_equal(spawn.out, "done\n");
	assert_true(clock_now_ns() - before < 4 * CLOCK_NS_PER_S);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(both_streams_and_the_exit_code_come_back),
		TEST(input_is_read_from_standard_input),
		TEST(without_input_there_is_nothing_to_read),
		TEST(the_environment_is_ours_alone),
		TEST(no_other_descriptor_is_inherited),
		TEST(signals_are_at_their_defaults),
		TEST(long_output_is_cut_and_does_not_block_the_program),
		TEST(the_whole_group_dies_at_the_deadline),
		TEST(the_calls_deadline_counts_too),
		TEST(a_cancel_ends_the_program),
		TEST(what_must_not_be_cancelled_runs_to_its_end),
		TEST(a_cancelled_call_starts_nothing),
		TEST(a_missing_program_is_told_apart),
		TEST(programs_are_found_on_the_fixed_path),
		TEST(a_failure_is_told_in_the_programs_own_words),
		TEST(a_daemon_left_by_the_program_is_not_waited_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
