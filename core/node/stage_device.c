/* SPDX-License-Identifier: BSD-2-Clause */
/* Stages a block volume: its device is attached, proven, prepared, mounted. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "node/attach.h"
#include "node/stage.h"
#include "sys/blockdev.h"
#include "sys/format.h"
#include "sys/fscheck.h"
#include "sys/mounter.h"

/* mkfs.ext4 may leave out a last group too small for its own metadata. */
#define GROW_LEAST_BYTES ((uint64_t)16 << 20)

/* What one stage works with. */
struct staging {
	struct subject *subject;
	const struct node_volume *given;
	struct place *place;
	struct device device;
	struct format_result format;
	bool is_readonly;
	bool is_copy; /* what it holds came from a snapshot or a volume */
};

/* Whether an error ends it for the CO, which then asks for no unstage. */
static bool is_final(scale_status st)
{
	return st != SCALE_CANCELLED && st != SCALE_DEADLINE_EXCEEDED &&
	       st != SCALE_UNAVAILABLE && st != SCALE_RESOURCE_EXHAUSTED &&
	       st != SCALE_ABORTED;
}

static scale_status check_unused(struct call *call, const struct staging *s)
{
	const struct mountinfo_entry *other =
		device_next_mount(&s->place->mounts, s->device.dev, NULL);

	if (other != NULL)
		return call_fail(call, SCALE_FAILED_PRECONDITION,
				 "device '%s' of volume '%s' is mounted at "
				 "'%s' already; unstage it there first",
				 s->device.path, s->subject->id.volume,
				 other->target);
	if (blockdev_is_busy(s->device.path) == 1)
		return call_fail(call, SCALE_UNAVAILABLE,
				 "device '%s' of volume '%s' is in use on this "
				 "node: an earlier unmount has not ended, or "
				 "another program holds it (lsblk and fuser "
				 "say which)",
				 s->device.path, s->subject->id.volume);
	return SCALE_OK;
}

/* Lets the kernel refuse writes to what is staged read-only; and takes that
 * back, because the flag may be an earlier stage's. */
static scale_status set_readonly(struct call *call, const struct staging *s)
{
	struct blockdev look;
	int rc = blockdev_set_readonly(s->device.path, s->is_readonly);

	if (rc == 0)
		rc = blockdev_read(call->arena, BLOCKDEV_SYSFS, s->device.dev,
				   &look);
	if (rc != 0)
		return call_fail(call, SCALE_UNAVAILABLE,
				 "cannot prepare device '%s' of volume '%s': "
				 "%s",
				 s->device.path, s->subject->id.volume,
				 strerrordesc_np(-rc));
	if (look.is_readonly && !s->is_readonly)
		return call_fail(call, SCALE_FAILED_PRECONDITION,
				 "device '%s' of volume '%s' is read-only on "
				 "the NAS, but was asked for writable",
				 s->device.path, s->subject->id.volume);
	return SCALE_OK;
}

static scale_status prepare(struct call *call, struct staging *s)
{
	const struct node_volume *given = s->given;
	const char *usual = map_get(&given->context, "filesystem");
	struct format_request req = {
		.device = s->device.path,
		.volume = s->subject->id.volume,
		.fs_type = given->fs_type,
		.is_any_type = s->is_copy,
		.may_format = !s->is_copy && !s->is_readonly,
		.why_not = s->is_copy ? "was made from a snapshot or a volume"
				      : "is mounted read-only",
		.is_readonly = s->is_readonly,
		.old_bytes = s->subject->volume.bytes,
	};
	scale_status st;

	if (req.fs_type == NULL || req.fs_type[0] == '\0')
		req.fs_type = usual != NULL && usual[0] != '\0'
				      ? usual
				      : s->subject->node->filesystem;
	st = set_readonly(call, s);
	if (st == SCALE_OK)
		st = format_ensure(call, &req, &s->format);
	if (st == SCALE_OK && !s->is_readonly && !s->format.was_made)
		st = fscheck_preen(call, s->format.fs_type, s->device.path,
				   s->subject->id.volume);
	return st;
}

/* The option with which a journal is left alone, on a device that must not be
 * written to. */
static const char *without_journal(const char *fs_type)
{
	if (strcmp(fs_type, "xfs") == 0)
		return "norecovery";
	return strcmp(fs_type, "btrfs") == 0 ? "rescue=nologreplay" : "noload";
}

static scale_status parse_options(struct call *call, const struct staging *s,
				  const char *extra, struct mountopts *ret_opts)
{
	bool is_xfs = strcmp(s->format.fs_type, "xfs") == 0;
	const char **all;
	char bad[64];
	size_t n = 0, given = 0;
	int rc;

	while (s->given->options != NULL && s->given->options[given] != NULL)
		given++;
	all = arena_array(call->arena, given + 4, sizeof(*all));
	if (all == NULL)
		return call_nomem(call);
	for (; n < given; n++)
		all[n] = s->given->options[n];
	if (s->is_readonly)
		all[n++] = "ro";
	if (is_xfs && !mountopts_have(all, "nouuid"))
		all[n++] = "nouuid"; /* a clone has its source's UUID */
	if (extra != NULL)
		all[n++] = extra;
	rc = mountopts_parse(all, ret_opts, bad, sizeof(bad));
	if (rc == -EINVAL)
		return call_fail(call, SCALE_INVALID_ARGUMENT,
				 "the mount option '%s' cannot be used for "
				 "volume '%s'; take it out of the storage "
				 "class",
				 bad, s->subject->id.volume);
	if (rc != 0)
		return call_fail(call, SCALE_INVALID_ARGUMENT,
				 "the mount options of volume '%s' are too "
				 "long",
				 s->subject->id.volume);
	return SCALE_OK;
}

static scale_status fail_mount(struct call *call, const struct staging *s,
			       int rc)
{
	if (rc == -EEXIST && strcmp(s->format.fs_type, "btrfs") == 0)
		return call_fail(call, SCALE_FAILED_PRECONDITION,
				 "volume '%s' cannot be mounted while its "
				 "source or another clone of it is mounted on "
				 "this node: they are btrfs with one UUID, "
				 "which takes Linux 6.7 or newer",
				 s->subject->id.volume);
	if (rc == -EINVAL)
		return call_fail(call, SCALE_INVALID_ARGUMENT,
				 "volume '%s' cannot be mounted: the kernel "
				 "refuses its mount options or does not know a "
				 "feature of its '%s'; the node's kernel log "
				 "says which",
				 s->subject->id.volume, s->format.fs_type);
	return call_fail(call,
			 rc == -EIO || rc == -ENXIO ? SCALE_UNAVAILABLE
						    : SCALE_INTERNAL,
			 "volume '%s' (%s on '%s') cannot be mounted: %s; the "
			 "node's kernel log says more",
			 s->subject->id.volume, s->format.fs_type,
			 s->device.path, strerrordesc_np(-rc));
}

static scale_status mount_device(struct call *call, const struct staging *s)
{
	auto_fd int dir = openat(s->place->parent_fd, s->place->name,
				 O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct mountopts opts;
	scale_status st;
	int rc;

	if (dir == -1)
		return call_fail(call, SCALE_FAILED_PRECONDITION,
				 "volume '%s' cannot be staged at '%s': %s",
				 s->subject->id.volume, s->place->real,
				 strerrordesc_np(errno));
	st = parse_options(call, s, NULL, &opts);
	if (st != SCALE_OK)
		return st;
	rc = mounter_mount_device(s->device.path, s->format.fs_type, dir,
				  &opts);
	if (rc == -EROFS && s->is_readonly) {
		const char *extra = without_journal(s->format.fs_type);

		st = parse_options(call, s, extra, &opts);
		if (st != SCALE_OK)
			return st;
		call_log(call, SCALE_NOTICE,
			 "its journal is not replayed: mounting with %s",
			 extra);
		rc = mounter_mount_device(s->device.path, s->format.fs_type,
					  dir, &opts);
	}
	return rc == 0 ? SCALE_OK : fail_mount(call, s, rc);
}

static scale_status grow_if_smaller(struct call *call, const struct staging *s)
{
	if (s->is_readonly || s->format.fs_bytes == 0 ||
	    s->format.device_bytes < s->format.fs_bytes + GROW_LEAST_BYTES)
		return SCALE_OK;
	return fscheck_grow(call, s->format.fs_type, s->device.path,
			    s->place->real, s->subject->id.volume);
}

/* What is mounted there may come from a stage that was cut off before it grew
 * the file system. */
static scale_status finish_mounted(struct call *call, struct staging *s)
{
	auto_fd int fd = open(s->device.path, O_RDONLY | O_CLOEXEC);
	struct fsprobe probe;
	const char *asked = s->given->fs_type;
	scale_status st;

	if (s->given->is_raw ||
	    (!s->is_copy && asked != NULL && asked[0] != '\0' &&
	     strcmp(asked, s->place->entry->fs_type) != 0))
		return stage_refuse_other(call, s->subject, s->place);
	st = stage_check_same(call, s->subject, s->given, s->place);
	if (st != SCALE_OK || fd == -1 || fsprobe_read(fd, &probe) != 0 ||
	    probe.kind != FSPROBE_FILESYSTEM ||
	    blockdev_get_size(fd, &s->format.device_bytes) != 0)
		return st;
	s->format.fs_bytes = probe.fs_bytes;
	memcpy(s->format.fs_type, probe.type, sizeof(s->format.fs_type));
	return grow_if_smaller(call, s);
}

/*
 * Holds the proven device, so that its name is not given to another one while
 * tools open it by that name.
 */
static scale_status pin_device(struct call *call, const struct staging *s,
			       int *ret_fd)
{
	int fd = open(s->device.path, O_RDONLY | O_CLOEXEC);
	int rc = fd == -1 ? -errno : 0;
	struct stat st;

	*ret_fd = fd;
	if (rc == 0 && (fstat(fd, &st) == -1 || st.st_rdev != s->device.dev))
		rc = -ENODEV;
	if (rc == 0)
		return SCALE_OK;
	return call_fail(call, SCALE_UNAVAILABLE,
			 "device '%s' of volume '%s' has gone away: %s",
			 s->device.path, s->subject->id.volume,
			 strerrordesc_np(-rc));
}

/* From a proven device to a mounted file system. */
static scale_status set_up(struct call *call, struct staging *s)
{
	auto_fd int pin = -1;
	scale_status st = pin_device(call, s, &pin);

	if (st == SCALE_OK)
		st = prepare(call, s);
	if (st == SCALE_OK)
		st = mount_device(call, s);
	if (st != SCALE_OK)
		return st;
	st = grow_if_smaller(call, s);
	if (st != SCALE_OK && is_final(st)) {
		const char *reason = call->reason;

		if (place_look(call, s->place) != SCALE_OK ||
		    place_unmount(call, s->place) != SCALE_OK)
			st = SCALE_UNAVAILABLE;
		return call_fail(call, st, "%s", reason);
	}
	return st;
}

static scale_status stage(struct call *call, struct staging *s)
{
	scale_status st = attach_device(call, s->subject, s->given, &s->device);
	struct device mounted = {0};

	if (st != SCALE_OK)
		return st;
	if (s->place->entry != NULL) {
		device_of_mount(call, s->place->entry, &mounted);
		return mounted.dev == s->device.dev
			       ? finish_mounted(call, s)
			       : stage_refuse_other(call, s->subject, s->place);
	}
	if (s->given->is_raw)
		return SCALE_OK;
	st = check_unused(call, s);
	return st == SCALE_OK ? set_up(call, s) : st;
}

scale_status stage_device(struct call *call, struct subject *subject,
			  const struct node_volume *given, struct place *place)
{
	const char *source = map_get(&given->context, "content-source");
	struct staging s = {
		.is_copy = source != NULL && source[0] != '\0',
		.subject = subject,
		.given = given,
		.place = place,
		.is_readonly = given->is_readonly ||
			       mountopts_have(given->options, "ro"),
	};
	scale_status st = stage(call, &s);

	if (st == SCALE_OK)
		return SCALE_OK;
	st = subject_explain(call, "staging", subject->id.volume);
	return is_final(st) ? attach_undo(call, subject, &s.device) : st;
}
