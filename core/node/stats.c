/* SPDX-License-Identifier: BSD-2-Clause */
/* NodeGetVolumeStats: how full a published volume is. */
#include "node/device.h"
#include "node/place.h"
#include "sys/blockdev.h"
#include "sys/usage.h"

static scale_status fail_absent(struct call *call, const char *volume_id,
				const char *path)
{
	return call_fail(call, SCALE_NOT_FOUND, "volume '%s' is not at '%s'",
			 volume_id, path);
}

static scale_status raw_stats(struct call *call, const struct place *place,
			      const char *volume_id,
			      struct node_stats *ret_stats)
{
	struct blockdev look;
	struct device device;

	device_of_mount(call, place->entry, &device);
	if (device.dev == 0 ||
	    blockdev_read(call->arena, BLOCKDEV_SYSFS, device.dev, &look) != 0)
		return call_fail(call, SCALE_UNAVAILABLE,
				 "the device of volume '%s' has gone away",
				 volume_id);
	*ret_stats = (struct node_stats){
		.is_raw = true,
		.total_bytes = look.size_bytes,
	};
	return SCALE_OK;
}

static scale_status mounted_stats(struct call *call, const struct place *place,
				  struct node_stats *ret_stats)
{
	struct usage usage;
	scale_status st =
		usage_read(call, place->real, place->entry->fs_type, &usage);

	if (st != SCALE_OK)
		return st;
	*ret_stats = (struct node_stats){
		.total_bytes = usage.total_bytes,
		.used_bytes = usage.used_bytes,
		.available_bytes = usage.available_bytes,
		.total_inodes = usage.total_inodes,
		.used_inodes = usage.used_inodes,
		.free_inodes = usage.free_inodes,
	};
	return SCALE_OK;
}

scale_status node_get_stats(struct call *call, struct node *node,
			    const char *volume_id, const char *path,
			    struct node_stats *ret_stats)
{
	auto_place place = PLACE_NONE;
	struct subject subject;
	enum device_owner owner = DEVICE_UNKNOWN;
	scale_status st = subject_find(call, node, volume_id, &subject);

	if (st != SCALE_OK)
		return st;
	st = place_open(call, node, path, &place);
	if (st == SCALE_INVALID_ARGUMENT || st == SCALE_PERMISSION_DENIED ||
	    (st == SCALE_OK && place.entry == NULL))
		return fail_absent(call, volume_id, path);
	/* once a minute for every volume: the backend is not asked whose a
	 * device is, since nothing is changed here */
	if (st == SCALE_OK && !device_is_block_mount(&subject, place.entry))
		st = device_owner_of(call, &subject, place.entry, &owner);
	if (st != SCALE_OK)
		return st;
	if (owner == DEVICE_OTHERS)
		return fail_absent(call, volume_id, path);
	return device_is_bound(place.entry)
		       ? raw_stats(call, &place, volume_id, ret_stats)
		       : mounted_stats(call, &place, ret_stats);
}
