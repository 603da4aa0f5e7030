/* SPDX-License-Identifier: BSD-2-Clause */
/* The table {reason} x {ledger} -> code. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "csi/status.h"

/* The columns: clean, dirty, unanswered. */
static const struct {
	scale_status reason, clean, dirty, unanswered;
} rows[] = {
	{SCALE_OK, SCALE_OK, SCALE_OK, SCALE_OK},
	{SCALE_CANCELLED, SCALE_CANCELLED, SCALE_UNAVAILABLE,
	 SCALE_UNAVAILABLE},
	{SCALE_UNKNOWN, SCALE_UNAVAILABLE, SCALE_UNAVAILABLE,
	 SCALE_UNAVAILABLE},
	{SCALE_INVALID_ARGUMENT, SCALE_INVALID_ARGUMENT, SCALE_UNAVAILABLE,
	 SCALE_UNAVAILABLE},
	{SCALE_DEADLINE_EXCEEDED, SCALE_DEADLINE_EXCEEDED, SCALE_UNAVAILABLE,
	 SCALE_UNAVAILABLE},
	{SCALE_NOT_FOUND, SCALE_NOT_FOUND, SCALE_UNAVAILABLE,
	 SCALE_UNAVAILABLE},
	{SCALE_ALREADY_EXISTS, SCALE_ALREADY_EXISTS, SCALE_UNAVAILABLE,
	 SCALE_UNAVAILABLE},
	{SCALE_PERMISSION_DENIED, SCALE_PERMISSION_DENIED, SCALE_UNAVAILABLE,
	 SCALE_UNAVAILABLE},
	{SCALE_RESOURCE_EXHAUSTED, SCALE_RESOURCE_EXHAUSTED, SCALE_UNAVAILABLE,
	 SCALE_UNAVAILABLE},
	{SCALE_FAILED_PRECONDITION, SCALE_FAILED_PRECONDITION,
	 SCALE_UNAVAILABLE, SCALE_UNAVAILABLE},
	{SCALE_ABORTED, SCALE_ABORTED, SCALE_UNAVAILABLE, SCALE_UNAVAILABLE},
	{SCALE_OUT_OF_RANGE, SCALE_OUT_OF_RANGE, SCALE_UNAVAILABLE,
	 SCALE_UNAVAILABLE},
	{SCALE_UNIMPLEMENTED, SCALE_UNIMPLEMENTED, SCALE_UNAVAILABLE,
	 SCALE_UNAVAILABLE},
	{SCALE_INTERNAL, SCALE_INTERNAL, SCALE_UNAVAILABLE, SCALE_UNAVAILABLE},
	{SCALE_UNAVAILABLE, SCALE_UNAVAILABLE, SCALE_UNAVAILABLE,
	 SCALE_UNAVAILABLE},
	{15, SCALE_INTERNAL, SCALE_UNAVAILABLE, SCALE_UNAVAILABLE},
	{SCALE_UNAUTHENTICATED, SCALE_UNAUTHENTICATED, SCALE_UNAVAILABLE,
	 SCALE_UNAVAILABLE},
	{99, SCALE_INTERNAL, SCALE_UNAVAILABLE, SCALE_UNAVAILABLE},
	{-1, SCALE_INTERNAL, SCALE_UNAVAILABLE, SCALE_UNAVAILABLE},
};

static void every_reason_and_ledger_gives_its_code(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_int_equal(
			status_for_caller(rows[i].reason, LEDGER_CLEAN),
			rows[i].clean);
		assert_int_equal(
			status_for_caller(rows[i].reason, LEDGER_DIRTY),
			rows[i].dirty);
		assert_int_equal(
			status_for_caller(rows[i].reason, LEDGER_UNANSWERED),
			rows[i].unanswered);
	}
}

/* What the ledger is after mutations were sent and answered in some way. */
static void the_ledger_knows_what_is_left(void **state)
{
	struct ledger ledger;

	(void)state;
	ledger_init(&ledger);
	assert_int_equal(ledger_state(&ledger), LEDGER_CLEAN);
	ledger_note_sent(&ledger);
	assert_int_equal(ledger_state(&ledger), LEDGER_UNANSWERED);
	ledger_note_refused(&ledger);
	assert_int_equal(ledger_state(&ledger), LEDGER_CLEAN);
	ledger_note_sent(&ledger);
	ledger_note_done(&ledger);
	assert_int_equal(ledger_state(&ledger), LEDGER_DIRTY);
	ledger_note_undone(&ledger);
	assert_int_equal(ledger_state(&ledger), LEDGER_CLEAN);
	ledger_note_sent(&ledger);
	ledger_note_resolved(&ledger, 0);
	assert_int_equal(ledger_state(&ledger), LEDGER_CLEAN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_reason_and_ledger_gives_its_code),
		cmocka_unit_test(the_ledger_knows_what_is_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
