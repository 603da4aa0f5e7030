/* SPDX-License-Identifier: BSD-2-Clause */
/* The iSCSI backend: one target with one LUN for each zvol. */
#include "iscsi.h"
#include "node.h"

static const struct scale_param params[] = {
	{SCALE_STRING, SCALE_PARAM_CONFIG, ISCSI_KEY_SERVER, NULL, NULL,
	 "Address or name by which nodes reach the NAS; default: the host of "
	 "nas.url."},
	{SCALE_UINT, SCALE_PARAM_CONFIG, ISCSI_KEY_PORTAL, NULL, NULL,
	 "Id of the NAS's portal that targets are made for; default: the one "
	 "that listens on server."},
	{SCALE_LIST, SCALE_PARAM_CONFIG, ISCSI_KEY_PORTALS, NULL, NULL,
	 "Where nodes log in, such as 10.0.0.5:3260, tried in this order; "
	 "default: what the portal listens on."},
	{SCALE_UINT, SCALE_PARAM_CONFIG, ISCSI_KEY_PORT, NULL, "1..65535",
	 "TCP port by which nodes reach the portal; default: the portal's."},
	{SCALE_CHOICE, SCALE_PARAM_CLASS, ISCSI_KEY_BLOCKSIZE, "512",
	 "512|1024|2048|4096", "Bytes in a logical block of the disk."},
	{SCALE_UINT, SCALE_PARAM_CLASS | SCALE_PARAM_NODE, ISCSI_KEY_TIMEOUT,
	 "720", "1..86400",
	 "Seconds for which a node holds I/O back while the NAS is away, "
	 "before it fails."},
};

static const char *const methods[] = {"iscsi.target.query",
				      "iscsi.target.create",
				      "iscsi.target.delete",
				      "iscsi.extent.query",
				      "iscsi.extent.create",
				      "iscsi.extent.delete",
				      "iscsi.targetextent.query",
				      "iscsi.targetextent.create",
				      "iscsi.portal.query",
				      "iscsi.global.config",
				      "iscsi.global.sessions",
				      "service.query",
				      NULL};

static const struct scale_controller_ops controller = {
	.struct_size = sizeof(controller),
	.create = iscsi_create,
	.destroy = iscsi_destroy,
	.publish = iscsi_publish,
	.validate = iscsi_validate,
	.probe = iscsi_probe,
};

static const char *const tools[] = {ISCSI_TOOL, ISCSI_ADMIN, NULL};

static const char *const paths[] = {ISCSI_NAME_DIR, NULL};

static const struct scale_node_ops node = {
	.struct_size = sizeof(node),
	.attach = iscsi_attach,
	.detach = iscsi_detach,
	.rescan = iscsi_rescan,
	.identify = iscsi_identify,
	.list = iscsi_list,
	.probe = iscsi_node_probe,
};

static const struct scale_backend backend = {
	SCALE_BACKEND_HEAD,
	.name = "iscsi",
	.id_prefix = "scale-iscsi",
	.version = SCALE_CSI_VERSION,
	.summary = "iSCSI targets for ZFS volumes",
	.can = SCALE_CAN_BLOCK | SCALE_CAN_SHARE | SCALE_CAN_GROW_IN_USE,
	.thread_model = SCALE_PARALLEL,
	.param_size = sizeof(struct scale_param),
	.n_params = sizeof(params) / sizeof(*params),
	.params = params,
	.service = "iscsitarget",
	.methods = methods,
	.tools = tools,
	.paths = paths,
	.controller = &controller,
	.node = &node,
};

const struct scale_backend *scale_backend_entry(void)
{
	return &backend;
}
