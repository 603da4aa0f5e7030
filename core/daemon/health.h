/* SPDX-License-Identifier: BSD-2-Clause */
/* The pages /healthz, /readyz and /metrics. */
#ifndef SCALE_CSI_DAEMON_HEALTH_H
#define SCALE_CSI_DAEMON_HEALTH_H

#include <stddef.h>

#include "daemon/metrics.h"
#include "nas/nas.h"

struct health_config {
	const char *listen;         /* health and readiness; "": none */
	const char *metrics_listen; /* metrics; "": served beside health */
	struct nas *nas;
	struct metrics *metrics;
};

struct health;

/* health_start - 0, or a negative errno with a sentence. */
int health_start(const struct health_config *config, struct health **ret_health,
		 char *ret_error, size_t size);
void health_stop(struct health *health); /* NULL is fine */

#endif
