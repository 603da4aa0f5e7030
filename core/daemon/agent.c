/* SPDX-License-Identifier: BSD-2-Clause */
/* The node program's life: start, serve, stop. */
#include "daemon/agent.h"

#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "backend/host.h"
#include "backend/table.h"
#include "daemon/backend_config.h"
#include "daemon/config.h"
#include "daemon/metrics.h"
#include "daemon/wire.h"
#include "node/node.h"

#define AGENT_CONFIG_BYTES (2u << 20)
#define AGENT_ERROR_BYTES  1024

static const struct admit_limits agent_limits = {
	.reserved = {[ADMIT_READ] = 2, [ADMIT_PUBLISH] = 6},
	.shared = 4,
};

/* Everything the process owns, in the order in which it is made. */
struct agent {
	struct arena *arena;
	struct config config;
	struct log *log;
	struct backend_table backends;
	struct metrics *metrics;
	struct host *host;
	struct node *node;
	struct csi csi;
	struct wire *wire;
	char error[AGENT_ERROR_BYTES];
};

static int agent_read_config(struct agent *self,
			     const struct serve_options *options)
{
	int rc;

	self->arena = arena_new(AGENT_CONFIG_BYTES);
	if (self->arena == NULL)
		return -ENOMEM;
	rc = config_read(self->arena, options->config_file, CONFIG_NODE,
			 &self->config, self->error, sizeof(self->error));
	if (rc < 0)
		return rc;
	log_free(self->log);
	self->log = log_new(STDERR_FILENO, self->config.log_format,
			    self->config.log_level);
	self->metrics = metrics_new();
	return self->log != NULL && self->metrics != NULL ? 0 : -ENOMEM;
}

static int agent_open_backends(struct agent *self,
			       const struct serve_options *options)
{
	struct host_config host = {
		.tool_dir = options->backend_dir,
		.log = self->log,
	};
	int rc = backend_table_load(options->backend_dir, self->config.backends,
				    &self->backends, self->error,
				    sizeof(self->error));

	if (rc == 0)
		rc = backend_config_take(self->arena, &self->backends,
					 &self->config.backend_keys, NULL,
					 &host.config, self->error,
					 sizeof(self->error));
	if (rc == 0)
		rc = backend_config_open(self->arena, &self->backends, &host,
					 &self->host, self->error,
					 sizeof(self->error));
	return rc;
}

static int agent_open_node(struct agent *self,
			   const struct serve_options *options)
{
	const struct config *config = &self->config;
	struct node_config node = {
		.name = options->node_name,
		.backends = &self->backends,
		.host = self->host,
		.log = self->log,
		.addresses = config->node_addresses,
		.path_root = *config->node_root ? config->node_root : NULL,
		.filesystem = config->node_filesystem,
	};
	int rc = node_new(&node, &self->node);

	self->csi = (struct csi){
		.driver = config->driver,
		.version = options->version,
		.node = self->node,
		.max_volumes = (int64_t)config->node_max_volumes,
	};
	return rc;
}

static int agent_start(struct agent *self, const struct serve_options *options)
{
	struct wire_config wire = {
		.endpoint = options->endpoint,
		.csi = &self->csi,
		.verbs = csi_node_verbs(),
		.limits = &agent_limits,
	};
	int rc = agent_read_config(self, options);

	if (rc == 0)
		rc = agent_open_backends(self, options);
	if (rc == 0)
		rc = agent_open_node(self, options);
	if (rc < 0)
		return rc;
	wire.metrics = self->metrics;
	wire.log = self->log;
	return wire_start(&wire, &self->wire, self->error, sizeof(self->error));
}

static void agent_stop(struct agent *self)
{
	if (wire_stop(self->wire) < 0) {
		log_line(self->log, SCALE_ERROR,
			 "an operation did not come back; leaving without it");
		_exit(1);
	}
	node_free(self->node);
	backend_table_close(&self->backends);
	host_free(self->host);
	metrics_free(self->metrics);
	arena_free(self->arena);
	log_free(self->log);
}

int agent_serve(const struct serve_options *options)
{
	struct agent self = {0};
	int rc;

	(void)mallopt(M_MMAP_THRESHOLD, 256 * 1024);
	(void)mallopt(M_ARENA_MAX, 2);
	wire_block_signals();
	self.log = log_new(STDERR_FILENO, LOG_LOGFMT, SCALE_INFO);
	rc = agent_start(&self, options);
	if (rc == 0) {
		log_line(self.log, SCALE_NOTICE,
			 "scale-csi-node %s serves '%s' on node '%s' with %zu "
			 "backends",
			 options->version, options->endpoint,
			 options->node_name, self.backends.n);
		while (wire_wait_signal() == SIGHUP)
			continue; /* nothing is read anew here */
		log_line(self.log, SCALE_NOTICE, "stopping");
	} else {
		log_line(self.log, SCALE_ERROR, "%s",
			 *self.error != '\0' ? self.error
					     : strerrordesc_np(-rc));
	}
	agent_stop(&self);
	return rc == 0 ? 0 : 1;
}
