/* SPDX-License-Identifier: BSD-2-Clause */
/* Gates: so many calls at a time, first come first served. */
#ifndef SCALE_CSI_BACKEND_GATE_H
#define SCALE_CSI_BACKEND_GATE_H

#include <stdint.h>

#include "work/call.h"

/* One gate; thread-safe. */
struct backend_gate;

struct backend_gate *backend_gate_new(void);       /* NULL: out of memory */
void backend_gate_free(struct backend_gate *gate); /* NULL is fine */

/*
 * backend_gate_enter - wait until fewer than @limit calls are inside and nobody
 * who came earlier waits.
 * Returns OK, or how the call ended, with the reason recorded.  Cancellation is
 * noticed within 50 ms.
 */
scale_status backend_gate_enter(struct backend_gate *gate, struct call *call,
				uint32_t limit);
void backend_gate_leave(struct backend_gate *gate);

/* Gates by name, each made when first asked for and gone with its last user. */
struct gate_table;
struct named_gate;

struct gate_table *gate_table_new(void);        /* NULL: out of memory */
void gate_table_free(struct gate_table *table); /* NULL is fine */

/*
 * gate_table_enter - backend_gate_enter() at the gate called @name; *@ret_gate
 * is for gate_table_leave().
 */
scale_status gate_table_enter(struct gate_table *table, const char *name,
			      struct call *call, uint32_t limit,
			      struct named_gate **ret_gate);
void gate_table_leave(struct gate_table *table, struct named_gate *gate);

#endif
