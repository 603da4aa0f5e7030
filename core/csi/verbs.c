/* SPDX-License-Identifier: BSD-2-Clause */
/* The methods of CSI as rows. */
#include "csi.pb-c.h"
#include "csi/verb.h"

#define IDENTITY                                                               \
	.service = "csi.v1.Identity", .is_inline = true, .is_quiet = true,     \
	.where = CSI_ON_CONTROLLER | CSI_ON_NODE
#define CONTROLLER .service = "csi.v1.Controller", .where = CSI_ON_CONTROLLER
#define NODE       .service = "csi.v1.Node", .where = CSI_ON_NODE
#define METHOD(name_, input_)                                                  \
	.method = name_, .input = &csi__v1__##input_##_request__descriptor
#define READ .class = ADMIT_READ, .budget_ns = CSI_BUDGET_READ_NS
#define ATTACH                                                                 \
	.class = ADMIT_PUBLISH, .budget_ns = CSI_BUDGET_CHANGE_NS,             \
	.is_mutation = true
#define CHANGE                                                                 \
	.class = ADMIT_CHANGE, .budget_ns = CSI_BUDGET_CHANGE_NS,              \
	.is_mutation = true
#define INLINE    .is_inline = true, .is_quiet = true
#define DOES(fn)  .run = run_##fn
#define PLANS(fn) .plan = plan_##fn, .run = run_##fn

/* clang-format off */
static const struct csi_verb verbs[] = {
	{ IDENTITY, METHOD("GetPluginInfo", get_plugin_info), DOES(get_plugin_info) },
	{ IDENTITY, METHOD("GetPluginCapabilities", get_plugin_capabilities), DOES(get_plugin_capabilities) },
	{ IDENTITY, METHOD("Probe", probe), DOES(probe) },

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

	{ NODE, METHOD("NodeGetCapabilities", node_get_capabilities), INLINE, DOES(node_get_capabilities) },
	{ NODE, METHOD("NodeStageVolume", node_stage_volume), ATTACH, PLANS(node_stage) },
	{ NODE, METHOD("NodeUnstageVolume", node_unstage_volume), ATTACH, PLANS(node_unstage) },
	{ NODE, METHOD("NodePublishVolume", node_publish_volume), ATTACH, PLANS(node_publish) },
	{ NODE, METHOD("NodeUnpublishVolume", node_unpublish_volume), ATTACH, PLANS(node_unpublish) },
	{ NODE, METHOD("NodeExpandVolume", node_expand_volume), ATTACH, PLANS(node_expand) },
	{ NODE, METHOD("NodeGetVolumeStats", node_get_volume_stats), READ, .is_quiet = true, DOES(node_get_stats) },
	{ NODE, METHOD("NodeGetInfo", node_get_info), READ, DOES(node_get_info) },
	{ .service = NULL },
};
/* clang-format on */

const struct csi_verb *csi_verbs(void)
{
	return verbs;
}
