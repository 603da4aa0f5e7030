/* SPDX-License-Identifier: BSD-2-Clause */
/* `backends`: which ones are there, and what each declares. */
#ifndef SCALE_CSI_CLI_BACKENDS_H
#define SCALE_CSI_CLI_BACKENDS_H

/* backends_run - the command, with the words behind it; the exit code. */
int backends_run(int argc, char **argv);

/* backends_find_dir - the folder beside this program: ../lib/scale-csi. */
const char *backends_find_dir(char *buf, unsigned long size);

#endif
