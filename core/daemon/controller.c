/* SPDX-License-Identifier: BSD-2-Clause */
/* The controller program's life: start, serve, stop. */
#include "daemon/controller.h"

#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backend/host.h"
#include "backend/table.h"
#include "daemon/backend_config.h"
#include "daemon/config.h"
#include "daemon/health.h"
#include "daemon/metrics.h"
#include "daemon/wire.h"
#include "nas/nas.h"
#include "nas/url.h"
#include "volume/volume.h"
#include "work/drain.h"

#define CONTROLLER_CONFIG_BYTES (2u << 20)
#define CONTROLLER_ERROR_BYTES  1024

/*
 * 2 x the NAS's ten calls at a time, and twelve: enough for every class to have
 * work waiting on the NAS, few enough to stay small.
 */
static const struct admit_limits controller_limits = {
	.reserved = {[ADMIT_READ] = 4,
		     [ADMIT_PUBLISH] = 8,
		     [ADMIT_CHANGE] = 10,
		     [ADMIT_COPY] = 2},
	.shared = 8,
};

/* Everything the process owns, in the order in which it is made. */
struct controller {
	struct arena *arena;
	struct config config;
	struct log *log;
	struct backend_table backends;
	struct metrics *metrics;
	struct drain *drain;
	struct nas *nas;
	struct host *host;
	struct volumes *volumes;
	struct csi csi;
	struct wire *wire;
	struct health *health;
	char error[CONTROLLER_ERROR_BYTES];
};

static void controller_observe_nas(void *arg, const char *method,
				   const char *result, int64_t took_ns)
{
	metrics_note(arg, METRICS_NAS, method, result, took_ns);
}

static int controller_read_config(struct controller *self,
				  const struct serve_options *options)
{
	int rc;

	self->arena = arena_new(CONTROLLER_CONFIG_BYTES);
	if (self->arena == NULL)
		return -ENOMEM;
	rc = config_read(self->arena, options->config_file, CONFIG_CONTROLLER,
			 &self->config, self->error, sizeof(self->error));
	if (rc < 0)
		return rc;
	log_free(self->log);
	self->log = log_new(STDERR_FILENO, self->config.log_format,
			    self->config.log_level);
	return self->log != NULL ? 0 : -ENOMEM;
}

static int controller_open_nas(struct controller *self)
{
	const struct config *config = &self->config;
	struct nas_config nas = {
		.url = config->nas_url,
		.username = config->nas_username,
		.api_key_file = config->nas_api_key_file,
		.ca_file = *config->nas_ca_file ? config->nas_ca_file : NULL,
		.tls_name = *config->nas_tls_name ? config->nas_tls_name : NULL,
		.allow_plain_loopback = config->nas_allow_plain,
		.connect_wait_ns = config->nas_connect_wait_ns,
		.ping_ns = config->nas_ping_ns,
		.log = self->log,
		.observe = controller_observe_nas,
	};

	self->metrics = metrics_new();
	self->drain = drain_new(config->nas_settle_ns, true);
	if (self->metrics == NULL || self->drain == NULL)
		return -ENOMEM;
	nas.drain = self->drain;
	nas.observe_arg = self->metrics;
	return nas_open(&nas, &self->nas, self->error, sizeof(self->error));
}

/* Nodes reach the NAS where we do, unless the configuration knows better. */
static int controller_take_keys(struct controller *self)
{
	struct nas_url url = {0};
	int rc = nas_url_parse(self->config.nas_url, &url, self->error,
			       sizeof(self->error));

	if (rc == 0)
		rc = backend_config_take(self->arena, &self->backends,
					 &self->config.backend_keys, url.host,
					 &self->config.backend_keys,
					 self->error, sizeof(self->error));
	nas_url_done(&url);
	return rc;
}

static int controller_open_backends(struct controller *self,
				    const struct serve_options *options)
{
	struct host_config host = {
		.tool_dir = options->backend_dir,
		.log = self->log,
		.nas = self->nas,
		.nas_services = host_nas_services(),
		.config = self->config.backend_keys,
	};

	return backend_config_open(self->arena, &self->backends, &host,
				   &self->host, self->error,
				   sizeof(self->error));
}

static int controller_open_volumes(struct controller *self,
				   const struct serve_options *options)
{
	const struct config *config = &self->config;
	struct volumes_config volumes = {
		.driver = config->driver,
		.instance = config->instance,
		.cluster = config->cluster,
		.pools = config->pools,
		.n_pools = config->n_pools,
		.backends = &self->backends,
		.nas = self->nas,
		.host = self->host,
		.log = self->log,
	};
	int rc = volumes_new(&volumes, &self->volumes, self->error,
			     sizeof(self->error));

	self->csi = (struct csi){
		.driver = config->driver,
		.version = options->version,
		.volumes = self->volumes,
	};
	return rc;
}

static int controller_start(struct controller *self,
			    const struct serve_options *options)
{
	struct wire_config wire = {
		.endpoint = options->endpoint,
		.csi = &self->csi,
		.verbs = csi_controller_verbs(),
		.limits = &controller_limits,
	};
	struct health_config health = {0};
	int rc = controller_read_config(self, options);

	if (rc == 0)
		rc = backend_table_load(options->backend_dir,
					self->config.backends, &self->backends,
					self->error, sizeof(self->error));
	if (rc == 0)
		rc = controller_open_nas(self);
	if (rc == 0)
		rc = controller_take_keys(self);
	if (rc == 0)
		rc = controller_open_backends(self, options);
	if (rc == 0)
		rc = controller_open_volumes(self, options);
	if (rc == 0) {
		wire.metrics = self->metrics;
		wire.log = self->log;
		rc = wire_start(&wire, &self->wire, self->error,
				sizeof(self->error));
	}
	if (rc == 0) {
		health.listen = self->config.http_listen;
		health.metrics_listen = self->config.http_metrics;
		health.nas = self->nas;
		health.metrics = self->metrics;
		rc = health_start(&health, &self->health, self->error,
				  sizeof(self->error));
	}
	return rc;
}

static int controller_stop(struct controller *self)
{
	int rc;

	health_stop(self->health);
	rc = wire_stop(self->wire);
	if (rc < 0) {
		log_line(self->log, SCALE_ERROR,
			 "an operation did not come back; leaving without it");
		_exit(1);
	}
	volumes_free(self->volumes);
	backend_table_close(&self->backends);
	nas_close(self->nas);
	host_free(self->host);
	drain_free(self->drain);
	metrics_free(self->metrics);
	arena_free(self->arena);
	log_free(self->log);
	return 0;
}

int controller_serve(const struct serve_options *options)
{
	struct controller self = {0};
	int rc;

	/* Replies of megabytes go back to the system when they are done with,
	 * and two arenas are plenty for threads that wait. */
	(void)mallopt(M_MMAP_THRESHOLD, 256 * 1024);
	(void)mallopt(M_ARENA_MAX, 2);
	wire_block_signals();
	self.log = log_new(STDERR_FILENO, LOG_LOGFMT, SCALE_INFO);
	rc = controller_start(&self, options);
	if (rc == 0) {
		log_line(self.log, SCALE_NOTICE,
			 "scale-csi %s serves '%s' with %zu backends",
			 options->version, options->endpoint, self.backends.n);
		while (wire_wait_signal() == SIGHUP)
			continue; /* key and CA files are read anew by
				     themselves */
		log_line(self.log, SCALE_NOTICE, "stopping");
	} else {
		log_line(self.log, SCALE_ERROR, "%s",
			 *self.error != '\0' ? self.error
					     : strerrordesc_np(-rc));
	}
	(void)controller_stop(&self);
	return rc == 0 ? 0 : 1;
}
