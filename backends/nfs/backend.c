/* SPDX-License-Identifier: BSD-2-Clause */
/* The NFS backend: one share on the NAS for each dataset. */
#include "nfs.h"

static const struct scale_param params[] = {
	{SCALE_STRING, SCALE_PARAM_CONFIG, NFS_KEY_SERVER, NULL, NULL,
	 "Address or name by which nodes reach the NAS; default: the host of "
	 "nas.url."},
	{SCALE_LIST, SCALE_PARAM_CONFIG | SCALE_PARAM_CLASS, NFS_KEY_HOSTS,
	 NULL, NULL,
	 "Hosts that may mount; with networks empty too, every host may."},
	{SCALE_LIST, SCALE_PARAM_CONFIG | SCALE_PARAM_CLASS, NFS_KEY_NETS, NULL,
	 NULL, "Networks that may mount, such as 10.0.0.0/16."},
	{SCALE_STRING, SCALE_PARAM_CLASS, NFS_KEY_MAPROOT, "root", NULL,
	 "Whom root on a node is on the NAS: user or user:group; none "
	 "squashes."},
	{SCALE_STRING, SCALE_PARAM_CLASS, NFS_KEY_MAPALL, NULL, NULL,
	 "Whom everybody is on the NAS: user or user:group."},
	{SCALE_STRING, SCALE_PARAM_CLASS | SCALE_PARAM_NODE, "mode", "0777",
	 NULL, "Mode of a fresh volume's root directory, in octal."},
	{SCALE_CHOICE, SCALE_PARAM_CLASS | SCALE_PARAM_NODE, NFS_KEY_VERSION,
	 NULL, "3|4|4.0|4.1|4.2", "NFS version; default: negotiated."},
	{SCALE_UINT, SCALE_PARAM_CLASS | SCALE_PARAM_NODE, NFS_KEY_NCONN, NULL,
	 "1..16", "TCP connections of one mount."},
};

static const char *const methods[] = {"sharing.nfs.query", "sharing.nfs.create",
				      "sharing.nfs.delete", "service.query",
				      NULL};

static const struct scale_controller_ops controller = {
	.struct_size = sizeof(controller),
	.create = nfs_create,
	.destroy = nfs_destroy,
	.publish = nfs_publish,
	.validate = nfs_validate,
	.probe = nfs_probe,
};

static const struct scale_node_ops node = {
	.struct_size = sizeof(node),
	.attach = nfs_attach,
	.detach = nfs_detach,
};

static const struct scale_backend backend = {
	SCALE_BACKEND_HEAD,
	.name = "nfs",
	.id_prefix = "scale-nfs",
	.version = SCALE_CSI_VERSION,
	.summary = "NFS shares of ZFS datasets",
	.can = SCALE_CAN_FILESYSTEM | SCALE_CAN_SHARE | SCALE_CAN_GROW_IN_USE,
	.thread_model = SCALE_PARALLEL,
	.param_size = sizeof(struct scale_param),
	.n_params = sizeof(params) / sizeof(*params),
	.params = params,
	.service = "nfs",
	.methods = methods,
	.controller = &controller,
	.node = &node,
};

const struct scale_backend *scale_backend_entry(void)
{
	return &backend;
}
