/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs one program without a shell, with a deadline it cannot outlive. */
#ifndef SCALE_CSI_SYS_SPAWN_H
#define SCALE_CSI_SYS_SPAWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "work/call.h"

struct arena;

#define SPAWN_OUTPUT_MAX (64u << 10) /* of each stream; the rest is dropped */
#define SPAWN_PATH                                                             \
	"/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

struct spawn {
	/* in */
	const char *const *argv; /* ends in NULL */
	const char *path;        /* the file to run; NULL: argv[0], absolute */
	const char *input;       /* standard input, or NULL: empty */
	int64_t deadline_ns;     /* its process group is killed then; the call's
				  * deadline counts too */
	bool never_cancel;       /* go on although the call is cancelled or its
				  * deadline has passed: mkfs; only deadline_ns
				  * counts then */
	/* out, in the arena given */
	const char *out, *err; /* NUL-terminated */
	int exit_code;         /* -1 when it was killed by a signal */
	bool timed_out;        /* it was killed at deadline_ns */
};

/*
 * spawn_run - posix_spawn in a new session (so that the whole group can be
 * killed), all signals at their defaults and unblocked, an empty environment
 * but LC_ALL=C and a fixed PATH, no inherited descriptor but the three pipes.
 * Reads both streams, reaps always: a child that the kernel keeps after its
 * kill (uninterruptible sleep) is waited for, because its work goes on. Returns
 * 0 when it ran (look at exit_code), -ETIMEDOUT when it was killed at its
 * deadline, -ECANCELED when it was killed because the call is over, or a
 * negative errno when it could not be started (-ENOENT: no such program).
 */
int spawn_run(struct call *call, struct spawn *spawn);

/*
 * spawn_find - where @name is on this machine: the directories of the fixed
 * PATH, in order.  Returns a text in the arena or NULL.
 */
const char *spawn_find(struct arena *arena, const char *name);

/*
 * spawn_tool - spawn_find() argv[0], then spawn_run() it as spawn->path.
 * Returns what spawn_run() does.
 */
int spawn_tool(struct call *call, struct spawn *spawn);

/*
 * spawn_says - how it failed, for a person: the first line of its standard
 * error (cut), else its exit code, else what @rc of spawn_run() means.  For
 * texts only: decide by exit_code.  Never NULL; lives in the call's arena.
 */
const char *spawn_says(struct call *call, const struct spawn *spawn, int rc);

/*
 * spawn_status - what kind of failure @rc of spawn_run() is: CANCELLED or
 * DEADLINE_EXCEEDED when the call is over, UNAVAILABLE when the program did not
 * end in time, FAILED_PRECONDITION when it is not installed, else @otherwise
 * (also for 0: it ran and its exit code was bad).  Records nothing.
 */
scale_status spawn_status(const struct call *call, int rc,
			  scale_status otherwise);

#endif
