/* SPDX-License-Identifier: BSD-2-Clause */
/* Gates: never too many inside, in order, and left by who is not wanted. */
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

#define CALLERS 16
#define ROUNDS  50

struct caller {
	pthread_t thread;
	struct gate_table *table;
	struct call call;
	uint32_t limit;
	atomic_uint *inside, *most;
	scale_status status;
};

static void make_call(struct call *call, struct cancel *cancel)
{
	call_init(call, arena_new(1 << 16), NULL, cancel,
		  clock_after_ms(60000));
}

static void *pass(void *arg)
{
	struct caller *caller = arg;

	for (int i = 0; i < ROUNDS; i++) {
		struct named_gate *gate = NULL;
		unsigned int now, most;

		caller->status =
			gate_table_enter(caller->table, "portal", &caller->call,
					 caller->limit, &gate);
		if (caller->status != SCALE_OK)
			return NULL;
		now = atomic_fetch_add(caller->inside, 1) + 1;
		most = atomic_load(caller->most);
		while (now > most &&
		       !atomic_compare_exchange_weak(caller->most, &most, now))
			;
		atomic_fetch_sub(caller->inside, 1);
		gate_table_leave(caller->table, gate);
	}
	return NULL;
}

static void never_more_than_the_limit_are_inside(void **state)
{
	struct gate_table *table = gate_table_new();
	struct caller callers[CALLERS];
	atomic_uint inside = 0, most = 0;

	(void)state;
	for (size_t i = 0; i < CALLERS; i++) {
		callers[i] = (struct caller){.table = table,
					     .limit = 3,
					     .inside = &inside,
					     .most = &most};
		make_call(&callers[i].call, NULL);
		assert_int_equal(pthread_create(&callers[i].thread, NULL, pass,
						&callers[i]),
				 0);
	}
	for (size_t i = 0; i < CALLERS; i++) {
		assert_int_equal(pthread_join(callers[i].thread, NULL), 0);
		assert_int_equal(callers[i].status, SCALE_OK);
		arena_free(callers[i].call.arena);
	}
	assert_in_range(most, 1, 3);
	gate_table_free(table); /* asserts that no gate is left */
}

static void who_is_cancelled_stops_waiting(void **state)
{
	struct backend_gate *gate = backend_gate_new();
	struct cancel *cancel = cancel_new();
	struct call first, second;

	(void)state;
	make_call(&first, NULL);
	make_call(&second, cancel);
	assert_int_equal(backend_gate_enter(gate, &first, 1), SCALE_OK);
	cancel_set(cancel);
	assert_int_equal(backend_gate_enter(gate, &second, 1), SCALE_CANCELLED);
	assert_string_not_equal(second.reason, "");
	backend_gate_leave(gate);
	backend_gate_free(gate); /* asserts that nobody waits */
	cancel_free(cancel);
	arena_free(first.arena);
	arena_free(second.arena);
}

static void a_deadline_ends_the_wait(void **state)
{
	struct backend_gate *gate = backend_gate_new();
	struct call first, second;

	(void)state;
	make_call(&first, NULL);
	make_call(&second, NULL);
	second.deadline_ns = clock_after_ms(20);
	assert_int_equal(backend_gate_enter(gate, &first, 1), SCALE_OK);
	assert_int_equal(backend_gate_enter(gate, &second, 1),
			 SCALE_DEADLINE_EXCEEDED);
	assert_true(clock_now_ns() >= second.deadline_ns);
	backend_gate_leave(gate);
	backend_gate_free(gate);
	arena_free(first.arena);
	arena_free(second.arena);
}

static void gates_of_other_names_do_not_wait(void **state)
{
	struct gate_table *table = gate_table_new();
	struct named_gate *a = NULL, *b = NULL;
	struct call call;

	(void)state;
	make_call(&call, NULL);
	assert_int_equal(gate_table_enter(table, "a", &call, 1, &a), SCALE_OK);
	assert_int_equal(gate_table_enter(table, "b", &call, 1, &b), SCALE_OK);
	assert_ptr_not_equal(a, b);
	gate_table_leave(table, a);
	gate_table_leave(table, b);
	gate_table_free(table);
	arena_free(call.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(never_more_than_the_limit_are_inside),
		cmocka_unit_test(who_is_cancelled_stops_waiting),
		cmocka_unit_test(a_deadline_ends_the_wait),
		cmocka_unit_test(gates_of_other_names_do_not_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
