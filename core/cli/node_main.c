/* SPDX-License-Identifier: BSD-2-Clause */
/* scale-csi-node: the node's half. */
#include <stdio.h>
#include <string.h>

#include "cli/backends.h"
#include "cli/options.h"
#include "daemon/agent.h"

static int main_serve(int argc, char **argv)
{
	struct serve_options options = {.version = SCALE_CSI_VERSION};
	const struct option_spec specs[] = {
		{"config", &options.config_file, 0, "the configuration file"},
		{"endpoint", &options.endpoint, 1,
		 "where to listen, such as unix:///csi/csi.sock"},
		{"node-name", &options.node_name, 1,
		 "this node's name in the cluster"},
		{"backend-dir", &options.backend_dir, 0,
		 "folder of the backends"},
		{NULL, NULL, 0, NULL},
	};
	char dir[4096];
	int rc = options_parse(argc, argv, "scale-csi-node serve", specs);

	if (rc != 0)
		return rc;
	if (options.backend_dir == NULL)
		options.backend_dir = backends_find_dir(dir, sizeof(dir));
	return agent_serve(&options);
}

static int main_help(FILE *out, int rc)
{
	(void)fputs("usage: scale-csi-node COMMAND [OPTIONS]\n"
		    "\n"
		    "  serve     answer CSI calls on a unix socket:\n"
		    "            --endpoint unix:///PATH --node-name NAME\n"
		    "            [--config FILE] [--backend-dir DIR]\n"
		    "  backends  list the backends: [--backend-dir DIR] "
		    "[--dump NAME]\n"
		    "  --version\n",
		    out);
	return rc;
}

int main(int argc, char **argv)
{
	const char *command = argc > 1 ? argv[1] : "";

	if (strcmp(command, "serve") == 0)
		return main_serve(argc - 2, argv + 2);
	if (strcmp(command, "backends") == 0)
		return backends_run(argc - 2, argv + 2);
	if (strcmp(command, "--version") == 0) {
		(void)puts("scale-csi-node " SCALE_CSI_VERSION);
		return 0;
	}
	if (strcmp(command, "--help") == 0)
		return main_help(stdout, 0);
	return main_help(stderr, 2);
}
