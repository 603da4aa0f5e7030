/* SPDX-License-Identifier: BSD-2-Clause */
/* Counts and latencies of RPCs and NAS calls, as Prometheus reads them. */
#include "daemon/metrics.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/list.h"
#include "base/mutex.h"

/* Upper bounds in seconds; what people wait for lies between 1 ms and 1 min. */
static const double metrics_bounds[] = {
	0.001, 0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60};
#define METRICS_BOUNDS (sizeof(metrics_bounds) / sizeof(*metrics_bounds))
#define METRICS_SERIES 512 /* more than methods times results can be */

static const struct {
	const char *name, *help;
} metrics_families[] = {
	[METRICS_RPC] = {"scale_csi_rpc_seconds",
			 "CSI calls by method and gRPC code."},
	[METRICS_NAS] = {"scale_csi_nas_call_seconds",
			 "Calls to the NAS by method and outcome."},
};

struct metrics_series {
	struct list link;
	enum metrics_family family;
	const char *method, *result; /* in `names`, constant */
	unsigned long buckets[METRICS_BOUNDS + 1];
	double sum_s;
	char names[]; /* the method, a NUL, the result, a NUL */
};

struct metrics {
	struct mutex lock;     /* order 80 */
	struct list series;    /* (lock) */
	unsigned int n_series; /* (lock) */
	long in_flight;        /* (lock) */
};

struct metrics *metrics_new(void)
{
	struct metrics *metrics = calloc(1, sizeof(*metrics));

	if (metrics == NULL)
		return NULL;
	mutex_init(&metrics->lock);
	list_init(&metrics->series);
	return metrics;
}

void metrics_free(struct metrics *metrics)
{
	struct list *link;

	if (metrics == NULL)
		return;
	while ((link = list_shift(&metrics->series)) != NULL)
		free(LIST_ENTRY(link, struct metrics_series, link));
	mutex_done(&metrics->lock);
	free(metrics);
}

static struct metrics_series *series_new(enum metrics_family family,
					 const char *method, const char *result)
{
	size_t first = strlen(method) + 1, second = strlen(result) + 1;
	struct metrics_series *series =
		calloc(1, sizeof(*series) + first + second);

	if (series == NULL)
		return NULL;
	list_init(&series->link);
	series->family = family;
	series->method = memcpy(series->names, method, first);
	series->result = memcpy(series->names + first, result, second);
	return series;
}

static struct metrics_series *
metrics_find_locked(struct metrics *metrics, enum metrics_family family,
		    const char *method, const char *result)
	REQUIRES(metrics->lock)
{
	struct metrics_series *series;

	LIST_FOR_EACH(link, &metrics->series)
	{
		series = LIST_ENTRY(link, struct metrics_series, link);
		if (series->family == family &&
		    strcmp(series->method, method) == 0 &&
		    strcmp(series->result, result) == 0)
			return series;
	}
	if (metrics->n_series >= METRICS_SERIES)
		return NULL;
	series = series_new(family, method, result);
	if (series == NULL)
		return NULL;
	metrics->n_series++;
	list_append(&metrics->series, &series->link);
	return series;
}

void metrics_begin(struct metrics *metrics)
{
	mutex_lock(&metrics->lock);
	metrics->in_flight++;
	mutex_unlock(&metrics->lock);
}

void metrics_note(struct metrics *metrics, enum metrics_family family,
		  const char *method, const char *result, int64_t took_ns)
{
	double took_s = (double)took_ns / (double)CLOCK_NS_PER_S;
	struct metrics_series *series;
	size_t bucket = 0;

	while (bucket < METRICS_BOUNDS && took_s > metrics_bounds[bucket])
		bucket++;
	mutex_lock(&metrics->lock);
	if (family == METRICS_RPC)
		metrics->in_flight--;
	series = metrics_find_locked(metrics, family, method, result);
	if (series != NULL) {
		series->buckets[bucket]++;
		series->sum_s += took_s;
	}
	mutex_unlock(&metrics->lock);
}

static void metrics_put_series(struct text *out,
			       const struct metrics_series *series)
{
	const char *name = metrics_families[series->family].name;
	unsigned long count = 0;

	for (size_t i = 0; i < METRICS_BOUNDS; i++) {
		count += series->buckets[i];
		text_printf(out,
			    "%s_bucket{method=\"%s\",result=\"%s\",le=\"%g\"} "
			    "%lu\n",
			    name, series->method, series->result,
			    metrics_bounds[i], count);
	}
	count += series->buckets[METRICS_BOUNDS];
	text_printf(out,
		    "%s_bucket{method=\"%s\",result=\"%s\",le=\"+Inf\"} %lu\n"
		    "%s_sum{method=\"%s\",result=\"%s\"} %.6f\n"
		    "%s_count{method=\"%s\",result=\"%s\"} %lu\n",
		    name, series->method, series->result, count, name,
		    series->method, series->result, series->sum_s, name,
		    series->method, series->result, count);
}

static void metrics_put_all_locked(struct metrics *metrics, struct text *out)
	REQUIRES(metrics->lock)
{
	for (size_t f = 0;
	     f < sizeof(metrics_families) / sizeof(*metrics_families); f++) {
		text_printf(out, "# HELP %s %s\n# TYPE %s histogram\n",
			    metrics_families[f].name, metrics_families[f].help,
			    metrics_families[f].name);
		LIST_FOR_EACH(link, &metrics->series)
		{
			struct metrics_series *series =
				LIST_ENTRY(link, struct metrics_series, link);

			if (series->family == (enum metrics_family)f)
				metrics_put_series(out, series);
		}
	}
	text_printf(out,
		    "# HELP scale_csi_rpcs_in_flight CSI calls under way.\n"
		    "# TYPE scale_csi_rpcs_in_flight gauge\n"
		    "scale_csi_rpcs_in_flight %ld\n",
		    metrics->in_flight);
}

char *metrics_render(struct metrics *metrics,
		     const struct metrics_gauge *gauges, size_t n)
{
	struct text out;
	size_t size;
	char *page;

	mutex_lock(&metrics->lock);
	/* a line takes at most 160 bytes of our own and two labels */
	size = 4096 + n * 512 +
	       (size_t)metrics->n_series * (METRICS_BOUNDS + 3) * 256;
	page = malloc(size);
	if (page != NULL) {
		text_init(&out, page, size);
		metrics_put_all_locked(metrics, &out);
	}
	mutex_unlock(&metrics->lock);
	for (size_t i = 0; page != NULL && i < n; i++)
		text_printf(&out, "# HELP %s %s\n# TYPE %s %s\n%s %.10g\n",
			    gauges[i].name, gauges[i].help, gauges[i].name,
			    gauges[i].is_counter ? "counter" : "gauge",
			    gauges[i].name, gauges[i].value);
	return page;
}
