/* SPDX-License-Identifier: BSD-2-Clause */
/* The services a backend is given: scale_host, filled in. */
#ifndef SCALE_CSI_BACKEND_HOST_H
#define SCALE_CSI_BACKEND_HOST_H

#include <stddef.h>

#include <scale_backend.h>

#include "base/log.h"
#include "base/map.h"

struct nas;

/*
 * One per process: gates, remembered facts, configuration.  Thread-safe.  Lives
 * longer than every call.
 */
struct host;

/*
 * The NAS half lives in a file of its own (host_nas.c), so that the node
 * program, which has no NAS layer, does not link it: the controller passes
 * host_nas_services(), the node NULL, and the services then answer
 * UNIMPLEMENTED.
 */
struct host_nas_services;
const struct host_nas_services *host_nas_services(void);

struct host_config {
	const char *tool_dir; /* where the tools beside the backends are */
	struct log *log;
	struct nas *nas;                              /* NULL on the node */
	const struct host_nas_services *nas_services; /* NULL on the node */
	/* The configuration of every backend: "nfs.hosts" -> "10.0.0.0/8". */
	struct scale_map config;
	const char *host_root; /* the node's root for SCALE_EXEC_HOST and for
				* declared paths; "" or NULL: our own */
};

int host_new(const struct host_config *config, struct host **ret_host);
void host_free(struct host *host); /* NULL is fine */
struct nas *host_nas(struct host *host);

/*
 * host_forget_session - what was remembered about the NAS goes, because it has
 * let us in anew.
 */
void host_forget_session(struct host *host);

#endif
