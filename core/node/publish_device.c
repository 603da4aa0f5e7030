/* SPDX-License-Identifier: BSD-2-Clause */
/* Publishes a raw block volume: its device node is bound onto a file. */
#include <string.h>

#include "node/attach.h"
#include "node/publish.h"
#include "sys/blockdev.h"
#include "sys/mounter.h"
#include "sys/path.h"

/* Where else the device is published, by kind. */
struct publications {
	const struct mountinfo_entry *any, *writable, *readonly;
};

/* A bind of a device node is read-only for mountinfo's sake alone: it marks the
 * publication, the device itself refuses the writes. */
static struct publications find_others(const struct subject *subject,
				       const struct device *device,
				       const struct place *target)
{
	struct publications found = {0};
	const struct mountinfo_entry *entry = NULL;

	for (;;) {
		entry = device_next_mount(&target->mounts, device->dev, entry);
		if (entry == NULL)
			return found;
		if (!place_is_other(subject->node, entry, target->real, NULL))
			continue;
		found.any = entry;
		if (mountinfo_has_option(entry, "ro"))
			found.readonly = entry;
		else
			found.writable = entry;
	}
}

/*
 * The read-only flag is the device's, and so one for all its publications on a
 * node: one that must not write and one that may do not go together.
 */
static scale_status check_others(struct call *call,
				 const struct subject *subject,
				 const struct node_volume *given,
				 const struct publications *others,
				 bool readonly)
{
	const struct mountinfo_entry *other =
		readonly ? others->writable : others->readonly;

	if (publish_is_single(given) && others->any != NULL)
		return publish_refuse_second(call, subject, others->any);
	if (other != NULL)
		return call_fail(
			call, SCALE_FAILED_PRECONDITION,
			"the device of volume '%s' cannot be %s here "
			"while it is %s at '%s'",
			subject->id.volume, readonly ? "read-only" : "writable",
			readonly ? "writable" : "read-only", other->target);
	return SCALE_OK;
}

static scale_status set_readonly(struct call *call,
				 const struct subject *subject,
				 const struct device *device, bool readonly)
{
	struct blockdev look;
	int rc = blockdev_set_readonly(device->path, readonly);

	if (rc == 0)
		rc = blockdev_read(call->arena, BLOCKDEV_SYSFS, device->dev,
				   &look);
	if (rc != 0)
		return call_fail(call, SCALE_UNAVAILABLE,
				 "cannot prepare device '%s' of volume '%s': "
				 "%s",
				 device->path, subject->id.volume,
				 strerrordesc_np(-rc));
	if (look.is_readonly && !readonly)
		return call_fail(call, SCALE_FAILED_PRECONDITION,
				 "device '%s' of volume '%s' is read-only on "
				 "the NAS, but was asked for writable",
				 device->path, subject->id.volume);
	return SCALE_OK;
}

static scale_status bind_device(struct call *call, const struct device *device,
				struct place *target, bool readonly)
{
	struct device seen = {0};
	scale_status st;
	int rc = path_make_file(target->parent_fd, target->name);

	if (rc != 0)
		return call_fail(call, SCALE_INTERNAL,
				 "cannot make the file '%s': %s", target->real,
				 strerrordesc_np(-rc));
	st = mounter_bind(call, device->path, target->real, readonly);
	if (st == SCALE_OK)
		st = place_look(call, target);
	if (st == SCALE_OK && target->entry != NULL)
		device_of_mount(call, target->entry, &seen);
	if (st == SCALE_OK && seen.dev != device->dev)
		st = call_fail(call, SCALE_INTERNAL,
			       "device '%s' is not at '%s', though its mount "
			       "reported success",
			       device->path, target->real);
	return st == SCALE_OK ? SCALE_OK : publish_undo(call, target);
}

scale_status publish_device(struct call *call, struct subject *subject,
			    const struct node_volume *given,
			    struct place *target, bool readonly)
{
	struct device device, there = {0};
	struct publications others;
	scale_status st = attach_device(call, subject, given, &device);

	if (st != SCALE_OK)
		return st;
	if (target->entry != NULL) {
		device_of_mount(call, target->entry, &there);
		return there.dev == device.dev &&
				       mountinfo_has_option(target->entry,
							    "ro") == readonly
			       ? SCALE_OK
			       : publish_refuse_target(call, subject, target);
	}
	others = find_others(subject, &device, target);
	st = check_others(call, subject, given, &others, readonly);
	if (st == SCALE_OK)
		st = set_readonly(call, subject, &device, readonly);
	if (st == SCALE_OK)
		st = bind_device(call, &device, target, readonly);
	return st;
}
