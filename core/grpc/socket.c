/* SPDX-License-Identifier: BSD-2-Clause */
/* The listening unix socket and the thread that accepts on it. */
#include "grpc/socket.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 128

/* How long accepting rests after the kernel had no descriptor or memory. */
#define REST_MS 100

/* A temporary name that is taken belongs to a process that crashed or races. */
#define NAME_TRIES 8

struct socket_listener {
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
	/* constant after init */
	dev_t dev;                   /* constant after init: ours at path */
	ino_t ino;                   /* constant after init: ours at path */
	int fd;                      /* constant after init */
	int stop_fd;                 /* constant after init; an eventfd */
	struct socket_events events; /* constant once the thread runs */
	pthread_t thread;            /* constant once the thread runs */
	bool is_accepting;           /* owner of the listener only */
};

__attribute__((format(printf, 2, 3))) static void explain(char *ret_why,
							  const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(ret_why, SOCKET_WHY_BYTES, fmt, args);
	va_end(args);
}

static int explain_errno(char *ret_why, const char *path)
{
	int error = errno;

	explain(ret_why, "listening on the socket '%s' failed: %m", path);
	return -error;
}

/* Refuses what is not a socket; a socket will be replaced by the rename. */
static int check_place(const char *path, char *ret_why)
{
	struct stat st;

	if (lstat(path, &st) == -1)
		return errno == ENOENT ? 0 : explain_errno(ret_why, path);
	if (S_ISSOCK(st.st_mode))
		return 0;
	explain(ret_why,
		"listening on the socket '%s' failed: something that is not a "
		"socket is there; remove it or choose another endpoint",
		path);
	return -EEXIST;
}

/* Binds @fd to a fresh hidden name beside @path. */
static int bind_hidden(int fd, const char *path, struct sockaddr_un *ret)
{
	int dir_len = (int)(strrchr(path, '/') - path);

	for (int i = 0; i < NAME_TRIES; i++) {
		struct sockaddr_un addr = {.sun_family = AF_UNIX};
		uint32_t salt;

		if (getrandom(&salt, sizeof(salt), 0) != sizeof(salt))
			return -EIO;
		int n = snprintf(addr.sun_path, sizeof(addr.sun_path),
				 "%.*s/.%08x", dir_len, path, salt);
		if (n < 0 || (size_t)n >= sizeof(addr.sun_path))
			return -ENAMETOOLONG;
		if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)) == 0) {
			*ret = addr;
			return 0;
		}
		if (errno != EADDRINUSE)
			return -errno;
	}
	return -EADDRINUSE;
}

/* Everything between a bound hidden name and a listener at its place. */
static int put_in_place(struct socket_listener *l, const char *hidden,
			mode_t mode)
{
	struct stat st;

	if (chmod(hidden, mode) == -1 || lstat(hidden, &st) == -1 ||
	    listen(l->fd, BACKLOG) == -1 || rename(hidden, l->path) == -1)
		return -errno;
	l->dev = st.st_dev;
	l->ino = st.st_ino;
	return 0;
}

static void free_listener(struct socket_listener *l)
{
	if (l->fd != -1)
		(void)close(l->fd); /* nothing was written to it */
	if (l->stop_fd != -1)
		(void)close(l->stop_fd); /* nor does this one keep anything */
	free(l);
}

static int open_at(struct socket_listener *l, const char *path, mode_t mode)
{
	struct sockaddr_un hidden;

	memcpy(l->path, path, strlen(path) + 1);
	l->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	l->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (l->stop_fd == -1 || l->fd == -1)
		return -errno;
	int r = bind_hidden(l->fd, path, &hidden);
	if (r < 0)
		return r;
	r = put_in_place(l, hidden.sun_path, mode);
	if (r < 0)
		(void)unlink(hidden.sun_path); /* the first error counts */
	return r;
}

int socket_listen(const char *path, mode_t mode, struct socket_listener **ret,
		  char ret_why[SOCKET_WHY_BYTES])
{
	if (path[0] != '/' || strlen(path) >= sizeof((*ret)->path)) {
		explain(ret_why,
			"listening on the socket '%.200s' failed: the path "
			"must be absolute and have at most 107 bytes",
			path);
		return path[0] != '/' ? -EINVAL : -ENAMETOOLONG;
	}
	int r = check_place(path, ret_why);
	if (r < 0)
		return r;

	struct socket_listener *l = calloc(1, sizeof(*l));
	if (l == NULL) {
		errno = ENOMEM;
		return explain_errno(ret_why, path);
	}
	l->fd = -1;
	l->stop_fd = -1;
	r = open_at(l, path, mode);
	if (r < 0) {
		free_listener(l);
		errno = -r;
		return explain_errno(ret_why, path);
	}
	*ret = l;
	return 0;
}

/* True when the stop came; false when the time is over or @fd is ready. */
static bool wait_for_stop(struct socket_listener *l, int fd, int timeout_ms)
{
	struct pollfd fds[] = {
		{.fd = l->stop_fd, .events = POLLIN},
		{.fd = fd, .events = POLLIN},
	};

	/* EINTR and ENOMEM look like "ready": accept4() finds out. */
	(void)poll(fds, 2, timeout_ms);
	return fds[0].revents != 0;
}

static void hand_over(struct socket_listener *l, int fd)
{
	struct ucred cred = {0};
	socklen_t len = sizeof(cred);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) == -1) {
		(void)close(fd); /* cannot happen on a unix socket */
		return;
	}
	struct socket_peer peer = {
		.pid = cred.pid, .uid = cred.uid, .gid = cred.gid};
	l->events.accepted(l->events.arg, fd, &peer);
}

/* These say that this client went or that none is there, not that we suffer. */
static bool is_harmless(int error)
{
	return error == EAGAIN || error == EINTR || error == ECONNABORTED ||
	       error == EPERM;
}

static void *accept_thread(void *arg)
{
	struct socket_listener *l = arg;
	bool is_failing = false;

	while (!wait_for_stop(l, l->fd, -1)) {
		int fd = accept4(l->fd, NULL, NULL,
				 SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd != -1) {
			is_failing = false;
			hand_over(l, fd);
			continue;
		}
		if (is_harmless(errno))
			continue;
		if (!is_failing && l->events.failed != NULL)
			l->events.failed(l->events.arg, errno);
		is_failing = true;
		/* The client stays in the backlog: do not spin on it. */
		if (wait_for_stop(l, -1, REST_MS))
			break;
	}
	return NULL;
}

int socket_accept(struct socket_listener *l, const struct socket_events *events)
{
	sigset_t all, before;

	l->events = *events;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int r = pthread_create(&l->thread, NULL, accept_thread, l);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (r != 0)
		return -r;
	l->is_accepting = true;
	(void)pthread_setname_np(l->thread, "accept"); /* only a name */
	return 0;
}

/* Our inode cannot be given out again while the socket is open. */
static void unlink_if_ours(const struct socket_listener *l)
{
	struct stat st;

	if (lstat(l->path, &st) == 0 && S_ISSOCK(st.st_mode) &&
	    st.st_dev == l->dev && st.st_ino == l->ino)
		(void)unlink(l->path); /* a stale socket is replaced anyway */
}

void socket_close(struct socket_listener *l)
{
	if (l == NULL)
		return;
	if (l->is_accepting) {
		(void)eventfd_write(l->stop_fd, 1); /* only full at 2^64-2 */
		(void)pthread_join(l->thread, NULL);
	}
	unlink_if_ours(l);
	free_listener(l);
}
