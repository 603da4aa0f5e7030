/* SPDX-License-Identifier: BSD-2-Clause */
/* e2fsck, resize2fs, xfs_growfs, btrfs: run and judged by their exit codes. */
#include "sys/fscheck.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "sys/spawn.h"

#define CHECK_MS (15 * 60 * 1000)
#define GROW_MS  (5 * 60 * 1000)

/* e2fsck(8), "exit code": a sum of these. */
#define E2FSCK_CORRECTED 1
#define E2FSCK_REBOOT    2
#define E2FSCK_LEFT      4

static bool is_ext(const char *fs_type)
{
	return strcmp(fs_type, "ext4") == 0 || strcmp(fs_type, "ext3") == 0;
}

scale_status fscheck_preen(struct call *call, const char *fs_type,
			   const char *device, const char *volume)
{
	struct spawn spawn = {
		.argv = (const char *const[]){"e2fsck", "-p", device, NULL},
		.deadline_ns = clock_after_ms(CHECK_MS),
		.never_cancel = true,
	};
	int rc;

	if (!is_ext(fs_type))
		return SCALE_OK;
	rc = spawn_tool(call, &spawn);
	if (rc != 0 || spawn.exit_code < 0)
		return call_fail(call, spawn_status(call, rc, SCALE_INTERNAL),
				 "cannot check the file system of volume '%s': "
				 "%s",
				 volume, spawn_says(call, &spawn, rc));
	if ((spawn.exit_code & ~(E2FSCK_CORRECTED | E2FSCK_REBOOT)) == 0) {
		if (spawn.exit_code != 0)
			call_log(call, SCALE_WARNING,
				 "repaired the file system on %s", device);
		return SCALE_OK;
	}
	if ((spawn.exit_code & E2FSCK_LEFT) != 0)
		return call_fail(call, SCALE_FAILED_PRECONDITION,
				 "the file system of volume '%s' has errors "
				 "that cannot be repaired without a person's "
				 "decision; take a snapshot, then run e2fsck "
				 "on '%s' by hand",
				 volume, device);
	return call_fail(call, SCALE_INTERNAL,
			 "cannot check the file system of volume '%s': %s",
			 volume, spawn_says(call, &spawn, 0));
}

scale_status fscheck_grow(struct call *call, const char *fs_type,
			  const char *device, const char *mounted,
			  const char *volume)
{
	const char *const ext[] = {"resize2fs", device, NULL};
	const char *const xfs[] = {"xfs_growfs", "-d", mounted, NULL};
	const char *const btrfs[] = {"btrfs", "filesystem", "resize",
				     "max",   mounted,      NULL};
	struct spawn spawn = {.deadline_ns = clock_after_ms(GROW_MS)};
	int rc;

	if (is_ext(fs_type))
		spawn.argv = ext;
	else if (strcmp(fs_type, "xfs") == 0)
		spawn.argv = xfs;
	else if (strcmp(fs_type, "btrfs") == 0)
		spawn.argv = btrfs;
	else
		return call_fail(call, SCALE_FAILED_PRECONDITION,
				 "cannot grow volume '%s': a file system of "
				 "type '%s' does not grow while it is mounted",
				 volume, fs_type);
	rc = spawn_tool(call, &spawn);
	if (rc == 0 && spawn.exit_code == 0)
		return SCALE_OK;
	return call_fail(call, spawn_status(call, rc, SCALE_INTERNAL),
			 "cannot grow the file system of volume '%s': %s",
			 volume, spawn_says(call, &spawn, rc));
}
