/* SPDX-License-Identifier: BSD-2-Clause */
/* What a backend declares, as key=value for scripts and as a line for people.
 */
#ifndef SCALE_CSI_BACKEND_DESCRIBE_H
#define SCALE_CSI_BACKEND_DESCRIBE_H

#include <stdio.h>

#include "backend/load.h"

/*
 * describe_backend - stable `key=value` lines: name, id_prefix, version, abi,
 * file, abilities, has_<function>=1 for each function, methods, tools, paths,
 * service, nas_min, and one `param` line per parameter.
 */
void describe_backend(const struct backend *backend, FILE *out);

/* describe_line - "nfs  0.1.0  NFS exports of ZFS datasets". */
void describe_line(const struct backend *backend, FILE *out);

#endif
