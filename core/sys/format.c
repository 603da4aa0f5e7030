/* SPDX-License-Identifier: BSD-2-Clause */
/* The one place that runs mkfs. */
#include "sys/format.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/sha256.h"
#include "sys/blockdev.h"
#include "sys/marker.h"
#include "sys/spawn.h"

#define MIB        ((uint64_t)1024 * 1024)
#define MKFS_MS    (15 * 60 * 1000)
#define UUID_BYTES 16

/*
 * No discard: it would take the marker with it, and a zvol that was never
 * written holds nothing to discard.  -m 0: a volume keeps no blocks back for a
 * root user who logs in to repair it.  The least sizes: mkfs.xfs refuses less
 * than 300 MiB, mkfs.btrfs less than 109, and below 32 MiB the marker would lie
 * among the metadata of ext4.
 */
static const struct maker {
	const char *fs_type, *program;
	uint64_t least_bytes;
	const char *args[8]; /* NULL: the end; "UUID": the UUID */
	const char *uuid_prefix;
} makers[] = {
	{"ext4",
	 "mkfs.ext4",
	 32 * MIB,
	 {"-F", "-q", "-m", "0", "-E", "nodiscard", "-U"},
	 ""},
	{"ext3",
	 "mkfs.ext3",
	 32 * MIB,
	 {"-F", "-q", "-m", "0", "-E", "nodiscard", "-U"},
	 ""},
	{"xfs", "mkfs.xfs", 300 * MIB, {"-f", "-K", "-q", "-m"}, "uuid="},
	{"btrfs", "mkfs.btrfs", 128 * MIB, {"-f", "-K", "-q", "-U"}, ""},
};

static const struct maker *find_maker(const char *fs_type)
{
	for (size_t i = 0; i < sizeof(makers) / sizeof(*makers); i++)
		if (strcmp(makers[i].fs_type, fs_type) == 0)
			return &makers[i];
	return NULL;
}

bool format_knows(const char *fs_type)
{
	return find_maker(fs_type) != NULL;
}

void format_uuid(const char *volume, char ret_uuid[FSPROBE_UUID_TEXT])
{
	char hex[2 * UUID_BYTES + 1];

	sha256_hex(volume, 2 * UUID_BYTES, hex);
	hex[12] = '8'; /* RFC 9562: version 8, made our own way ... */
	hex[16] = "89ab"[(hex[16] <= '9' ? hex[16] - '0' : hex[16] - 'a' + 10) &
			 3]; /* ... and its variant */
	(void)snprintf(ret_uuid, FSPROBE_UUID_TEXT, "%.8s-%.4s-%.4s-%.4s-%.12s",
		       hex, hex + 8, hex + 12, hex + 16, hex + 20); /* fits */
}

enum format_action format_decide(const struct format_request *req,
				 const struct fsprobe *probe, const char *uuid,
				 bool is_blank, bool has_marker)
{
	bool is_ours = strcmp(probe->uuid, uuid) == 0;
	bool is_wanted = strcmp(probe->type, req->fs_type) == 0 ||
			 (req->is_any_type && format_knows(probe->type));

	switch (probe->kind) {
	case FSPROBE_FILESYSTEM:
		return is_wanted ? FORMAT_USE : FORMAT_REFUSE;
	case FSPROBE_UNFINISHED:
		return req->may_format && is_ours && has_marker ? FORMAT_MAKE
								: FORMAT_REFUSE;
	case FSPROBE_NOTHING:
		return req->may_format && (is_blank || has_marker)
			       ? FORMAT_MAKE
			       : FORMAT_REFUSE;
	case FSPROBE_OTHER:
	case FSPROBE_AMBIVALENT:
		break;
	}
	return FORMAT_REFUSE;
}

/* What format_ensure() has learned about the device. */
struct look {
	int fd;
	uint64_t size_bytes;
	struct fsprobe probe;
	bool is_blank, has_marker;
	char uuid[FSPROBE_UUID_TEXT];
};

static scale_status fail_to_read(struct call *call,
				 const struct format_request *req, int rc)
{
	return call_fail(call, SCALE_UNAVAILABLE,
			 "cannot read device '%s' of volume '%s': %s; look at "
			 "the node's kernel log and at the NAS",
			 req->device, req->volume, strerrordesc_np(-rc));
}

static int look_for_marker(const struct format_request *req, struct look *look)
{
	int rc = marker_is_there(look->fd, req->volume, look->size_bytes);

	if (rc == 0 && req->old_bytes != 0 &&
	    req->old_bytes < look->size_bytes) {
		rc = marker_is_there(look->fd, req->volume, req->old_bytes);
		rc = rc == -ERANGE ? 0 : rc;
	}
	if (rc == -ERANGE)
		rc = 0; /* too small to have one */
	look->has_marker = rc == 1;
	return rc < 0 ? rc : 0;
}

static scale_status look_at(struct call *call, const struct format_request *req,
			    struct look *look)
{
	int rc = blockdev_get_size(look->fd, &look->size_bytes);

	if (rc == 0 && look->size_bytes == 0)
		return call_fail(call, SCALE_UNAVAILABLE,
				 "device '%s' of volume '%s' has no size yet",
				 req->device, req->volume);
	/* what this node read earlier is no proof; without the right to do so
	 * (EACCES) the cache is as fresh as the open */
	(void)ioctl(look->fd, BLKFLSBUF, 0);
	format_uuid(req->volume, look->uuid);
	if (rc == 0)
		rc = fsprobe_read(look->fd, &look->probe);
	if (rc == 0 && look->probe.kind == FSPROBE_NOTHING) {
		rc = blockdev_is_blank(req->device, look->size_bytes);
		look->is_blank = rc == 1;
		rc = rc < 0 ? rc : 0;
	}
	if (rc == 0)
		rc = look_for_marker(req, look);
	return rc == 0 ? SCALE_OK : fail_to_read(call, req, rc);
}

static scale_status refuse(struct call *call, const struct format_request *req,
			   const struct look *look)
{
	const struct fsprobe *probe = &look->probe;
	const char *what = probe->type[0] != '\0' ? probe->type : "unknown";

	if (probe->kind == FSPROBE_FILESYSTEM)
		return call_fail(
			call, SCALE_FAILED_PRECONDITION,
			"volume '%s' holds a file system of type '%s', "
			"but '%s' was asked for; use a storage class "
			"with that type",
			req->volume, what, req->fs_type);
	if (probe->kind == FSPROBE_OTHER)
		return call_fail(call, SCALE_FAILED_PRECONDITION,
				 "volume '%s' holds '%s', which is no file "
				 "system and is not overwritten; use it as a "
				 "raw block volume, or erase it by hand",
				 req->volume, what);
	if (!req->may_format)
		return call_fail(call, SCALE_FAILED_PRECONDITION,
				 "volume '%s' holds no file system and is not "
				 "formatted, because it %s",
				 req->volume, req->why_not);
	return call_fail(call, SCALE_FAILED_PRECONDITION,
			 "volume '%s' (device '%s') holds data of a kind that "
			 "is not known here (%s) and is not overwritten; look "
			 "at it, then erase its first 4 MiB and its last MiB "
			 "by hand if it may go",
			 req->volume, req->device,
			 probe->kind == FSPROBE_AMBIVALENT
				 ? "contradicting signatures"
			 : probe->kind == FSPROBE_UNFINISHED
				 ? "somebody's unfinished file system"
				 : "no signature, but not empty");
}

static scale_status run_mkfs(struct call *call,
			     const struct format_request *req,
			     const struct maker *maker, const char *uuid)
{
	const char *argv[12] = {maker->program};
	const char *given = call_printf(call, "%s%s", maker->uuid_prefix, uuid);
	struct spawn spawn = {.argv = argv,
			      .deadline_ns = clock_after_ms(MKFS_MS),
			      .never_cancel = true};
	size_t n = 1;
	int rc;

	if (given == NULL)
		return call_nomem(call);
	for (size_t i = 0; maker->args[i] != NULL; i++)
		argv[n++] = maker->args[i];
	argv[n++] = given;
	argv[n] = req->device;
	rc = spawn_tool(call, &spawn);
	if (rc == 0 && spawn.exit_code == 0)
		return SCALE_OK;
	return call_fail(call, spawn_status(call, rc, SCALE_INTERNAL),
			 "cannot make a file system of type '%s' on volume "
			 "'%s': %s",
			 req->fs_type, req->volume,
			 spawn_says(call, &spawn, rc));
}

/* The marker goes once it is proven not to be needed: there is a file system.
 */
static scale_status erase_markers(struct call *call,
				  const struct format_request *req,
				  const struct look *look)
{
	int rc = marker_erase(look->fd, req->volume, look->size_bytes);

	if (rc >= 0 && req->old_bytes != 0 && req->old_bytes < look->size_bytes)
		rc = marker_erase(look->fd, req->volume, req->old_bytes);
	if (rc >= 0 || rc == -ERANGE)
		return SCALE_OK;
	return call_fail(call, SCALE_UNAVAILABLE,
			 "cannot write to device '%s' of volume '%s': %s",
			 req->device, req->volume, strerrordesc_np(-rc));
}

static scale_status make(struct call *call, const struct format_request *req,
			 struct look *look)
{
	const struct maker *maker = find_maker(req->fs_type);
	scale_status st;
	int rc;

	if (look->size_bytes < maker->least_bytes)
		return call_fail(call, SCALE_OUT_OF_RANGE,
				 "volume '%s' has %" PRIu64 " MiB, too little "
				 "for '%s', which takes %" PRIu64
				 " MiB or more",
				 req->volume, look->size_bytes / MIB,
				 req->fs_type, maker->least_bytes / MIB);
	rc = marker_write(look->fd, req->volume, look->size_bytes);
	if (rc != 0)
		return call_fail(call, SCALE_UNAVAILABLE,
				 "cannot write to device '%s' of volume '%s': "
				 "%s",
				 req->device, req->volume,
				 strerrordesc_np(-rc));
	call_log(call, SCALE_NOTICE, "making a file system of type %s on %s",
		 req->fs_type, req->device);
	st = run_mkfs(call, req, maker, look->uuid);
	if (st != SCALE_OK)
		return st;
	(void)ioctl(look->fd, BLKFLSBUF, 0); /* see look_at() */
	rc = fsprobe_read(look->fd, &look->probe);
	if (rc != 0)
		return fail_to_read(call, req, rc);
	if (look->probe.kind != FSPROBE_FILESYSTEM ||
	    strcmp(look->probe.uuid, look->uuid) != 0)
		return call_fail(call, SCALE_INTERNAL,
				 "the new file system on volume '%s' is not "
				 "the one that was made; look at the node's "
				 "kernel log for errors of '%s'",
				 req->volume, req->device);
	return SCALE_OK;
}

static scale_status ensure(struct call *call, const struct format_request *req,
			   struct look *look, bool *ret_made)
{
	scale_status st = look_at(call, req, look);

	if (st != SCALE_OK)
		return st;
	*ret_made = false;
	switch (format_decide(req, &look->probe, look->uuid, look->is_blank,
			      look->has_marker)) {
	case FORMAT_REFUSE:
		return refuse(call, req, look);
	case FORMAT_MAKE:
		*ret_made = true;
		st = make(call, req, look);
		break;
	case FORMAT_USE:
		break;
	}
	if (st != SCALE_OK || req->is_readonly)
		return st;
	return erase_markers(call, req, look);
}

scale_status format_ensure(struct call *call, const struct format_request *req,
			   struct format_result *ret_result)
{
	auto_fd int fd =
		open(req->device,
		     (req->is_readonly ? O_RDONLY : O_RDWR) | O_CLOEXEC);
	struct look look = {.fd = fd};
	bool was_made;
	scale_status st;

	if (fd == -1)
		return fail_to_read(call, req, -errno);
	if (find_maker(req->fs_type) == NULL)
		return call_fail(call, SCALE_INVALID_ARGUMENT,
				 "file system type '%s' cannot be used on a "
				 "block volume; use ext4, ext3, xfs or btrfs",
				 req->fs_type);
	st = ensure(call, req, &look, &was_made);
	if (st != SCALE_OK)
		return st;
	*ret_result = (struct format_result){
		.was_made = was_made,
		.fs_bytes = look.probe.fs_bytes,
		.device_bytes = look.size_bytes,
	};
	memcpy(ret_result->fs_type, look.probe.type,
	       sizeof(ret_result->fs_type));
	return SCALE_OK;
}
