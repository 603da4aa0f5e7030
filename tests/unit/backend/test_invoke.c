/* SPDX-License-Identifier: BSD-2-Clause */
/* What every invocation comes to, whatever the backend does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "backend/gate.h"
#include "base/clock.h"
#include "harness.h"

static struct harness harness;

static int setup(void **state)
{
	(void)state;
	harness_init(&harness, (struct host_config){0});
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	harness_done(&harness);
	return 0;
}

static scale_status put_and_return(struct scale_call *call, void *arg)
{
	const scale_status *st = arg;

	(void)call->host->put(call, SCALE_PUT_VOLUME, "server", "10.0.0.5");
	return *st;
}

static void what_was_put_counts_after_ok(void **state)
{
	scale_status ok = SCALE_OK;
	struct scale_map map;

	(void)state;
	assert_int_equal(harness_run(&harness, put_and_return, &ok), SCALE_OK);
	map = map_view(&harness.inv.put[SCALE_PUT_VOLUME]);
	assert_string_equal(map_get(&map, "server"), "10.0.0.5");
}

static void what_was_put_is_dropped_after_a_failure(void **state)
{
	scale_status bad = SCALE_NOT_FOUND;

	(void)state;
	assert_int_equal(harness_run(&harness, put_and_return, &bad),
			 SCALE_NOT_FOUND);
	assert_int_equal(map_view(&harness.inv.put[SCALE_PUT_VOLUME]).n, 0);
}

static void the_call_is_as_it_was_afterwards(void **state)
{
	scale_status ok = SCALE_OK;

	(void)state;
	(void)call_fail(&harness.call, SCALE_ABORTED, "earlier");
	harness.call.backend = "before";
	assert_int_equal(harness_run(&harness, put_and_return, &ok), SCALE_OK);
	assert_null(harness.call.abi.host);
	assert_null(harness.call.invoke);
	assert_string_equal(harness.call.backend, "before");
	assert_int_equal(harness.call.status, SCALE_ABORTED);
	assert_string_equal(harness.call.reason, "earlier");
}

static scale_status just_return(struct scale_call *call, void *arg)
{
	(void)call;
	return *(const scale_status *)arg;
}

static void a_status_that_is_none_becomes_internal(void **state)
{
	static const scale_status rows[] = {SCALE_UNKNOWN, 15, 17, -1, 4711};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		scale_status st = rows[i];

		assert_int_equal(harness_run(&harness, just_return, &st),
				 SCALE_INTERNAL);
		assert_int_equal(harness.call.status, SCALE_INTERNAL);
		assert_non_null(strstr(harness.call.reason, "backend 'toy'"));
	}
	assert_non_null(strstr(harness_log(&harness),
			       "backend 'toy' ended create with the status "
			       "4711"));
}

static void every_status_of_the_header_passes(void **state)
{
	(void)state;
	for (scale_status st = SCALE_CANCELLED; st <= SCALE_UNAUTHENTICATED;
	     st++) {
		if (st == SCALE_UNKNOWN || st == 15)
			continue;
		assert_int_equal(harness_run(&harness, just_return, &st), st);
		assert_int_equal(harness.call.status, st);
	}
}

static void a_failure_without_text_gets_a_sentence(void **state)
{
	scale_status st = SCALE_NOT_FOUND;

	(void)state;
	assert_int_equal(harness_run(&harness, just_return, &st), st);
	assert_string_equal(harness.call.reason,
			    "backend 'toy' could not create it and did not say "
			    "why (NOT_FOUND)");
}

static scale_status fail_loudly(struct scale_call *call, void *arg)
{
	(void)arg;
	return scale_fail(call, SCALE_FAILED_PRECONDITION,
			  "share '%s' is\x01 taken", "a");
}

static void the_backends_own_words_are_kept(void **state)
{
	(void)state;
	assert_int_equal(harness_run(&harness, fail_loudly, NULL),
			 SCALE_FAILED_PRECONDITION);
	assert_string_equal(harness.call.reason, "share 'a' is? taken");
}

static scale_status fail_then_return(struct scale_call *call, void *arg)
{
	(void)scale_fail(call, SCALE_NOT_FOUND, "gone");
	return *(const scale_status *)arg;
}

static void the_status_returned_counts_not_the_one_told(void **state)
{
	scale_status st = SCALE_ABORTED;

	(void)state;
	assert_int_equal(harness_run(&harness, fail_then_return, &st), st);
	assert_int_equal(harness.call.status, SCALE_ABORTED);
	assert_string_equal(harness.call.reason, "gone");
}

static scale_status use_up_memory(struct scale_call *call, void *arg)
{
	const char *text;

	(void)arg;
	while (call->host->alloc(call, 1 << 20) != NULL)
		;
	assert_null(call->host->alloc(call, 1));
	text = scale_text(call, "%d", 5);
	assert_string_equal(text, "");
	assert_int_not_equal(call->host->check(call), SCALE_OK);
	return call->host->put(call, SCALE_PUT_VOLUME, "a", "b");
}

static void after_memory_ran_out_every_service_fails(void **state)
{
	scale_status st;

	(void)state;
	st = harness_run(&harness, use_up_memory, NULL);
	assert_int_equal(st, SCALE_RESOURCE_EXHAUSTED);
}

static void a_missing_optional_function_is_ok(void **state)
{
	const struct scale_attached found = {.struct_size = sizeof(found)};
	struct call *call = &harness.call;
	struct backend *backend = &harness.backend;
	struct invocation *inv = &harness.inv;
	const struct scale_volume *volume = &harness.volume;
	const struct scale_grant grant = {.struct_size = sizeof(grant)};

	(void)state;
	backend->controller.unpublish = NULL;
	assert_int_equal(invoke_validate(call, backend, inv, volume), 0);
	assert_int_equal(invoke_resize(call, backend, inv, volume), 0);
	assert_int_equal(invoke_modify(call, backend, inv, volume), 0);
	assert_int_equal(invoke_unpublish(call, backend, inv, volume, &grant),
			 0);
	assert_int_equal(invoke_probe(call, backend, inv, false), 0);
	assert_int_equal(invoke_probe(call, backend, inv, true), 0);
	assert_int_equal(invoke_identify(call, backend, inv), 0);
	assert_int_equal(invoke_rescan(call, backend, inv, volume, &found), 0);
}

static void a_missing_half_is_told(void **state)
{
	struct scale_attached attached;
	const struct scale_attach attach = {.struct_size = sizeof(attach)};
	struct backend *backend = &harness.backend;

	(void)state;
	backend->descriptor.node = NULL;
	assert_int_equal(invoke_attach(&harness.call, backend, &harness.inv,
				       &harness.volume, &attach, &attached),
			 SCALE_UNIMPLEMENTED);
	assert_string_equal(harness.call.reason,
			    "backend 'toy' has no node half");
	backend->descriptor.controller = NULL;
	assert_int_equal(invoke_destroy(&harness.call, backend, &harness.inv,
					&harness.volume),
			 SCALE_UNIMPLEMENTED);
}

static void an_attached_device_is_handed_over(void **state)
{
	struct scale_attached attached = {0};
	const struct scale_attach attach = {.struct_size = sizeof(attach)};
	scale_status st = SCALE_OK;

	(void)state;
	harness.act = just_return;
	harness.arg = &st;
	assert_int_equal(invoke_attach(&harness.call, &harness.backend,
				       &harness.inv, &harness.volume, &attach,
				       &attached),
			 SCALE_OK);
	assert_string_equal(attached.device, "/dev/toy0");
	assert_int_equal(attached.struct_size, sizeof(attached));
	/* a device is nothing for a volume of files */
	harness.volume.kind = SCALE_FILESYSTEM;
	assert_int_equal(invoke_attach(&harness.call, &harness.backend,
				       &harness.inv, &harness.volume, &attach,
				       &attached),
			 SCALE_INTERNAL);
	assert_non_null(strstr(harness.call.reason, "can be mounted"));
}

/* Two callers in a serial backend: their turns must not overlap. */
struct turn {
	struct harness *harness;
	atomic_int *inside;
	atomic_int *overlaps;
	pthread_t thread;
};

static scale_status take_turn(struct scale_call *call, void *arg)
{
	struct turn *turn = arg;

	(void)call;
	if (atomic_fetch_add(turn->inside, 1) != 0)
		atomic_fetch_add(turn->overlaps, 1);
	for (int i = 0; i < 1000; i++)
		(void)call->host->deadline(call);
	atomic_fetch_sub(turn->inside, 1);
	return SCALE_OK;
}

static void *take_turns(void *arg)
{
	struct turn *turn = arg;

	for (int i = 0; i < 50; i++)
		(void)harness_run(turn->harness, take_turn, turn);
	return NULL;
}

static void a_serial_backend_takes_one_call_at_a_time(void **state)
{
	atomic_int inside = 0, overlaps = 0;
	struct harness other;
	struct turn turns[2] = {{&harness, &inside, &overlaps, 0},
				{&other, &inside, &overlaps, 0}};
	struct backend_gate *serial = backend_gate_new();

	(void)state;
	harness_init(&other, (struct host_config){0});
	harness.backend.serial = serial;
	other.backend.serial = serial;
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&turns[i].thread, NULL,
						take_turns, &turns[i]),
				 0);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(pthread_join(turns[i].thread, NULL), 0);
	assert_int_equal(overlaps, 0);
	harness_done(&other);
	backend_gate_free(serial);
}

static scale_status must_not_run(struct scale_call *call, void *arg)
{
	(void)call;
	*(int *)arg = 1;
	return SCALE_OK;
}

static void a_call_that_is_over_does_not_get_its_turn(void **state)
{
	struct backend_gate *serial = backend_gate_new();
	int ran = 0;

	(void)state;
	harness.backend.serial = serial;
	assert_int_equal(backend_gate_enter(serial, &harness.call, 1),
			 SCALE_OK);
	cancel_set(harness.cancel);
	assert_int_equal(harness_run(&harness, must_not_run, &ran),
			 SCALE_CANCELLED);
	assert_int_equal(ran, 0);
	backend_gate_leave(serial);
	backend_gate_free(serial);
	harness.backend.serial = NULL;
}

static scale_status open_ok(struct scale_call *call, void **self)
{
	*self = call->host->alloc(call, 8);
	return SCALE_OK;
}

static int closes;

static void close_once(void *self)
{
	(void)self;
	closes++;
}

static void close_follows_open_and_nothing_else(void **state)
{
	struct backend *backend = &harness.backend;

	(void)state;
	closes = 0;
	backend->descriptor.open = open_ok;
	backend->descriptor.close = close_once;
	invoke_close(backend);
	assert_int_equal(closes, 0);
	assert_int_equal(invoke_open(&harness.call, backend, harness.host),
			 SCALE_OK);
	assert_true(backend->is_open);
	invoke_close(backend);
	invoke_close(backend);
	assert_int_equal(closes, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		TEST(what_was_put_counts_after_ok),
		TEST(what_was_put_is_dropped_after_a_failure),
		TEST(the_call_is_as_it_was_afterwards),
		TEST(a_status_that_is_none_becomes_internal),
		TEST(every_status_of_the_header_passes),
		TEST(a_failure_without_text_gets_a_sentence),
		TEST(the_backends_own_words_are_kept),
		TEST(the_status_returned_counts_not_the_one_told),
		TEST(after_memory_ran_out_every_service_fails),
		TEST(a_missing_optional_function_is_ok),
		TEST(a_missing_half_is_told),
		TEST(an_attached_device_is_handed_over),
		TEST(a_serial_backend_takes_one_call_at_a_time),
		TEST(a_call_that_is_over_does_not_get_its_turn),
		TEST(close_follows_open_and_nothing_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
