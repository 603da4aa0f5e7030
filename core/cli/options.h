/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line, by one table per command. */
#ifndef SCALE_CSI_CLI_OPTIONS_H
#define SCALE_CSI_CLI_OPTIONS_H

#include <stddef.h>

/* "--name VALUE" or "--name=VALUE". */
struct option_spec {
	const char *name;   /* without the dashes */
	const char **value; /* where it goes */
	int is_required;
	const char *meaning; /* for --help */
};

/*
 * options_parse - read argv[0..] into @specs (ends with name NULL).
 * Returns 0; 2 with a sentence on standard error for a word that is not known
 * or a value that is missing.
 */
int options_parse(int argc, char **argv, const char *command,
		  const struct option_spec *specs);

#endif
