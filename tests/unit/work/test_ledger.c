/* SPDX-License-Identifier: BSD-2-Clause */
/* The ledger is clean, dirty or unanswered by what was noted, in that order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "work/ledger.h"

#include <cmocka.h>

/* s sent, d done, r refused, u undone, + resolved: happened, - it did not. */
static enum ledger_state after(const char *notes)
{
	struct ledger ledger;

	ledger_init(&ledger);
	for (; *notes != '\0'; notes++) {
		switch (*notes) {
		case 's':
			ledger_note_sent(&ledger);
			break;
		case 'd':
			ledger_note_done(&ledger);
			break;
		case 'r':
			ledger_note_refused(&ledger);
			break;
		case 'u':
			ledger_note_undone(&ledger);
			break;
		case '+':
			ledger_note_resolved(&ledger, 1);
			break;
		default:
			ledger_note_resolved(&ledger, 0);
			break;
		}
	}
	return ledger_state(&ledger);
}

static void the_state_follows_from_what_was_noted(void **state)
{
	static const struct {
		const char *notes;
		enum ledger_state want;
	} rows[] = {
		{"", LEDGER_CLEAN},
		{"s", LEDGER_UNANSWERED},
		{"sd", LEDGER_DIRTY},
		{"sr", LEDGER_CLEAN},
		{"sdu", LEDGER_CLEAN},
		{"sdsdu", LEDGER_CLEAN},
		{"sdusd", LEDGER_DIRTY}, /* changed again after the undo */
		{"ssd", LEDGER_UNANSWERED},
		{"ssdu", LEDGER_UNANSWERED}, /* undo says nothing of it */
		{"ssdud", LEDGER_DIRTY},
		{"s+", LEDGER_DIRTY},
		{"s-", LEDGER_CLEAN},
		{"s+u", LEDGER_CLEAN},
		{"ss+-", LEDGER_DIRTY},
		{"srsr", LEDGER_CLEAN},
		{"u", LEDGER_CLEAN},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(after(rows[i].notes), rows[i].want);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_state_follows_from_what_was_noted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
