/* SPDX-License-Identifier: BSD-2-Clause */
/* NodeExpandVolume: see the new size, then grow the file system. */
#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "node/device.h"
#include "node/place.h"
#include "sys/blockdev.h"
#include "sys/fscheck.h"
#include "sys/uevent.h"
#include "sys/usage.h"

#define RESIZE_MS 20000
#define LOOK_MS   1000 /* the kernel need not tell of a resize everywhere */
#define MIB       ((uint64_t)1024 * 1024)

static scale_status fail_absent(struct call *call, const char *volume_id,
				const char *path)
{
	return call_fail(call, SCALE_NOT_FOUND, "volume '%s' is not at '%s'",
			 volume_id, path);
}

static scale_status run_rescan(struct call *call, const struct subject *subject,
			       const struct device *device)
{
	struct invocation inv = subject_invocation(subject);
	const struct scale_attached found = {
		.struct_size = sizeof(found),
		.device = device->path,
	};

	return invoke_rescan(call, subject->backend, &inv, &subject->volume,
			     &found);
}

static scale_status wait_for_size(struct call *call,
				  const struct subject *subject,
				  const struct device *device,
				  struct uevent *uevent, uint64_t required,
				  uint64_t *ret_bytes)
{
	int64_t deadline_ns = clock_after_ms(RESIZE_MS);

	for (;;) {
		int64_t look_ns = clock_after_ms(LOOK_MS);
		struct blockdev look;
		int rc = blockdev_read(call->arena, BLOCKDEV_SYSFS, device->dev,
				       &look);

		if (rc != 0)
			return call_fail(call, SCALE_UNAVAILABLE,
					 "device '%s' of volume '%s' cannot be "
					 "looked at: %s",
					 device->path, subject->id.volume,
					 strerrordesc_np(-rc));
		*ret_bytes = look.size_bytes;
		if (look.size_bytes > 0 && look.size_bytes >= required)
			return SCALE_OK;
		if (clock_now_ns() >= deadline_ns)
			return call_fail(call, SCALE_UNAVAILABLE,
					 "device '%s' of volume '%s' still has "
					 "%" PRIu64 " MiB of the %" PRIu64
					 " MiB asked for; has the volume grown "
					 "on the NAS",
					 device->path, subject->id.volume,
					 look.size_bytes / MIB, required / MIB);
		if (uevent_wait(uevent, call, look_ns) < 0)
			return call_check(call);
	}
}

static scale_status see_size(struct call *call, const struct subject *subject,
			     const struct device *device, uint64_t required,
			     uint64_t *ret_bytes)
{
	struct uevent *uevent = NULL;
	scale_status st;

	/* without it, in a sandbox, time has to do */
	(void)uevent_open("block", &uevent);
	st = run_rescan(call, subject, device);
	if (st == SCALE_OK)
		st = wait_for_size(call, subject, device, uevent, required,
				   ret_bytes);
	uevent_close(uevent);
	return st;
}

static const struct mountinfo_entry *
find_writable(const struct mountinfo *mounts, const struct device *device)
{
	const struct mountinfo_entry *entry = NULL;

	do {
		entry = device_next_mount(mounts, device->dev, entry);
	} while (entry != NULL &&
		 (mountinfo_has_option(entry, "ro") || device_is_bound(entry)));
	return entry;
}

/* A tool that did nothing, for whatever reason, must not pass for success. */
static scale_status check_grown(struct call *call,
				const struct subject *subject,
				const struct mountinfo_entry *entry,
				uint64_t device_bytes)
{
	uint64_t slack = device_bytes / 8; /* journal, inode tables, log */
	struct usage usage;
	scale_status st =
		usage_read(call, entry->target, entry->fs_type, &usage);

	if (st != SCALE_OK)
		return st;
	if (slack < 192 * MIB)
		slack = 192 * MIB;
	if (usage.total_bytes + slack >= device_bytes)
		return SCALE_OK;
	return call_fail(call, SCALE_INTERNAL,
			 "the file system of volume '%s' has %" PRIu64
			 " MiB on a device of %" PRIu64 " MiB after it was "
			 "grown",
			 subject->id.volume, usage.total_bytes / MIB,
			 device_bytes / MIB);
}

static scale_status grow_device(struct call *call,
				const struct subject *subject,
				const struct place *place,
				const struct device *device, uint64_t required,
				uint64_t *ret_bytes)
{
	const struct mountinfo_entry *entry;
	scale_status st = see_size(call, subject, device, required, ret_bytes);

	if (st != SCALE_OK || place->entry == NULL ||
	    device_is_bound(place->entry))
		return st;
	entry = find_writable(&place->mounts, device);
	if (entry == NULL)
		return call_fail(call, SCALE_FAILED_PRECONDITION,
				 "volume '%s' is mounted read-only on this "
				 "node, so its file system cannot grow",
				 subject->id.volume);
	st = fscheck_grow(call, entry->fs_type, device->path, entry->target,
			  subject->id.volume);
	return st == SCALE_OK ? check_grown(call, subject, entry, *ret_bytes)
			      : st;
}

/* The device of what is mounted there; nothing there: of a raw volume that is
 * attached, which leaves no trace at its staging path. */
static scale_status find_device(struct call *call,
				const struct subject *subject,
				const struct place *place, const char *path,
				struct device *ret_device)
{
	bool is_known;
	scale_status st = SCALE_OK;

	if (place->entry != NULL)
		device_of_mount(call, place->entry, ret_device);
	else
		st = device_of_volume(call, subject, ret_device, &is_known);
	if (st == SCALE_OK && ret_device->dev == 0)
		return fail_absent(call, subject->id.volume, path);
	return st;
}

static scale_status expand(struct call *call, struct subject *subject,
			   const struct place *place, const char *path,
			   uint64_t required, uint64_t *ret_bytes)
{
	enum device_owner owner = DEVICE_OURS;
	struct device device;
	scale_status st = SCALE_OK;

	if (place->entry != NULL)
		st = device_owner_of(call, subject, place->entry, &owner);
	if (st == SCALE_OK && owner == DEVICE_OTHERS)
		return fail_absent(call, subject->id.volume, path);
	if (st == SCALE_OK && owner == DEVICE_GONE)
		return call_fail(call, SCALE_UNAVAILABLE,
				 "the device of volume '%s' has gone away; it "
				 "grows when it is attached anew",
				 subject->id.volume);
	if (st != SCALE_OK)
		return st;
	if (place->entry != NULL &&
	    !device_is_block_mount(subject, place->entry)) {
		*ret_bytes = required; /* the NAS has grown its quota */
		return SCALE_OK;
	}
	st = find_device(call, subject, place, path, &device);
	if (st != SCALE_OK)
		return st;
	st = grow_device(call, subject, place, &device, required, ret_bytes);
	return st == SCALE_OK
		       ? st
		       : subject_explain(call, "expanding", subject->id.volume);
}

scale_status node_expand(struct call *call, struct node *node,
			 const char *volume_id, const char *path,
			 const char *staging, uint64_t required_bytes,
			 uint64_t *ret_bytes)
{
	auto_place place = PLACE_NONE;
	struct subject subject;
	scale_status st = subject_find(call, node, volume_id, &subject);

	(void)staging; /* the writable mount is found by its device */
	if (st != SCALE_OK)
		return st;
	st = place_open(call, node, path, &place);
	if (st == SCALE_INVALID_ARGUMENT || st == SCALE_PERMISSION_DENIED ||
	    (st == SCALE_OK && place.parent_fd < 0))
		return fail_absent(call, volume_id, path);
	if (st != SCALE_OK)
		return st;
	return expand(call, &subject, &place, path, required_bytes, ret_bytes);
}
