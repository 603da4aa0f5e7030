/* SPDX-License-Identifier: BSD-2-Clause */
/* The pages /healthz, /readyz and /metrics. */
#include "daemon/health.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "net/http.h"

#define HEALTH_TEXT       "text/plain; charset=utf-8"
#define HEALTH_PROMETHEUS "text/plain; version=0.0.4; charset=utf-8"

struct health {
	struct health_config config;
	struct http *http, *metrics;
};

/* The process answers: that is all it says, whatever the NAS does. */
static int health_render_alive(void *arg, char **ret_body,
			       const char **ret_type)
{
	(void)arg;
	*ret_type = HEALTH_TEXT;
	*ret_body = strdup("ok\n");
	return *ret_body != NULL ? 200 : 500;
}

static int health_render_ready(void *arg, char **ret_body,
			       const char **ret_type)
{
	struct health *health = arg;
	struct nas_status status;
	struct text body;
	size_t size = sizeof(status.why_not) + 128;

	*ret_type = HEALTH_TEXT;
	*ret_body = malloc(size);
	if (*ret_body == NULL)
		return 500;
	nas_get_status(health->config.nas, &status);
	text_init(&body, *ret_body, size);
	if (status.is_connected) {
		text_printf(&body, "ok: TrueNAS %s\n", status.version);
		return 200;
	}
	text_printf(&body, "not ready for %lld s: %s\n",
		    (long long)((clock_now_ns() - status.since_ns) /
				CLOCK_NS_PER_S),
		    status.why_not);
	return 503;
}

static int health_render_metrics(void *arg, char **ret_body,
				 const char **ret_type)
{
	struct health *health = arg;
	struct nas_status status;

	nas_get_status(health->config.nas, &status);
	{
		const struct metrics_gauge gauges[] = {
			{"scale_csi_nas_connected",
			 "Whether calls to the NAS go through.", 0,
			 status.is_connected ? 1 : 0},
			{"scale_csi_nas_calls_in_flight",
			 "Calls the NAS is working on.", 0, status.in_flight},
			{"scale_csi_nas_calls_queued",
			 "Calls that wait for their turn.", 0, status.queued},
			{"scale_csi_nas_connects_total",
			 "Connections made to the NAS.", 1,
			 (double)status.connects},
			{"scale_csi_nas_logins_total", "Logins at the NAS.", 1,
			 (double)status.logins},
			{"scale_csi_nas_losses_total",
			 "Connections to the NAS that were lost.", 1,
			 (double)status.losses},
		};

		*ret_body = metrics_render(health->config.metrics, gauges,
					   sizeof(gauges) / sizeof(*gauges));
	}
	*ret_type = HEALTH_PROMETHEUS;
	return *ret_body != NULL ? 200 : 500;
}

int health_start(const struct health_config *config, struct health **ret_health,
		 char *ret_error, size_t size)
{
	struct health *health = calloc(1, sizeof(*health));
	int rc = health != NULL ? 0 : -ENOMEM;

	if (rc == 0)
		health->config = *config;
	if (rc == 0 && *config->listen != '\0') {
		const struct http_page pages[] = {
			{"/healthz", health_render_alive, health},
			{"/readyz", health_render_ready, health},
			{"/metrics", health_render_metrics, health},
			{NULL, NULL, NULL},
		};

		rc = http_start(config->listen, pages, &health->http, ret_error,
				size);
	}
	if (rc == 0 && *config->metrics_listen != '\0') {
		const struct http_page pages[] = {
			{"/metrics", health_render_metrics, health},
			{NULL, NULL, NULL},
		};

		rc = http_start(config->metrics_listen, pages, &health->metrics,
				ret_error, size);
	}
	if (rc < 0) {
		health_stop(health);
		return rc;
	}
	*ret_health = health;
	return 0;
}

void health_stop(struct health *health)
{
	if (health == NULL)
		return;
	http_stop(health->metrics);
	http_stop(health->http);
	free(health);
}
