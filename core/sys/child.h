/* SPDX-License-Identifier: BSD-2-Clause */
/* One running program: begun, watched, killed, reaped. */
#ifndef SCALE_CSI_SYS_CHILD_H
#define SCALE_CSI_SYS_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * For programs that something else must be done beside: an unmount that hangs
 * until the session is cut.  Everybody else calls spawn_run().
 *
 * Owned by one thread.  A child that was started must be reaped, or it stays a
 * zombie.  Needs pidfd_open(), Linux 5.3.
 */
struct child {
	pid_t pid;    /* 0: none, or reaped */
	int pidfd;    /* readable once it has ended */
	int out, err; /* our ends of its output, non-blocking */
};

#define CHILD_NONE                                                             \
	{                                                                      \
		.pid = 0, .pidfd = -1, .out = -1, .err = -1                    \
	}

/*
 * child_start - posix_spawn in a session of its own, all signals at their
 * defaults and unblocked, an empty environment but LC_ALL=C and a fixed PATH,
 * no descriptor but standard input, output and error.
 * @path:  the program's file, absolute.
 * @input: what it reads from standard input; NULL: nothing.
 * Returns 0 or a negative errno (-ENOENT: no such program).
 */
int child_start(const char *path, const char *const *argv, const char *input,
		struct child *ret_child);

/* child_has_ended - whether child_reap() would not wait. */
bool child_has_ended(const struct child *child);

/* child_kill - SIGKILL to its whole process group. */
void child_kill(const struct child *child);

/*
 * child_reap - wait for its end, close what belongs to it.  Waits as long as
 * the kernel keeps it: one that was killed in uninterruptible sleep ends when
 * its I/O does, and to go on before that would be to report an end that has
 * not come.
 * Returns its exit code, or -1 when a signal ended it.
 */
int child_reap(struct child *child);

#endif
