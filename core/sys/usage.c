/* SPDX-License-Identifier: BSD-2-Clause */
/* statfs(), here or in a child. */
#include "sys/usage.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>

#include "base/clock.h"
#include "sys/spawn.h"

#define REMOTE_MS 5000

/* Blocks and inodes as statfs() counts them. */
struct counts {
	uint64_t block_bytes, blocks, free, available, inodes, free_inodes;
};

static bool scale(uint64_t blocks, uint64_t block_bytes, uint64_t *ret_bytes)
{
	return !__builtin_mul_overflow(blocks, block_bytes, ret_bytes);
}

static int convert(const struct counts *counts, struct usage *ret_usage)
{
	struct usage usage = {
		.total_inodes = counts->inodes,
		.free_inodes = counts->free_inodes,
	};

	if (counts->free > counts->blocks ||
	    counts->free_inodes > counts->inodes)
		return -EBADMSG;
	usage.used_inodes = counts->inodes - counts->free_inodes;
	if (!scale(counts->blocks, counts->block_bytes, &usage.total_bytes) ||
	    !scale(counts->blocks - counts->free, counts->block_bytes,
		   &usage.used_bytes) ||
	    !scale(counts->available, counts->block_bytes,
		   &usage.available_bytes))
		return -EBADMSG;
	*ret_usage = usage;
	return 0;
}

bool usage_is_local(const char *fs_type)
{
	static const char *const local[] = {"ext4",  "ext3",  "ext2", "xfs",
					    "btrfs", "tmpfs", NULL};

	for (size_t i = 0; local[i] != NULL; i++)
		if (strcmp(fs_type, local[i]) == 0)
			return true;
	return false;
}

int usage_parse(const char *text, struct usage *ret_usage)
{
	struct counts counts;

	if (sscanf(text,
		   "%" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64
		   " %" SCNu64,
		   &counts.block_bytes, &counts.blocks, &counts.free,
		   &counts.available, &counts.inodes, &counts.free_inodes) != 6)
		return -EBADMSG;
	return convert(&counts, ret_usage);
}

static scale_status read_local(struct call *call, const char *path,
			       struct usage *ret_usage)
{
	struct statvfs st;
	struct counts counts;
	int rc = statvfs(path, &st) == -1 ? -errno : 0;

	if (rc == 0) {
		counts = (struct counts){st.f_frsize, st.f_blocks, st.f_bfree,
					 st.f_bavail, st.f_files,  st.f_ffree};
		rc = convert(&counts, ret_usage);
	}
	if (rc == 0)
		return SCALE_OK;
	return call_fail(call,
			 rc == -ENOENT ? SCALE_NOT_FOUND : SCALE_UNAVAILABLE,
			 "cannot read the usage of '%s': %s", path,
			 strerrordesc_np(-rc));
}

static scale_status read_remote(struct call *call, const char *path,
				struct usage *ret_usage)
{
	struct spawn spawn = {
		.argv = (const char *const[]){"stat", "-f", "-c",
					      "%S %b %f %a %c %d", path, NULL},
		.deadline_ns = clock_after_ms(REMOTE_MS),
	};
	int rc = spawn_tool(call, &spawn);

	if (rc == -ETIMEDOUT)
		return call_fail(call, SCALE_UNAVAILABLE,
				 "cannot read the usage of '%s': its server "
				 "has not answered for %d s",
				 path, REMOTE_MS / 1000);
	if (rc != 0 || spawn.exit_code != 0)
		return call_fail(call,
				 spawn_status(call, rc, SCALE_UNAVAILABLE),
				 "cannot read the usage of '%s': %s", path,
				 spawn_says(call, &spawn, rc));
	if (usage_parse(spawn.out, ret_usage) != 0)
		return call_fail(call, SCALE_INTERNAL,
				 "cannot read the usage of '%s': the numbers "
				 "of its file system make no sense",
				 path);
	return SCALE_OK;
}

scale_status usage_read(struct call *call, const char *path,
			const char *fs_type, struct usage *ret_usage)
{
	if (usage_is_local(fs_type))
		return read_local(call, path, ret_usage);
	return read_remote(call, path, ret_usage);
}
