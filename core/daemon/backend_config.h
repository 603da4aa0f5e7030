/* SPDX-License-Identifier: BSD-2-Clause */
/* The configuration's section of each backend, checked and completed. */
#ifndef SCALE_CSI_DAEMON_BACKEND_CONFIG_H
#define SCALE_CSI_DAEMON_BACKEND_CONFIG_H

#include <stddef.h>

#include "backend/host.h"
#include "backend/table.h"
#include "base/arena.h"
#include "base/map.h"

/*
 * backend_config_take - check every "<backend>.<key>" of @given against what
 * the loaded backend declares, and fill in defaults.
 * @server: for a backend that declares the key "server" and is not told: the
 *          address by which the NAS is reached; NULL: none is known.
 * Returns 0, or -EINVAL with a sentence that names the key and its nearest
 * neighbour; -ENOMEM.  The texts live in @arena.
 */
int backend_config_take(struct arena *arena, const struct backend_table *table,
			const struct scale_map *given, const char *server,
			struct scale_map *ret_keys, char *ret_error,
			size_t size);

/*
 * backend_config_open - make the services of @config and give them to every
 * backend's open().  The host is the caller's to free, also after a failure.
 * Returns 0, or a negative errno with a sentence in @ret_error.
 */
int backend_config_open(struct arena *arena, struct backend_table *table,
			const struct host_config *config,
			struct host **ret_host, char *ret_error, size_t size);

#endif
