/* SPDX-License-Identifier: BSD-2-Clause */
/* What an operation has changed on the NAS so far, or may have. */
#ifndef SCALE_CSI_WORK_LEDGER_H
#define SCALE_CSI_WORK_LEDGER_H

/*
 * The ledger decides, together with the reason, what the caller of CSI hears
 * (csi/status.c): the provisioner takes every code but Canceled,
 * DeadlineExceeded, Unavailable and Aborted as final and may forget the volume,
 * so a final code needs a clean ledger or a proven undo.
 *
 * Used by the thread that runs the call; a late answer that arrives after the
 * call has ended goes to the drain table (drain.h), not here.
 */
struct ledger {
	unsigned int sent;    /* mutations handed to the NAS */
	unsigned int done;    /* of those: answered, and took effect */
	unsigned int refused; /* of those: answered, and changed nothing */
	unsigned int undone;  /* effects proven to be gone again */
};

enum ledger_state {
	LEDGER_CLEAN,     /* nothing was changed, or it is proven undone */
	LEDGER_DIRTY,     /* every mutation was answered, some took effect */
	LEDGER_UNANSWERED /* a mutation may have happened or may still happen */
};

void ledger_init(struct ledger *ledger);
void ledger_note_sent(struct ledger *ledger);
void ledger_note_done(struct ledger *ledger);    /* answered: it happened */
void ledger_note_refused(struct ledger *ledger); /* answered: it did not */

/*
 * ledger_note_undone - all effects recorded so far are proven to be gone (read
 * back, or removed with an answer).  Does not touch unanswered ones.
 */
void ledger_note_undone(struct ledger *ledger);

/*
 * ledger_note_resolved - a mutation that went unanswered has been read back and
 * its outcome is known: @happened or not.
 */
void ledger_note_resolved(struct ledger *ledger, int happened);

enum ledger_state ledger_state(const struct ledger *ledger);

#endif
