/* SPDX-License-Identifier: BSD-2-Clause */
/* The NVMe-oF backend: one subsystem with one namespace for each zvol. */
#include "node.h"
#include "nvmeof.h"

static const struct scale_param params[] = {
	{SCALE_STRING, SCALE_PARAM_CONFIG, NVMEOF_KEY_SERVER, NULL, NULL,
	 "Address or name by which nodes reach the NAS; default: the host of "
	 "nas.url."},
	{SCALE_UINT, SCALE_PARAM_CONFIG, NVMEOF_KEY_PORT, "4420", "1024..65535",
	 "Number of the NAS's NVMe-oF port for TCP."},
	{SCALE_LIST, SCALE_PARAM_CONFIG, NVMEOF_KEY_ADDRESSES, NULL, NULL,
	 "Where nodes connect, tried in this order; default: the port's "
	 "address, or server if that is any."},
	{SCALE_UINT, SCALE_PARAM_CLASS | SCALE_PARAM_NODE, NVMEOF_KEY_LOSS,
	 "720", "10..86400",
	 "Seconds for which a node holds I/O back while the NAS is away, "
	 "before it fails."},
};

static const char *const methods[] = {"nvmet.subsys.query",
				      "nvmet.subsys.create",
				      "nvmet.subsys.delete",
				      "nvmet.namespace.query",
				      "nvmet.namespace.create",
				      "nvmet.namespace.delete",
				      "nvmet.port.query",
				      "nvmet.port_subsys.create",
				      "nvmet.global.sessions",
				      "service.query",
				      NULL};

static const struct scale_controller_ops controller = {
	.struct_size = sizeof(controller),
	.create = nvmeof_create,
	.destroy = nvmeof_destroy,
	.publish = nvmeof_publish,
	.probe = nvmeof_probe,
};

static const char *const tools[] = {NVMEOF_TOOL, NULL};

static const char *const paths[] = {NVMEOF_HOSTNQN_FILE, NVMEOF_HOSTID_FILE,
				    NVMEOF_MACHINE_FILE, NULL};

static const struct scale_node_ops node = {
	.struct_size = sizeof(node),
	.attach = nvmeof_attach,
	.detach = nvmeof_detach,
	.rescan = nvmeof_rescan,
	.identify = nvmeof_identify,
	.list = nvmeof_list,
	.probe = nvmeof_node_probe,
};

static const struct scale_backend backend = {
	SCALE_BACKEND_HEAD,
	.name = "nvmeof",
	.id_prefix = "scale-nvmeof",
	.version = SCALE_CSI_VERSION,
	.summary = "NVMe over TCP subsystems for ZFS volumes",
	.can = SCALE_CAN_BLOCK | SCALE_CAN_SHARE | SCALE_CAN_GROW_IN_USE,
	.thread_model = SCALE_PARALLEL,
	.nas_min = 251000,
	.param_size = sizeof(struct scale_param),
	.n_params = sizeof(params) / sizeof(*params),
	.params = params,
	.service = "nvmet",
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
