/* SPDX-License-Identifier: BSD-2-Clause */
/* unshare(), and a tmpfs on a fresh directory. */
#include "mount_space.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>

#include "base/arena.h"
#include "base/clock.h"
#include "sys/spawn.h"

int mount_space_enter(void)
{
	if (unshare(CLONE_NEWNS) == -1 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == -1)
		return -errno;
	return 0;
}

int mount_space_directory(char *ret_path)
{
	(void)snprintf(ret_path, 32, "/tmp/scale-test-XXXXXX");
	if (mkdtemp(ret_path) == NULL ||
	    mount("tmpfs", ret_path, "tmpfs", 0, NULL) == -1)
		return -errno;
	return 0;
}

int mount_space_run(const char *const *argv)
{
	struct arena *arena = arena_new(1u << 20);
	struct spawn spawn = {.argv = argv,
			      .deadline_ns = clock_after_ms(60000)};
	struct call call;
	int rc;

	call_init(&call, arena, NULL, NULL, CLOCK_NEVER);
	rc = spawn_tool(&call, &spawn);
	if (rc == 0 && spawn.exit_code != 0)
		(void)fprintf(stderr, "%s: %s\n", argv[0], spawn.err);
	arena_free(arena);
	return rc == 0 ? spawn.exit_code : -1;
}
