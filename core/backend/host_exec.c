/* SPDX-License-Identifier: BSD-2-Clause */
/* Programs for a backend: its own tools, and those of the node. */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "backend/host_impl.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "sys/spawn.h"

/* The end of a program in a call that has none: long, but not for ever. */
#define EXEC_MAX_MS 120000

/* A backend's own tool, or the same name on the PATH; NULL: neither. */
static const char *find_tool(struct running *running, const char *name)
{
	struct arena *arena = running->call->arena;
	const char *dir = running->host->tool_dir;
	const char *beside;

	if (dir[0] != '\0') {
		beside = arena_printf(arena, "%s/%s", dir, name);
		if (beside != NULL && access(beside, X_OK) == 0)
			return beside;
	}
	return spawn_find(arena, name);
}

/* Whether "<dir>/<name>" is there when links are followed inside of @root. */
static bool is_in_root(struct arena *arena, int root_fd, const char *dir,
		       size_t len, const char *name)
{
	struct open_how how = {.flags = O_PATH | O_CLOEXEC,
			       .resolve = RESOLVE_IN_ROOT};
	const char *path = arena_printf(arena, "%.*s/%s", (int)len, dir, name);
	long fd = -1;

	if (path != NULL)
		fd = syscall(SYS_openat2, root_fd, path, &how, sizeof(how));
	if (fd < 0)
		return false;
	(void)close((int)fd); /* O_PATH: nothing to lose */
	return true;
}

static bool host_has_tool(struct running *running, const char *name)
{
	struct arena *arena = running->call->arena;
	auto_fd int root_fd = open(running->host->host_root,
				   O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (root_fd < 0)
		return false;
	for (const char *dir = SPAWN_PATH; *dir != '\0';) {
		size_t len = strcspn(dir, ":");

		if (is_in_root(arena, root_fd, dir, len, name))
			return true;
		dir += len;
		dir += *dir == ':';
	}
	return false;
}

static scale_status refuse_missing(struct running *running, const char *name)
{
	return call_fail(running->call, SCALE_FAILED_PRECONDITION,
			 "the program '%s' is not installed on this node",
			 name);
}

/*
 * The node's own binary in the node's own root: chroot(8), which execs it from
 * the fixed PATH of that root.  argv grows by two words in front.
 */
static scale_status enter_root(struct running *running, const char *const *argv,
			       struct spawn *spawn)
{
	struct arena *arena = running->call->arena;
	const char **entered;
	size_t n = 0;

	if (!host_has_tool(running, argv[0]))
		return refuse_missing(running, argv[0]);
	while (argv[n] != NULL)
		n++;
	entered = arena_array(arena, n + 3, sizeof(*entered));
	if (entered == NULL)
		return call_nomem(running->call);
	entered[0] = "chroot";
	entered[1] = running->host->host_root;
	memcpy(&entered[2], argv, (n + 1) * sizeof(*entered));
	spawn->argv = entered;
	spawn->path = spawn_find(arena, entered[0]);
	return spawn->path != NULL ? SCALE_OK
				   : refuse_missing(running, entered[0]);
}

static scale_status choose_program(struct running *running,
				   const struct scale_exec *exec,
				   struct spawn *spawn)
{
	const char *name = exec->argv[0];

	if ((exec->flags & SCALE_EXEC_HOST) != 0 &&
	    running->host->host_root[0] != '\0')
		return enter_root(running, exec->argv, spawn);
	spawn->argv = exec->argv;
	spawn->path = (exec->flags & SCALE_EXEC_HOST) != 0
			      ? spawn_find(running->call->arena, name)
			      : find_tool(running, name);
	return spawn->path != NULL ? SCALE_OK : refuse_missing(running, name);
}

static scale_status check_exec(struct running *running,
			       const struct scale_exec *exec)
{
	if (!SCALE_HAS(exec, exit_code) || exec->argv == NULL ||
	    exec->argv[0] == NULL)
		return host_blame(running, "it ran a program without a name or "
					   "without the size of its request");
	if (strchr(exec->argv[0], '/') != NULL ||
	    !host_declares(running->backend->descriptor.tools, exec->argv[0]))
		return host_blame(running,
				  "it ran '%s', which it does not declare",
				  exec->argv[0]);
	/* Everybody on the node can read an argv. */
	for (const char *const *it = exec->argv; *it != NULL; it++)
		if (host_bears_secret(running, *it))
			return host_blame(running,
					  "it passed a secret to '%s' as an "
					  "argument",
					  exec->argv[0]);
	return SCALE_OK;
}

static scale_status tell(struct running *running, const char *name, int rc)
{
	struct call *call = running->call;

	if (rc == -ETIMEDOUT && !call_is_over(call))
		return call_fail(call, SCALE_DEADLINE_EXCEEDED,
				 "the program '%s' was ended because it took "
				 "too long",
				 name);
	if (rc == -ETIMEDOUT || rc == -ECANCELED)
		return call_check(call);
	if (rc == -ENOENT || rc == -EACCES)
		return refuse_missing(running, name);
	if (rc == -ENOMEM || rc == -EAGAIN)
		return call_fail(call, SCALE_RESOURCE_EXHAUSTED,
				 "the program '%s' could not be started: the "
				 "node is out of memory or processes",
				 name);
	return call_fail(call, SCALE_INTERNAL,
			 "the program '%s' could not be started: %s", name,
			 strerrordesc_np(-rc));
}

scale_status host_exec(struct scale_call *abi, struct scale_exec *exec)
{
	struct running *running = running_of(abi);
	struct spawn spawn = {.deadline_ns = clock_after_ms(EXEC_MAX_MS)};
	int64_t began_ns = clock_now_ns();
	scale_status st = host_enter(running);
	int rc;

	if (running->host->nas_services != NULL)
		return call_fail(running->call, SCALE_UNIMPLEMENTED,
				 "programs are run on nodes only");
	if (st == SCALE_OK)
		st = check_exec(running, exec);
	if (st == SCALE_OK)
		st = choose_program(running, exec, &spawn);
	if (st != SCALE_OK)
		return st;
	spawn.input = exec->input;
	rc = spawn_run(running->call, &spawn);
	/* Neither argv nor input: the one is long, the other may be secret. */
	call_log(running->call, SCALE_DEBUG,
		 "ran '%s': result %d, exit code %d, %lld ms", exec->argv[0],
		 rc, spawn.exit_code,
		 (long long)((clock_now_ns() - began_ns) / CLOCK_NS_PER_MS));
	if (rc != 0)
		return tell(running, exec->argv[0], rc);
	if (spawn.out == NULL || spawn.err == NULL) {
		running->out_of_memory = true;
		return call_nomem(running->call);
	}
	exec->out = spawn.out;
	exec->err = spawn.err;
	exec->exit_code = spawn.exit_code;
	return SCALE_OK;
}
