/* SPDX-License-Identifier: BSD-2-Clause */
/* NodeUnpublishVolume: unbind, and remove what publish made. */
#include <errno.h>
#include <string.h>

#include "node/device.h"
#include "node/place.h"
#include "sys/path.h"

/* What is mounted there: this volume's, or nothing that concerns it. */
static scale_status unmount_ours(struct call *call, struct node *node,
				 const char *volume_id, struct place *place,
				 bool *ret_others)
{
	enum device_owner owner;
	struct subject subject;
	scale_status st = subject_find(call, node, volume_id, &subject);

	if (st == SCALE_OK)
		st = device_owner_of(call, &subject, place->entry, &owner);
	if (st != SCALE_OK)
		return st;
	*ret_others = owner == DEVICE_OTHERS;
	return *ret_others
		       ? device_check_uncovered(call, &subject, &place->mounts,
						place->entry)
		       : place_unmount(call, place);
}

scale_status node_unpublish(struct call *call, struct node *node,
			    const char *volume_id, const char *target)
{
	auto_place place = PLACE_NONE;
	bool is_others = false;
	scale_status st = place_open(call, node, target, &place);
	int rc;

	if (st != SCALE_OK || place.parent_fd < 0)
		return st;
	if (place.entry != NULL)
		st = unmount_ours(call, node, volume_id, &place, &is_others);
	if (st != SCALE_OK)
		return subject_explain(call, "unpublishing", volume_id);
	if (is_others) {
		call_log(call, SCALE_NOTICE,
			 "'%s' at '%s' is another volume's and stays",
			 place.entry->source, place.real);
		return SCALE_OK;
	}
	rc = path_remove(place.parent_fd, place.name);
	if (rc == 0)
		return SCALE_OK;
	return call_fail(
		call,
		rc == -ENOTEMPTY ? SCALE_FAILED_PRECONDITION : SCALE_INTERNAL,
		"volume '%s' is unmounted, but '%s' cannot be "
		"removed: %s",
		volume_id, place.real,
		rc == -ENOTEMPTY ? "it holds files that are not the volume's"
				 : strerrordesc_np(-rc));
}
