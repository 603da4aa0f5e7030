/* SPDX-License-Identifier: BSD-2-Clause */
/* The configuration file: strict, with words for people. */
#ifndef SCALE_CSI_DAEMON_CONFIG_H
#define SCALE_CSI_DAEMON_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/log.h"
#include "base/map.h"
#include "volume/volume.h"

/* Everything a file can say; texts live in the arena given to config_read(). */
struct config {
	const char *driver;   /* driver.name */
	const char *instance; /* driver.instance; default: the name */
	const char *cluster;  /* driver.cluster */

	const char *nas_url;
	const char *nas_username;
	const char *nas_api_key_file;
	const char *nas_ca_file;  /* "": the system's */
	const char *nas_tls_name; /* "": the host in the url */
	bool nas_allow_plain;
	int64_t nas_settle_ns;
	int64_t nas_connect_wait_ns;
	int64_t nas_ping_ns;

	struct volume_pool *pools;
	size_t n_pools;

	const char **backends;         /* names; ends in NULL */
	struct scale_map backend_keys; /* "nfs.hosts" -> "a,b" */

	const char *http_listen;  /* health and readiness; "": none */
	const char *http_metrics; /* metrics; "": none */

	const char *node_root; /* kubelet's folder; "": anywhere */
	const char *node_filesystem;
	const char **node_addresses; /* ends in NULL; NULL: the interfaces' */
	uint64_t node_max_volumes;

	uint32_t log_level;
	enum log_format log_format;
};

/* Which parts must be there. */
enum config_use { CONFIG_CONTROLLER, CONFIG_NODE };

/*
 * config_read - parse @file.
 * @file: NULL: nothing but the defaults (a node needs no file).
 * Returns 0, or a negative errno with one sentence that names the file, the
 * line, and for an unknown key its nearest neighbour.
 */
int config_read(struct arena *arena, const char *file, enum config_use use,
		struct config *ret_config, char *ret_error, size_t size);

/* config_parse - the same for a text; @file is only named in errors. */
int config_parse(struct arena *arena, const char *file, const char *text,
		 size_t len, enum config_use use, struct config *ret_config,
		 char *ret_error, size_t size);

#endif
