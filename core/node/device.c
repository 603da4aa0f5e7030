/* SPDX-License-Identifier: BSD-2-Clause */
/* Mounts, device numbers and the backend's list, matched with each other. */
#include "node/device.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "sys/blockdev.h"

scale_status device_from_path(struct call *call, const char *path,
			      struct device *ret_device)
{
	struct blockdev look;
	const char *own;
	dev_t dev, own_dev;
	int rc = blockdev_find(path, &dev);

	if (rc == 0)
		rc = blockdev_read(call->arena, BLOCKDEV_SYSFS, dev, &look);
	if (rc != 0)
		return call_fail(call, SCALE_UNAVAILABLE,
				 "device '%s' cannot be used: %s", path,
				 strerrordesc_np(-rc));
	/* not by a link of udev's, which may point elsewhere tomorrow */
	own = call_printf(call, "/dev/%s", look.name);
	if (own == NULL)
		return call_nomem(call);
	if (blockdev_find(own, &own_dev) != 0 || own_dev != dev)
		own = path;
	*ret_device = (struct device){.dev = dev, .path = own};
	return SCALE_OK;
}

/* devtmpfs(5) removes the node of a device that has gone away, and its bind is
 * then of a removed file: fs/dcache.c, __d_path(). */
static bool is_removed(const struct mountinfo_entry *entry)
{
	static const char end[] = "//deleted";
	size_t len = strlen(entry->root);

	return len >= sizeof(end) - 1 &&
	       strcmp(entry->root + len - (sizeof(end) - 1), end) == 0;
}

bool device_is_bound(const struct mountinfo_entry *entry)
{
	struct stat st;

	/* only there are device nodes; and no other file system is looked
	 * into, because its server may be dead */
	if (strcmp(entry->root, "/") == 0 ||
	    (strcmp(entry->fs_type, "devtmpfs") != 0 &&
	     strcmp(entry->fs_type, "tmpfs") != 0))
		return false;
	return stat(entry->target, &st) == 0 && S_ISBLK(st.st_mode);
}

/* The number of the block device behind @entry; 0: there is none. */
static dev_t mounted_dev(const struct mountinfo_entry *entry)
{
	dev_t dev;
	int rc;

	/* the number of a removed node may be another device's by now */
	if (device_is_bound(entry))
		return !is_removed(entry) &&
				       blockdev_find(entry->target, &dev) == 0
			       ? dev
			       : 0;
	if (major(entry->dev) != 0)
		return entry->dev;
	if (strcmp(entry->fs_type, "btrfs") != 0)
		return 0;
	/* its number is made up, and serves only when the device has gone */
	rc = blockdev_find(entry->source, &dev);
	if (rc == 0)
		return dev;
	return rc == -ENOENT ? entry->dev : 0;
}

void device_of_mount(struct call *call, const struct mountinfo_entry *entry,
		     struct device *ret_device)
{
	struct blockdev look;
	dev_t dev = mounted_dev(entry);
	const char *slash = strrchr(entry->source, '/'), *path;

	*ret_device = (struct device){0};
	if (dev == 0)
		return;
	if (blockdev_read(call->arena, BLOCKDEV_SYSFS, dev, &look) == 0)
		path = call_printf(call, "/dev/%s", look.name);
	else if (!device_is_bound(entry) && slash != NULL)
		path = call_printf(call, "/dev/%s", slash + 1);
	else
		return;
	if (path != NULL)
		*ret_device = (struct device){.dev = dev, .path = path};
}

bool device_is_gone(struct call *call, const struct mountinfo_entry *entry)
{
	dev_t dev = mounted_dev(entry);
	struct blockdev look;

	if (device_is_bound(entry) && is_removed(entry))
		return true;
	return dev != 0 && blockdev_read(call->arena, BLOCKDEV_SYSFS, dev,
					 &look) == -ENODEV;
}

const struct mountinfo_entry *
device_next_mount(const struct mountinfo *mounts, dev_t dev,
		  const struct mountinfo_entry *after)
{
	size_t i = after != NULL ? (size_t)(after - mounts->entries) + 1 : 0;

	for (; i < mounts->n; i++)
		if (mounted_dev(&mounts->entries[i]) == dev)
			return &mounts->entries[i];
	return NULL;
}

static scale_status list_attached(struct call *call,
				  const struct subject *subject,
				  struct scale_map *ret_found)
{
	struct invocation inv = subject_invocation(subject);
	scale_status st = invoke_list(call, subject->backend, &inv, true);

	if (st == SCALE_OK)
		*ret_found = map_view(&inv.put[SCALE_PUT_FOUND]);
	return st;
}

scale_status device_of_volume(struct call *call, const struct subject *subject,
			      struct device *ret_device, bool *ret_known)
{
	struct scale_map found;
	const char *path;
	scale_status st;

	*ret_device = (struct device){0};
	*ret_known = subject->backend->node.list != NULL;
	if (!*ret_known)
		return SCALE_OK;
	st = list_attached(call, subject, &found);
	if (st != SCALE_OK)
		return st;
	path = map_get(&found, subject->volume.object);
	if (path == NULL)
		return SCALE_OK;
	/* it may go away at any time: then it is not attached */
	if (device_from_path(call, path, ret_device) != SCALE_OK)
		*ret_device = (struct device){0};
	return SCALE_OK;
}

static bool ends_in(const char *path, const char *part)
{
	const char *slash = strrchr(path, '/');

	return strcmp(slash != NULL ? slash + 1 : path, part) == 0;
}

static bool is_ours_by_name(const struct subject *subject,
			    const struct mountinfo_entry *entry)
{
	const char *leaf = strrchr(subject->id.dataset, '/') + 1;

	return ends_in(entry->source, leaf) || ends_in(entry->root, leaf) ||
	       ends_in(entry->source, subject->volume.object) ||
	       ends_in(entry->root, subject->volume.object);
}

bool device_is_block_mount(const struct subject *subject,
			   const struct mountinfo_entry *entry)
{
	switch (subject->backend->descriptor.can &
		(SCALE_CAN_FILESYSTEM | SCALE_CAN_BLOCK)) {
	case SCALE_CAN_FILESYSTEM:
		return false;
	case SCALE_CAN_BLOCK:
		return true;
	default: /* both: a file volume is bound from inside of something */
		return device_is_bound(entry) ||
		       (strcmp(entry->root, "/") == 0 &&
			entry->source[0] == '/');
	}
}

scale_status device_owner_of(struct call *call, const struct subject *subject,
			     const struct mountinfo_entry *entry,
			     enum device_owner *ret_owner)
{
	struct device mounted, attached;
	bool is_known;
	scale_status st;

	if (!device_is_block_mount(subject, entry)) {
		*ret_owner = is_ours_by_name(subject, entry) ? DEVICE_OURS
							     : DEVICE_OTHERS;
		return SCALE_OK;
	}
	if (device_is_gone(call, entry)) {
		*ret_owner = DEVICE_GONE;
		return SCALE_OK;
	}
	device_of_mount(call, entry, &mounted);
	st = device_of_volume(call, subject, &attached, &is_known);
	if (st != SCALE_OK)
		return st;
	if (!is_known)
		*ret_owner = mounted.dev != 0 ? DEVICE_UNKNOWN : DEVICE_OTHERS;
	else
		*ret_owner = mounted.dev != 0 && mounted.dev == attached.dev
				     ? DEVICE_OURS
				     : DEVICE_OTHERS;
	return SCALE_OK;
}

scale_status device_check_uncovered(struct call *call,
				    const struct subject *subject,
				    const struct mountinfo *mounts,
				    const struct mountinfo_entry *top)
{
	for (size_t i = 0; i < mounts->n; i++) {
		const struct mountinfo_entry *entry = &mounts->entries[i];
		enum device_owner owner;
		scale_status st;

		if (entry == top || strcmp(entry->target, top->target) != 0)
			continue;
		st = device_owner_of(call, subject, entry, &owner);
		if (st != SCALE_OK)
			return st;
		if (owner == DEVICE_OURS)
			return call_fail(call, SCALE_FAILED_PRECONDITION,
					 "'%s' is mounted over volume '%s' at "
					 "'%s'; unmount that first",
					 top->source, subject->id.volume,
					 top->target);
	}
	return SCALE_OK;
}
