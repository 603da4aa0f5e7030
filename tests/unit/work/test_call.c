/* SPDX-License-Identifier: BSD-2-Clause */
/* A call records why it failed in a text that is fit for a status message. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "work/call.h"

#include <cmocka.h>

static int set_up(void **state)
{
	static struct call call;

	call_init(&call, arena_new(CALL_ARENA_BYTES), NULL, cancel_new(),
		  CLOCK_NEVER);
	*state = &call;
	return call.arena == NULL || call.cancel == NULL;
}

static int tear_down(void **state)
{
	struct call *call = *state;

	arena_free(call->arena);
	cancel_free(call->cancel);
	return 0;
}

static void a_fresh_call_has_an_id_and_no_reason(void **state)
{
	struct call *call = *state;

	assert_int_equal(strlen(call->id), 8);
	assert_int_equal(strspn(call->id, "0123456789abcdef"), 8);
	assert_string_equal(call->reason, "");
	assert_int_equal(call->status, SCALE_OK);
	assert_int_equal(ledger_state(&call->ledger), LEDGER_CLEAN);
	assert_int_equal(call_check(call), SCALE_OK);
}

static void ids_differ(void **state)
{
	struct call *call = *state, other;

	call_init(&other, call->arena, NULL, NULL, CLOCK_NEVER);
	assert_string_not_equal(call->id, other.id);
}

static void a_later_failure_replaces_an_earlier_one(void **state)
{
	struct call *call = *state;

	assert_int_equal(call_fail(call, SCALE_NOT_FOUND, "'%s' is gone", "a"),
			 SCALE_NOT_FOUND);
	assert_string_equal(call->reason, "'a' is gone");
	assert_int_equal(
		call_fail(call, SCALE_INTERNAL, "%s, too", call->reason),
		SCALE_INTERNAL);
	assert_int_equal(call->status, SCALE_INTERNAL);
	assert_string_equal(call->reason, "'a' is gone, too");
}

static void a_prefix_says_what_was_attempted(void **state)
{
	struct call *call = *state;

	(void)call_fail(call, SCALE_UNAVAILABLE, "no route");
	assert_int_equal(call_prefix(call, "cannot read '%s'", "tank"),
			 SCALE_UNAVAILABLE);
	assert_string_equal(call->reason, "cannot read 'tank': no route");
}

static void a_prefix_stands_alone_without_a_reason(void **state)
{
	struct call *call = *state;

	(void)call_prefix(call, "cannot read '%s'", "tank");
	assert_string_equal(call->reason, "cannot read 'tank'");
}

static void a_reason_is_cut_at_900_bytes(void **state)
{
	struct call *call = *state;
	char text[2001];

	for (size_t i = 0; i < 1000; i++)
		memcpy(text + 2 * i, "\xc3\xbc", 2);
	text[2000] = '\0';
	(void)call_fail(call, SCALE_INTERNAL, "x%s", text);
	assert_int_equal(strlen(call->reason), 899);
	assert_true(text_is_utf8(call->reason, 899));
	(void)call_prefix(call, "%s", text);
	assert_int_equal(strlen(call->reason), 900);
}

static void a_reason_holds_nothing_unprintable(void **state)
{
	struct call *call = *state;

	(void)call_fail(call, SCALE_INTERNAL, "a\nb\x1b[0m\xff");
	assert_string_equal(call->reason, "a?b?[0m?");
}

static void without_memory_there_is_still_a_reason(void **state)
{
	struct call *call = *state;

	arena_set_failure(call->arena, 1);
	assert_int_equal(call_fail(call, SCALE_NOT_FOUND, "gone"),
			 SCALE_NOT_FOUND);
	assert_non_null(strstr(call->reason, "memory"));
	assert_int_equal(call_nomem(call), SCALE_RESOURCE_EXHAUSTED);
	assert_int_equal(call->status, SCALE_RESOURCE_EXHAUSTED);
	assert_null(call_printf(call, "%d", 1));
}

static void a_cancelled_call_is_over(void **state)
{
	struct call *call = *state;

	assert_false(call_is_over(call));
	cancel_set(call->cancel);
	assert_true(call_is_over(call));
	assert_string_equal(call->reason, "");
	assert_int_equal(call_check(call), SCALE_CANCELLED);
	assert_string_not_equal(call->reason, "");
}

static void a_call_past_its_deadline_is_over(void **state)
{
	struct call *call = *state;

	call->deadline_ns = clock_now_ns();
	assert_true(call_is_over(call));
	assert_int_equal(call_check(call), SCALE_DEADLINE_EXCEEDED);
	assert_int_equal(call->status, SCALE_DEADLINE_EXCEEDED);
}

static void a_log_line_names_the_call(void **state)
{
	struct call *call = *state;
	char line[512] = "";
	int fds[2];

	assert_int_equal(pipe2(fds, O_NONBLOCK), 0);
	call->log = log_new(fds[1], LOG_LOGFMT, SCALE_INFO);
	call->verb = "CreateVolume";
	call->volume = "scale-nfs:tank/a";
	memcpy(call->id, "0123abcd", 8);
	call_log(call, SCALE_NOTICE, "made %d", 1);
	assert_true(read(fds[0], line, sizeof(line) - 1) > 0);
	assert_non_null(strstr(line, " level=notice rpc=CreateVolume "
				     "id=0123abcd volume=scale-nfs:tank/a "
				     "msg=\"made 1\"\n"));
	log_free(call->log);
	(void)close(fds[0]);
	(void)close(fds[1]);
}

static void statuses_have_the_names_of_grpc(void **state)
{
	(void)state;
	assert_string_equal(status_name(SCALE_OK), "OK");
	assert_string_equal(status_name(SCALE_UNAVAILABLE), "UNAVAILABLE");
	assert_string_equal(status_name(SCALE_UNAUTHENTICATED),
			    "UNAUTHENTICATED");
	assert_string_equal(status_name(15), "UNKNOWN");
	assert_string_equal(status_name(17), "UNKNOWN");
	assert_string_equal(status_name(-1), "UNKNOWN");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(a_fresh_call_has_an_id_and_no_reason),
		TEST(ids_differ),
		TEST(a_later_failure_replaces_an_earlier_one),
		TEST(a_prefix_says_what_was_attempted),
		TEST(a_prefix_stands_alone_without_a_reason),
		TEST(a_reason_is_cut_at_900_bytes),
		TEST(a_reason_holds_nothing_unprintable),
		TEST(without_memory_there_is_still_a_reason),
		TEST(a_cancelled_call_is_over),
		TEST(a_call_past_its_deadline_is_over),
		TEST(a_log_line_names_the_call),
		TEST(statuses_have_the_names_of_grpc),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
