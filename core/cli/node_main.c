/* SPDX-License-Identifier: BSD-2-Clause */
/* scale-csi-node: the node's half. */
#include "cli/program.h"
#include "daemon/agent.h"

static const struct program node = {
	.name = "scale-csi-node",
	.usage = "usage: scale-csi-node COMMAND [OPTIONS]\n"
		 "\n"
		 "  serve     answer CSI calls on a unix socket:\n"
		 "            --endpoint unix:///PATH --node-name NAME\n"
		 "            [--config FILE] [--backend-dir DIR]\n"
		 "  backends  list the backends: [--backend-dir DIR] "
		 "[--dump NAME]\n"
		 "  --version\n",
	.is_node = true,
	.serve = agent_serve,
};

int main(int argc, char **argv)
{
	return program_run(&node, argc, argv);
}
