/* SPDX-License-Identifier: BSD-2-Clause */
/* Counts of mutations, from which the ledger's state follows. */
#include "work/ledger.h"

#include <assert.h>

static unsigned int unanswered(const struct ledger *ledger)
{
	return ledger->sent - ledger->done - ledger->refused;
}

void ledger_init(struct ledger *ledger)
{
	*ledger = (struct ledger){0};
}

void ledger_note_sent(struct ledger *ledger)
{
	ledger->sent++;
}

void ledger_note_done(struct ledger *ledger)
{
	assert(unanswered(ledger) > 0);
	ledger->done++;
}

void ledger_note_refused(struct ledger *ledger)
{
	assert(unanswered(ledger) > 0);
	ledger->refused++;
}

void ledger_note_undone(struct ledger *ledger)
{
	ledger->undone = ledger->done;
}

void ledger_note_resolved(struct ledger *ledger, int happened)
{
	if (happened)
		ledger_note_done(ledger);
	else
		ledger_note_refused(ledger);
}

enum ledger_state ledger_state(const struct ledger *ledger)
{
	if (unanswered(ledger) > 0)
		return LEDGER_UNANSWERED;
	return ledger->done > ledger->undone ? LEDGER_DIRTY : LEDGER_CLEAN;
}
