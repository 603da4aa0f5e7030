/* SPDX-License-Identifier: BSD-2-Clause */
/* A program run to its end, its output kept, its time bounded. */
#include "sys/spawn.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/text.h"
#include "sys/child.h"
#include "sys/watch.h"

#define FIRST_ROOM     1024u
#define SAYS_BYTES_MAX 300u
#define CHUNKS_AT_ONCE 64 /* then the deadline is looked at again */

/* What came from one stream so far. */
struct capture {
	int fd;
	char *text; /* malloc */
	size_t len, room;
	bool is_open;
};

static bool capture_grow(struct capture *capture)
{
	size_t room = capture->room == 0 ? FIRST_ROOM : capture->room * 2;
	char *grown = realloc(capture->text, room);

	if (grown == NULL)
		return false;
	capture->text = grown;
	capture->room = room;
	return true;
}

/* Takes what is there now; what does not fit is read and dropped, so that the
 * program never waits for us. */
static void capture_read(struct capture *capture)
{
	char chunk[4096];

	for (int i = 0; i < CHUNKS_AT_ONCE; i++) {
		ssize_t n = read(capture->fd, chunk, sizeof(chunk));
		size_t take = n > 0 ? (size_t)n : 0;

		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1 && errno == EAGAIN)
			return;
		if (n <= 0) {
			capture->is_open = false;
			return;
		}
		if (take > SPAWN_OUTPUT_MAX - capture->len)
			take = SPAWN_OUTPUT_MAX - capture->len;
		while (capture->room < capture->len + take)
			if (!capture_grow(capture))
				take = capture->room - capture->len;
		if (take > 0)
			memcpy(capture->text + capture->len, chunk, take);
		capture->len += take;
	}
}

static const char *capture_keep(const struct capture *capture,
				struct arena *arena)
{
	if (capture->len == 0)
		return "";
	return arena_strndup(arena, capture->text, capture->len);
}

/* Reads until the program has ended; 0, -ETIMEDOUT, -ECANCELED. */
static int follow(struct call *call, const struct spawn *spawn,
		  const struct child *child, struct capture captures[2])
{
	struct call *who = spawn->never_cancel ? NULL : call;

	for (;;) {
		struct pollfd fds[] = {
			{.fd = child->pidfd, .events = POLLIN},
			{.fd = captures[0].is_open ? captures[0].fd : -1,
			 .events = POLLIN},
			{.fd = captures[1].is_open ? captures[1].fd : -1,
			 .events = POLLIN},
		};
		int rc = watch_fds(who, fds, 3, spawn->deadline_ns);

		if (rc <= 0)
			return rc == 0 ? -ETIMEDOUT : rc;
		for (int i = 0; i < 2; i++)
			if (captures[i].is_open)
				capture_read(&captures[i]);
		if (fds[0].revents != 0)
			return 0;
	}
}

int spawn_run(struct call *call, struct spawn *spawn)
{
	const char *path = spawn->path != NULL ? spawn->path : spawn->argv[0];
	struct child child = CHILD_NONE;
	struct capture captures[2] = {0};
	int rc;

	spawn->out = spawn->err = "";
	spawn->exit_code = -1;
	spawn->timed_out = false;
	if (path[0] != '/')
		return -EINVAL;
	if (!spawn->never_cancel && call_is_over(call))
		return -ECANCELED;
	rc = child_start(path, spawn->argv, spawn->input, &child);
	if (rc != 0)
		return rc;
	captures[0] = (struct capture){.fd = child.out, .is_open = true};
	captures[1] = (struct capture){.fd = child.err, .is_open = true};
	rc = follow(call, spawn, &child, captures);
	if (rc != 0)
		child_kill(&child);
	spawn->timed_out = rc == -ETIMEDOUT;
	spawn->exit_code = child_reap(&child);
	spawn->out = capture_keep(&captures[0], call->arena);
	spawn->err = capture_keep(&captures[1], call->arena);
	free(captures[0].text);
	free(captures[1].text);
	if (spawn->out == NULL || spawn->err == NULL) {
		spawn->out = spawn->err = "";
		return rc != 0 ? rc : -ENOMEM;
	}
	return rc;
}

const char *spawn_find(struct arena *arena, const char *name)
{
	for (const char *dir = SPAWN_PATH; *dir != '\0';) {
		size_t len = strcspn(dir, ":");
		const char *path =
			arena_printf(arena, "%.*s/%s", (int)len, dir, name);

		if (path == NULL || access(path, X_OK) == 0)
			return path;
		dir += len + (dir[len] == ':' ? 1 : 0);
	}
	return NULL;
}

int spawn_tool(struct call *call, struct spawn *spawn)
{
	spawn->path = spawn_find(call->arena, spawn->argv[0]);
	if (spawn->path == NULL) {
		spawn->out = spawn->err = "";
		spawn->exit_code = -1;
		return -ENOENT;
	}
	return spawn_run(call, spawn);
}

static const char *says_started(struct call *call, const struct spawn *spawn)
{
	const char *line = spawn->err + strspn(spawn->err, " \t\n");
	size_t len = strcspn(line, "\n");
	const char *said;

	while (len > 0 && (line[len - 1] == '.' || line[len - 1] == ' '))
		len--;
	if (len > SAYS_BYTES_MAX)
		len = text_cut(line, SAYS_BYTES_MAX);
	if (len > 0)
		said = call_printf(call, "%.*s", (int)len, line);
	else if (spawn->exit_code >= 0)
		said = call_printf(call, "'%s' ended with exit code %d",
				   spawn->argv[0], spawn->exit_code);
	else
		said = call_printf(call, "'%s' was ended by a signal",
				   spawn->argv[0]);
	return said != NULL ? said : spawn->argv[0];
}

const char *spawn_says(struct call *call, const struct spawn *spawn, int rc)
{
	const char *said;

	if (rc == 0)
		return says_started(call, spawn);
	if (rc == -ETIMEDOUT)
		said = call_printf(call, "'%s' did not end in time",
				   spawn->argv[0]);
	else if (rc == -ECANCELED)
		said = "the request is no longer wanted or its time is up";
	else if (rc == -ENOENT)
		said = call_printf(call,
				   "there is no program '%s' on this node",
				   spawn->argv[0]);
	else
		said = call_printf(call, "'%s' could not be started: %s",
				   spawn->argv[0], strerrordesc_np(-rc));
	return said != NULL ? said : spawn->argv[0];
}

scale_status spawn_status(const struct call *call, int rc,
			  scale_status otherwise)
{
	switch (rc) {
	case -ECANCELED:
		return call->cancel != NULL && cancel_is_set(call->cancel)
			       ? SCALE_CANCELLED
			       : SCALE_DEADLINE_EXCEEDED;
	case -ETIMEDOUT:
		return SCALE_UNAVAILABLE;
	case -ENOENT:
		return SCALE_FAILED_PRECONDITION;
	default:
		return otherwise;
	}
}
