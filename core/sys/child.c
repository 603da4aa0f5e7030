/* SPDX-License-Identifier: BSD-2-Clause */
/* Children by posix_spawn and pidfd. */
#include "sys/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "sys/spawn.h"

#define FIRST_FREE_FD 3

/* A descriptor above the standard three, so that dup2() onto those cannot hit
 * another one that is still needed. */
static int lift(int *fd)
{
	int lifted;

	if (*fd >= FIRST_FREE_FD)
		return 0;
	lifted = fcntl(*fd, F_DUPFD_CLOEXEC, FIRST_FREE_FD);
	if (lifted == -1)
		return -errno;
	(void)close(*fd); /* only the duplicate is used */
	*fd = lifted;
	return 0;
}

static int open_pipe(int *ret_ours, int *ret_theirs)
{
	int ends[2];
	int rc;

	if (pipe2(ends, O_CLOEXEC) == -1)
		return -errno;
	*ret_ours = ends[0];
	*ret_theirs = ends[1];
	rc = lift(ret_ours);
	if (rc == 0)
		rc = lift(ret_theirs);
	if (rc == 0 && fcntl(*ret_ours, F_SETFL, O_NONBLOCK) == -1)
		rc = -errno;
	return rc;
}

/* Standard input from memory: no writer that could block or get SIGPIPE. */
static int open_input(const char *input, int *ret_fd)
{
	size_t len = input != NULL ? strlen(input) : 0;
	auto_fd int fd = -1;
	int rc;

	if (input == NULL)
		fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	else
		fd = memfd_create("input", MFD_CLOEXEC);
	if (fd == -1)
		return -errno;
	rc = lift(&fd);
	if (rc != 0)
		return rc;
	for (size_t done = 0; done < len;) {
		ssize_t n = pwrite(fd, input + done, len - done, (off_t)done);

		if (n == -1)
			return -errno;
		done += (size_t)n;
	}
	*ret_fd = take_fd(&fd);
	return 0;
}

static int set_attributes(posix_spawnattr_t *attr)
{
	sigset_t none, all;
	int rc;

	(void)sigemptyset(&none); /* cannot fail on a valid set */
	(void)sigfillset(&all);
	rc = posix_spawnattr_setflags(attr, POSIX_SPAWN_SETSID |
						    POSIX_SPAWN_SETSIGDEF |
						    POSIX_SPAWN_SETSIGMASK);
	if (rc == 0)
		rc = posix_spawnattr_setsigdefault(attr, &all);
	if (rc == 0)
		rc = posix_spawnattr_setsigmask(attr, &none);
	return -rc;
}

static int set_descriptors(posix_spawn_file_actions_t *actions, const int fd[3])
{
	int rc = 0;

	for (int i = 0; i < FIRST_FREE_FD && rc == 0; i++)
		rc = posix_spawn_file_actions_adddup2(actions, fd[i], i);
	if (rc == 0)
		rc = posix_spawn_file_actions_addclosefrom_np(actions,
							      FIRST_FREE_FD);
	return -rc;
}

static int spawn_with(const char *path, const char *const *argv,
		      const int fd[3], pid_t *ret_pid)
{
	static char locale[] = "LC_ALL=C", dirs[] = "PATH=" SPAWN_PATH;
	char *const env[] = {locale, dirs, NULL};
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	int rc = -posix_spawn_file_actions_init(&actions);

	if (rc != 0)
		return rc;
	rc = -posix_spawnattr_init(&attr);
	if (rc != 0) {
		(void)posix_spawn_file_actions_destroy(&actions);
		return rc;
	}
	rc = set_attributes(&attr);
	if (rc == 0)
		rc = set_descriptors(&actions, fd);
	if (rc == 0) /* POSIX promises not to write to what argv points to */
		rc = -posix_spawn(ret_pid, path, &actions, &attr,
				  (char *const *)(const void *)argv, env);
	(void)posix_spawnattr_destroy(&attr); /* neither can fail */
	(void)posix_spawn_file_actions_destroy(&actions);
	return rc;
}

int child_start(const char *path, const char *const *argv, const char *input,
		struct child *ret_child)
{
	auto_fd int in = -1, out = -1, err = -1, their_out = -1, their_err = -1;
	struct child child = CHILD_NONE;
	int rc = open_input(input, &in);

	if (rc == 0)
		rc = open_pipe(&out, &their_out);
	if (rc == 0)
		rc = open_pipe(&err, &their_err);
	if (rc == 0)
		rc = spawn_with(path, argv, (int[]){in, their_out, their_err},
				&child.pid);
	if (rc != 0)
		return rc;
	child.pidfd = pidfd_open(child.pid, 0);
	if (child.pidfd == -1) {
		rc = -errno;
		child_kill(&child);
		(void)child_reap(&child); /* nobody asks how it ended */
		return rc;
	}
	child.out = take_fd(&out);
	child.err = take_fd(&err);
	*ret_child = child;
	return 0;
}

bool child_has_ended(const struct child *child)
{
	struct pollfd ended = {.fd = child->pidfd, .events = POLLIN};

	return child->pid == 0 || poll(&ended, 1, 0) == 1;
}

void child_kill(const struct child *child)
{
	if (child->pid != 0)
		(void)kill(-child->pid, SIGKILL); /* gone already is fine */
}

int child_reap(struct child *child)
{
	siginfo_t info = {0};
	int rc;

	if (child->pid == 0)
		return -1;
	do {
		rc = waitid(P_PID, (id_t)child->pid, &info, WEXITED);
	} while (rc == -1 && errno == EINTR);
	cleanup_close_fd(&child->pidfd);
	cleanup_close_fd(&child->out);
	cleanup_close_fd(&child->err);
	*child = (struct child)CHILD_NONE;
	return rc == 0 && info.si_code == CLD_EXITED ? info.si_status : -1;
}
