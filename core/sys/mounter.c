/* SPDX-License-Identifier: BSD-2-Clause */
/* mount(2), mount.nfs, mount(8) and umount(8). */
#include "sys/mounter.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>

#include "base/clock.h"
#include "base/text.h"
#include "sys/spawn.h"

#define BIND_MS           10000
#define HELPER_USAGE      1 /* mount(8), "exit status": incorrect invocation */
#define OPTIONS_BYTES_MAX 4096
#define PROC_FD_ROOM      32

int mounter_mount_device(const char *device, const char *fs_type, int dir_fd,
			 const struct mountopts *opts)
{
	char target[PROC_FD_ROOM];

	(void)snprintf(target, sizeof(target), "/proc/self/fd/%d",
		       dir_fd); /* fits */
	if (mount(device, target, fs_type, opts->flags, opts->data) == -1)
		return -errno;
	return 0;
}

/* "a,b,c", or NULL with the reason recorded. */
static const char *join(struct call *call, const char *const *options)
{
	char *joined = arena_alloc(call->arena, OPTIONS_BYTES_MAX);
	struct text text;

	if (joined == NULL) {
		(void)call_nomem(call);
		return NULL;
	}
	text_init(&text, joined, OPTIONS_BYTES_MAX);
	for (; options != NULL && *options != NULL; options++) {
		if (text.len > 0)
			text_put_char(&text, ',');
		text_put(&text, *options);
	}
	if (!text.overflow)
		return joined;
	(void)call_fail(call, SCALE_INVALID_ARGUMENT,
			"the mount options take more than %d bytes",
			OPTIONS_BYTES_MAX - 1);
	return NULL;
}

scale_status mounter_mount_source(struct call *call, const char *fs_type,
				  const char *source, const char *target,
				  const char *const *options,
				  int64_t deadline_ns)
{
	const char *program = call_printf(call, "mount.%s", fs_type);
	const char *joined = join(call, options);
	const char *argv[] = {program, source, target, "-o", joined, NULL};
	struct spawn spawn = {.argv = argv, .deadline_ns = deadline_ns};
	scale_status st = SCALE_UNAVAILABLE;
	int rc;

	if (program == NULL)
		return call_nomem(call);
	if (joined == NULL)
		return call->status;
	if (joined[0] == '\0')
		argv[3] = NULL;
	rc = spawn_tool(call, &spawn);
	if (rc == 0 && spawn.exit_code == 0)
		return SCALE_OK;
	if (rc == 0 && spawn.exit_code == HELPER_USAGE)
		st = SCALE_INVALID_ARGUMENT;
	return call_fail(call, spawn_status(call, rc, st),
			 "cannot mount '%s': %s", source,
			 spawn_says(call, &spawn, rc));
}

scale_status mounter_bind(struct call *call, const char *source,
			  const char *target, bool readonly)
{
	/* -c: look at neither path, a server may be dead; -n: no mtab */
	struct spawn spawn = {
		.argv = (const char *const[]){"mount", "-n", "-c", "-o",
					      readonly ? "bind,ro" : "bind",
					      source, target, NULL},
		.deadline_ns = clock_after_ms(BIND_MS),
	};
	int rc = spawn_tool(call, &spawn);

	if (rc == 0 && spawn.exit_code == 0)
		return SCALE_OK;
	return call_fail(call, spawn_status(call, rc, SCALE_INTERNAL),
			 "cannot bind '%s' to '%s': %s", source, target,
			 spawn_says(call, &spawn, rc));
}

scale_status mounter_unmount(struct call *call, const char *target,
			     bool is_forced, int64_t deadline_ns)
{
	/* -i: umount2() and nothing else; -c, -n: as above */
	const char *const plain[] = {"umount", "-i", "-n", "-c", target, NULL};
	const char *const forced[] = {"umount", "-i",   "-n", "-c",
				      "-f",     target, NULL};
	struct spawn spawn = {.argv = is_forced ? forced : plain,
			      .deadline_ns = deadline_ns};
	int rc = spawn_tool(call, &spawn);

	if (rc == 0 && spawn.exit_code == 0)
		return SCALE_OK;
	return call_fail(call,
			 spawn_status(call, rc, SCALE_FAILED_PRECONDITION),
			 "cannot unmount '%s': %s", target,
			 spawn_says(call, &spawn, rc));
}
