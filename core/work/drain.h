/* SPDX-License-Identifier: BSD-2-Clause */
/* Mutations sent to the NAS that nobody has answered, by volume. */
#ifndef SCALE_CSI_WORK_DRAIN_H
#define SCALE_CSI_WORK_DRAIN_H

#include <stdbool.h>
#include <stdint.h>

/*
 * A NAS up to 25.10 goes on with the calls of a connection that was lost
 * (middlewared keeps the task), so what was sent and not answered may still be
 * executed.  A volume is "draining" until the answer arrives, or until the
 * settle time has passed since the login that followed the loss.
 *
 * After a start nothing is known of what a predecessor sent: until the settle
 * time has passed since the first login, every volume that this process did not
 * itself create counts as if it were draining.
 *
 * Thread-safe.  Times are CLOCK_MONOTONIC, passed in by the caller.
 */
struct drain;

/*
 * drain_new - an empty table.
 * @settle_ns: how long a lost call may still be executed (nas.settle).
 * @assume_predecessor: whether a start counts as a loss (the node and tests say
 *                      no).
 */
struct drain *drain_new(int64_t settle_ns, bool assume_predecessor);
void drain_free(struct drain *drain);

enum drain_kind {
	DRAIN_CREATE, /* makes or changes something */
	DRAIN_DELETE  /* removes something, by a number that may be reused */
};

/* One mutation on its way. */
struct drain_ticket;

/*
 * drain_begin - a mutation for @volume is about to be sent.
 * @volume: its id; copied.  NULL: the mutation belongs to no volume.
 * Returns NULL when memory is out: then it must not be sent.
 */
struct drain_ticket *drain_begin(struct drain *drain, const char *volume,
				 enum drain_kind kind);

/* drain_end - it was answered, or was never sent; consumes the ticket. */
void drain_end(struct drain *drain, struct drain_ticket *ticket);

/*
 * drain_lose - its connection was lost after it was sent; consumes the ticket.
 * The volume drains until the next drain_note_login() plus the settle time; so
 * tell of the loss before a login that follows it can be told, or it lasts
 * until the login after that one.
 */
void drain_lose(struct drain *drain, struct drain_ticket *ticket);

/* drain_note_login - the NAS has let us in at @now_ns. */
void drain_note_login(struct drain *drain, int64_t now_ns);

/* What is known of a volume. */
struct drain_state {
	bool creates;     /* something we sent may still be made */
	bool deletes;     /* something we sent may still be removed */
	bool predecessor; /* a predecessor may have sent anything */
	int64_t until_ns; /* when all that is over; CLOCK_NEVER: not known yet,
			   * 0: nothing of the kind */
};

/* drain_look - the state of @volume at @now_ns. */
struct drain_state drain_look(struct drain *drain, const char *volume,
			      int64_t now_ns);

/*
 * drain_note_created, drain_note_deleted - this process made, or removed,
 * @volume itself, so that no predecessor has a hand in it; the later one
 * counts. Remembered as long as the volume drains or the start's settle time
 * runs, and a removal until the next DRAIN_CREATE for the volume; copied.
 */
void drain_note_created(struct drain *drain, const char *volume);
void drain_note_deleted(struct drain *drain, const char *volume);
bool drain_has_created(struct drain *drain, const char *volume);
bool drain_has_deleted(struct drain *drain, const char *volume);

/* drain_forget_lost - drop entries that are over at @now_ns; call now and then.
 */
void drain_forget_lost(struct drain *drain, int64_t now_ns);

#endif
