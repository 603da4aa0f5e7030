/* SPDX-License-Identifier: BSD-2-Clause */
/* What both programs have in common on the command line. */
#include "cli/program.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/backends.h"
#include "cli/options.h"

static int program_serve(const struct program *program, int argc, char **argv)
{
	struct serve_options options = {
		.version = SCALE_CSI_VERSION,
		.endpoint = getenv("CSI_ENDPOINT"), /* as the CSI spec says */
	};
	const struct option_spec specs[] = {
		{"config", &options.config_file, !program->is_node,
		 "the configuration file"},
		{"endpoint", &options.endpoint, 1,
		 "where to listen, such as unix:///csi/csi.sock"},
		{"backend-dir", &options.backend_dir, 0,
		 "folder of the backends"},
		{program->is_node ? "node-name" : NULL, &options.node_name, 1,
		 "this node's name in the cluster"},
		{NULL, NULL, 0, NULL},
	};
	char dir[4096];
	int rc = options_parse(argc, argv, program->name, specs);

	if (rc != 0)
		return rc;
	if (options.backend_dir == NULL)
		options.backend_dir = backends_find_dir(dir, sizeof(dir));
	if (options.backend_dir == NULL) {
		(void)fprintf(stderr, "%s: --backend-dir is missing\n",
			      program->name);
		return 2;
	}
	return program->serve(&options);
}

int program_run(const struct program *program, int argc, char **argv)
{
	const char *command = argc > 1 ? argv[1] : "";

	if (strcmp(command, "serve") == 0)
		return program_serve(program, argc - 2, argv + 2);
	if (strcmp(command, "backends") == 0)
		return backends_run(argc - 2, argv + 2);
	if (strcmp(command, "--version") == 0) {
		(void)printf("%s %s\n", program->name, SCALE_CSI_VERSION);
		return 0;
	}
	if (strcmp(command, "--help") == 0) {
		(void)fputs(program->usage, stdout);
		return 0;
	}
	(void)fputs(program->usage, stderr);
	return 2;
}
