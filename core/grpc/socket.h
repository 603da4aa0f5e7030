/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The listening unix socket: it is there, complete, from one instant to the
 * next, and what another process has put in its place is left alone.
 *
 * gRPC's own listener unlinks whatever lies at the path, before binding and
 * again at exit: an old pod that goes after the new one has bound takes the
 * new one's socket along.  So we listen ourselves and hand over descriptors.
 */
#ifndef SCALE_CSI_GRPC_SOCKET_H
#define SCALE_CSI_GRPC_SOCKET_H

#include <sys/types.h>

/* Room for the sentence that says why there is no socket. */
#define SOCKET_WHY_BYTES 512

struct socket_listener;

/* Who connected, by SO_PEERCRED: as of connect(2), in our pid namespace. */
struct socket_peer {
	pid_t pid; /* 0: a process outside of our pid namespace */
	uid_t uid;
	gid_t gid;
};

/* Both run on the accept thread; they may not block it for long. */
struct socket_events {
	/*
	 * A client connected.  @fd is nonblocking, close-on-exec and belongs
	 * to the callee; @peer is valid during the call only.
	 */
	void (*accepted)(void *arg, int fd, const struct socket_peer *peer);
	/*
	 * Accepting fails with @error (an errno: EMFILE, ENOMEM, ...).  Called
	 * once for a row of failures; it is tried again ten times a second.
	 * May be NULL.
	 */
	void (*failed)(void *arg, int error);
	void *arg; /* outlives the listener */
};

/*
 * socket_listen - create a listening socket at a path.
 * @path:    absolute, at most 107 bytes; its directory exists.
 * @mode:    permission bits of the socket, whatever the umask.
 * @ret:     the listener; the caller ends it with socket_close().
 * @ret_why: on failure a sentence for the person who set the path.
 *
 * The socket is bound under a hidden temporary name (which kubelet's plugin
 * watcher ignores), made to listen and renamed into place: a client finds the
 * old socket or this one, never none and never one that refuses it.  A socket
 * that is there already, stale or live, is replaced; anything else is an error
 * (-EEXIST).  Clients may connect from here on; they wait in the backlog until
 * socket_accept().
 *
 * Returns 0 or a negative errno.  Does not block.
 */
int socket_listen(const char *path, mode_t mode, struct socket_listener **ret,
		  char ret_why[SOCKET_WHY_BYTES]);

/*
 * socket_accept - start the thread that accepts clients.
 * @listener: from socket_listen(); once per listener.
 * @events:   copied.
 *
 * The thread has all signals blocked.  Returns 0 or a negative errno.
 */
int socket_accept(struct socket_listener *listener,
		  const struct socket_events *events);

/*
 * socket_close - stop accepting, remove the socket, free the listener.
 * @listener: may be NULL.  Not to be called on the accept thread.
 *
 * After it no callback runs.  The path is unlinked only while it still is the
 * socket that socket_listen() made.  Waits for a running callback to return.
 */
void socket_close(struct socket_listener *listener);

#endif
