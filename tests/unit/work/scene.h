/* SPDX-License-Identifier: BSD-2-Clause */
/* Operations with workers, scripted work, and clients that note what they hear.
 */
#ifndef SCALE_CSI_TESTS_WORK_SCENE_H
#define SCALE_CSI_TESTS_WORK_SCENE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "work/operation.h"
#include "work/promise.h"

/* What no wait in a test may take; only a failing test ever sees its end. */
#define SCENE_PATIENCE_MS 20000

struct scene {
	struct admit *admit;
	struct operations *ops;
};

/*
 * scene_open - workers: two that only ADMIT_CHANGE may take, one for each other
 * class.  @wait_ns, @keep_ns: as in struct operations_config.
 */
void scene_open(struct scene *scene, struct log *log, int64_t wait_ns,
		int64_t keep_ns);
void scene_close(struct scene *scene); /* cancels, joins, frees */

/* What a run does, and what it saw.  The test owns it. */
struct script {
	const char *fails_with; /* NULL: SCALE_OK */
	bool holds;             /* waits for `go`, its cancel or deadline */
	bool answers_early;     /* before that */
	int sent, done;         /* mutations it notes in the ledger */

	atomic_int runs;
	struct promise begun, go;
	_Atomic int64_t budget_seen_ns; /* left when it began */
};

void script_init(struct script *script);
void script_done(struct script *script);

/* script_begun - wait until it runs; false: it does not. */
bool script_begun(struct script *script);
void script_go(struct script *script); /* let it end */

/* Somebody who asks.  The last four are what it heard. */
struct client {
	struct operation_waiter waiter;
	struct promise told;
	atomic_int times_told;
	scale_status status;
	char reason[1024];
	enum ledger_state ledger;
	const char *result;
};

/* How a request differs from CreateVolume "v" of class ADMIT_CHANGE. */
struct ask {
	const char *verb, *volume, *also;
	bool also_shared, is_read;
	char print; /* fills the fingerprint */
	bool has_no_volume;
	enum admit_class class; /* with is_other_class */
	bool is_other_class;
	int64_t deadline_ns;    /* 0: none */
	int64_t budget_ns;      /* 0: a minute */
	unsigned long fail_nth; /* let this allocation of the arena fail */
};

void client_ask(struct scene *scene, struct client *client,
		struct script *script, const struct ask *ask);

/* client_heard - wait until it is told; false: it is not. */
bool client_heard(struct client *client);

/* client_leave, client_end - go before, or after being told. */
bool client_leave(struct scene *scene, struct client *client);
void client_end(struct scene *scene, struct client *client, bool received);

/* client_run - ask, hear and end; the status. */
scale_status client_run(struct scene *scene, struct script *script,
			const struct ask *ask, bool received);

#endif
