/* SPDX-License-Identifier: BSD-2-Clause */
/* The methods a node answers. */
#include "csi/verb_rows.h"

/* clang-format off */
#define NODE .service = "csi.v1.Node"

static const struct csi_verb verbs[] = {
	IDENTITY_ROWS,
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

const struct csi_verb *csi_node_verbs(void)
{
	return verbs;
}
