/* SPDX-License-Identifier: BSD-2-Clause */
/* Counts and latencies of RPCs and NAS calls, as Prometheus reads them. */
#ifndef SCALE_CSI_DAEMON_METRICS_H
#define SCALE_CSI_DAEMON_METRICS_H

#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

/* Thread-safe; never fails: a series that finds no memory is not counted. */
struct metrics;

enum metrics_family { METRICS_RPC, METRICS_NAS };

struct metrics *metrics_new(void); /* NULL when memory is out */
void metrics_free(struct metrics *metrics);

/*
 * metrics_note - one call ended.
 * @method: constant or one of few: labels are never texts of a client.
 * @result: a gRPC code's name, or a call's outcome.
 */
void metrics_note(struct metrics *metrics, enum metrics_family family,
		  const char *method, const char *result, int64_t took_ns);

/* metrics_begin - an RPC began; ends with its metrics_note(). */
void metrics_begin(struct metrics *metrics);

/* A number somebody else knows, read when the page is asked for. */
struct metrics_gauge {
	const char *name, *help;
	int is_counter;
	double value;
};

/*
 * metrics_render - all of it, malloc'd; NULL when memory is out.
 * @gauges: what to add; may be NULL.
 */
char *metrics_render(struct metrics *metrics,
		     const struct metrics_gauge *gauges, size_t n);

#endif
