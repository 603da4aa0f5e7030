/* SPDX-License-Identifier: BSD-2-Clause */
/* The methods the controller answers. */
#include "csi/verb_rows.h"

/* clang-format off */
#define CONTROLLER .service = "csi.v1.Controller"

static const struct csi_verb verbs[] = {
	IDENTITY_ROWS,
	{ CONTROLLER, METHOD("ControllerGetCapabilities", controller_get_capabilities), INLINE, DOES(controller_get_capabilities) },
	{ CONTROLLER, METHOD("CreateVolume", create_volume), CHANGE, PLANS(create_volume) },
	{ CONTROLLER, METHOD("DeleteVolume", delete_volume), CHANGE, PLANS(delete_volume) },
	{ CONTROLLER, METHOD("ControllerPublishVolume", controller_publish_volume), ATTACH, PLANS(controller_publish) },
	{ CONTROLLER, METHOD("ControllerUnpublishVolume", controller_unpublish_volume), ATTACH, PLANS(controller_unpublish) },
	{ CONTROLLER, METHOD("ValidateVolumeCapabilities", validate_volume_capabilities), READ, DOES(validate_volume) },
	{ CONTROLLER, METHOD("ListVolumes", list_volumes), READ, .is_quiet = true, DOES(list_volumes) },
	{ CONTROLLER, METHOD("GetCapacity", get_capacity), READ, .is_quiet = true, DOES(get_capacity) },
	{ CONTROLLER, METHOD("CreateSnapshot", create_snapshot), CHANGE, PLANS(create_snapshot) },
	{ CONTROLLER, METHOD("DeleteSnapshot", delete_snapshot), CHANGE, PLANS(delete_snapshot) },
	{ CONTROLLER, METHOD("ListSnapshots", list_snapshots), READ, .is_quiet = true, DOES(list_snapshots) },
	{ CONTROLLER, METHOD("ControllerExpandVolume", controller_expand_volume), CHANGE, PLANS(controller_expand) },
	{ CONTROLLER, METHOD("ControllerGetVolume", controller_get_volume), READ, .is_quiet = true, DOES(controller_get_volume) },
	{ .service = NULL },
};
/* clang-format on */

const struct csi_verb *csi_controller_verbs(void)
{
	return verbs;
}
