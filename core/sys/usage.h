/* SPDX-License-Identifier: BSD-2-Clause */
/* How full a mounted file system is, asked for in a way that cannot hang. */
#ifndef SCALE_CSI_SYS_USAGE_H
#define SCALE_CSI_SYS_USAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "work/call.h"

struct usage {
	uint64_t total_bytes, used_bytes, available_bytes;
	uint64_t total_inodes, used_inodes, free_inodes; /* 0: has no number */
};

/*
 * usage_read - statfs() of @path.  Of a local file system on this thread; of
 * any other one by stat(1), which is killed after 5 s: a dead server would hold
 * a thread for ever.
 * @fs_type: as mountinfo has it.
 * UNAVAILABLE when the server does not answer.
 */
scale_status usage_read(struct call *call, const char *path,
			const char *fs_type, struct usage *ret_usage);

/* usage_parse - what `stat -f -c '%S %b %f %a %c %d'` prints; 0 or -EBADMSG. */
int usage_parse(const char *text, struct usage *ret_usage);

/* usage_is_local - whether statfs() of this type never waits for a server. */
bool usage_is_local(const char *fs_type);

#endif
