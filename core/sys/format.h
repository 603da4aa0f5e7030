/* SPDX-License-Identifier: BSD-2-Clause */
/* Decides whether a device gets a file system, and makes it. */
#ifndef SCALE_CSI_SYS_FORMAT_H
#define SCALE_CSI_SYS_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sys/fsprobe.h"
#include "work/call.h"

struct format_request {
	const char *device;  /* "/dev/sdb": proven to be the volume's */
	const char *volume;  /* its id: marker, UUID and texts come from it */
	const char *fs_type; /* "ext4", "ext3", "xfs" or "btrfs" */
	bool is_any_type; /* another one of these four will do as well: what a
			   * copy brought along, when nobody asked for one */
	bool may_format;  /* the volume was made empty, and is not mounted
			   * read-only */
	const char *why_not; /* when it may not: "was made from a snapshot" */
	bool is_readonly;    /* nothing may be written, not even the marker
			      * erased */
	uint64_t old_bytes;  /* a size it may have had when an earlier mkfs was
			      * cut off; 0: none */
};

struct format_result {
	char fs_type[32];
	bool was_made;     /* just now */
	uint64_t fs_bytes; /* what the file system spans; 0: unknown */
	uint64_t device_bytes;
};

/* Whether @fs_type is one that format_ensure() can make. */
bool format_knows(const char *fs_type);

/*
 * format_ensure - make sure that a file system is there that can be mounted.
 *
 * - one of the type asked for is there: used as it is;
 * - no signature, and 4 MiB at the head and 1 MiB at the tail read as zeros,
 * and it may be formatted: formatted, with a marker of ours around it;
 * - an mkfs of ours that was cut off, proven by the marker (and our UUID where
 *   one was written already): formatted anew;
 * - anything else: refused, nothing is written.
 *
 * mkfs runs without discard, and on when the call is cancelled: it has 15
 * minutes.
 *
 * FAILED_PRECONDITION with a sentence that says what was found; UNAVAILABLE
 * when the device could not be read or has no size yet; OUT_OF_RANGE when it is
 * too small.
 */
scale_status format_ensure(struct call *call, const struct format_request *req,
			   struct format_result *ret_result);

/* What is to be done with a device; on its own so that it can be proven. */
enum format_action { FORMAT_USE, FORMAT_MAKE, FORMAT_REFUSE };

/*
 * format_decide - the rule above.
 * @uuid:       the one that follows from the volume id.
 * @is_blank:   no byte but zeros at both ends.
 * @has_marker: exactly our marker is there.
 */
enum format_action format_decide(const struct format_request *req,
				 const struct fsprobe *probe, const char *uuid,
				 bool is_blank, bool has_marker);

/* format_uuid - the file system's UUID for a volume: 36 characters and NUL. */
void format_uuid(const char *volume, char ret_uuid[FSPROBE_UUID_TEXT]);

#endif
