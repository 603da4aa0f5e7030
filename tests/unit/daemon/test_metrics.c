/* SPDX-License-Identifier: BSD-2-Clause */
/* What the metrics page says after some calls. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "daemon/metrics.h"

static void assert_says(const char *page, const char *line)
{
	if (strstr(page, line) == NULL)
		fail_msg("'%s' is not in:\n%s", line, page);
}

static void calls_are_counted_by_method_and_result(void **state)
{
	struct metrics *metrics = metrics_new();
	char *page;

	(void)state;
	metrics_begin(metrics);
	metrics_begin(metrics);
	metrics_note(metrics, METRICS_RPC, "CreateVolume", "OK",
		     30 * CLOCK_NS_PER_MS);
	metrics_note(metrics, METRICS_NAS, "pool.dataset.create", "result",
		     2 * CLOCK_NS_PER_S);
	page = metrics_render(metrics, NULL, 0);
	assert_says(page,
		    "scale_csi_rpc_seconds_bucket{method=\"CreateVolume\","
		    "result=\"OK\",le=\"0.02\"} 0\n");
	assert_says(page,
		    "scale_csi_rpc_seconds_bucket{method=\"CreateVolume\","
		    "result=\"OK\",le=\"0.05\"} 1\n");
	assert_says(page, "scale_csi_nas_call_seconds_count{method=\"pool."
			  "dataset.create\",result=\"result\"} 1\n");
	assert_says(page, "scale_csi_rpcs_in_flight 1\n");
	free(page);
	metrics_free(metrics);
}

static void gauges_are_told_with_their_type(void **state)
{
	struct metrics *metrics = metrics_new();
	const struct metrics_gauge gauges[] = {
		{"scale_csi_nas_connected", "Whether.", 0, 1},
		{"scale_csi_nas_connects_total", "How many.", 1, 7},
	};
	char *page = metrics_render(metrics, gauges, 2);

	(void)state;
	assert_says(page, "# TYPE scale_csi_nas_connected gauge\n"
			  "scale_csi_nas_connected 1\n");
	assert_says(page, "# TYPE scale_csi_nas_connects_total counter\n"
			  "scale_csi_nas_connects_total 7\n");
	free(page);
	metrics_free(metrics);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(calls_are_counted_by_method_and_result),
		cmocka_unit_test(gauges_are_told_with_their_type),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
