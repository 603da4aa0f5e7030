/* SPDX-License-Identifier: BSD-2-Clause */
/* What both programs have in common on the command line. */
#ifndef SCALE_CSI_CLI_PROGRAM_H
#define SCALE_CSI_CLI_PROGRAM_H

#include <stdbool.h>

#include "daemon/controller.h"

/* One of the two programs. */
struct program {
	const char *name;  /* "scale-csi" */
	const char *usage; /* all of --help */
	bool is_node;      /* wants --node-name, needs no --config */
	int (*serve)(const struct serve_options *options);
};

/*
 * program_run - the command in argv[1].  Returns the exit code: 0; 1 when it
 * failed; 2 for a command line that is not understood.
 */
int program_run(const struct program *program, int argc, char **argv);

#endif
