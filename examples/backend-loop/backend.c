/* SPDX-License-Identifier: BSD-2-Clause */
/* What the loop backend is: everything the host may know without calling it. */
#include "loop.h"

static const struct scale_param params[] = {
	{SCALE_STRING, SCALE_PARAM_CONFIG, LOOP_KEY_ROOT, NULL, NULL,
	 "Directory that holds each dataset as a directory and each zvol as a "
	 "file, on the controller and on every node."},
};

/* Nothing is made on the NAS: no method is called.  No program is run. */
static const char *const paths[] = {"/dev/", "/sys/block/", NULL};

static const struct scale_controller_ops controller = {
	.struct_size = sizeof(controller),
	.create = loop_create,
	.destroy = loop_destroy,
	.publish = loop_publish,
};

static const struct scale_node_ops node = {
	.struct_size = sizeof(node),
	.attach = loop_attach,
	.detach = loop_detach,
	.rescan = loop_rescan,
	.list = loop_list,
	.probe = loop_probe,
};

static const struct scale_backend backend = {
	SCALE_BACKEND_HEAD,
	.name = "loop",
	.id_prefix = "scale-loop",
	.version = LOOP_VERSION,
	.summary = "files and directories of this machine, for tests",
	.can = SCALE_CAN_FILESYSTEM | SCALE_CAN_BLOCK | SCALE_CAN_SHARE |
	       SCALE_CAN_GROW_IN_USE,
	.thread_model = SCALE_PARALLEL,
	.param_size = sizeof(struct scale_param),
	.n_params = sizeof(params) / sizeof(*params),
	.params = params,
	.paths = paths,
	.controller = &controller,
	.node = &node,
};

const struct scale_backend *scale_backend_entry(void)
{
	return &backend;
}
