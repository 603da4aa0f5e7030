/* SPDX-License-Identifier: BSD-2-Clause */
/* Which endpoints are understood, and what is said about the others. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "grpc/endpoint.h"

#define TEN "1234567890"

static void good_endpoints_give_their_path(void **state)
{
	static const struct {
		const char *endpoint;
		const char *path;
	} rows[] = {
		{"unix:///csi/csi.sock", "/csi/csi.sock"},
		{"unix:/csi/csi.sock", "/csi/csi.sock"},
		{"/csi/csi.sock", "/csi/csi.sock"},
		{"/a.sock", "/a.sock"},
		{"unix:///with space/%20.sock", "/with space/%20.sock"},
	};
	(void)state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char path[ENDPOINT_PATH_BYTES] = "";
		char why[ENDPOINT_WHY_BYTES] = "";
		assert_int_equal(endpoint_parse(rows[i].endpoint, path, why),
				 0);
		assert_string_equal(path, rows[i].path);
		assert_string_equal(why, "");
	}
}

static void bad_endpoints_are_refused_with_a_reason(void **state)
{
	static const struct {
		const char *endpoint;
		int error;
		const char *reason; /* part of the sentence */
	} rows[] = {
		{"unix://csi/csi.sock", EINVAL, "third slash"},
		{"unix://", EINVAL, "third slash"},
		{"", EINVAL, "absolute path"},
		{"csi.sock", EINVAL, "absolute path"},
		{"unix:csi.sock", EINVAL, "absolute path"},
		{"tcp://127.0.0.1:1", EINVAL, "absolute path"},
		{"dns:///host:1", EINVAL, "absolute path"},
		{"unix-abstract:csi.sock", EINVAL, "absolute path"},
		{"/csi/csi.socket", EINVAL, "ends in '.sock'"},
		{"/csi/.sock", EINVAL, "ends in '.sock'"},
		{"/", EINVAL, "ends in '.sock'"},
		{"unix:///" TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN "12.sock",
		 ENAMETOOLONG, "107 bytes"},
	};
	(void)state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char path[ENDPOINT_PATH_BYTES] = "untouched";
		char why[ENDPOINT_WHY_BYTES] = "";
		assert_int_equal(endpoint_parse(rows[i].endpoint, path, why),
				 -rows[i].error);
		assert_non_null(strstr(why, rows[i].reason));
		assert_non_null(strstr(why, rows[i].endpoint));
		assert_string_equal(path, "untouched");
	}
}

static void the_longest_path_has_107_bytes(void **state)
{
	const char *longest =
		"/" TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN "1.sock";
	char path[ENDPOINT_PATH_BYTES] = "";
	char why[ENDPOINT_WHY_BYTES] = "";
	(void)state;

	assert_int_equal(strlen(longest), 107);
	assert_int_equal(endpoint_parse(longest, path, why), 0);
	assert_string_equal(path, longest);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_endpoints_give_their_path),
		cmocka_unit_test(bad_endpoints_are_refused_with_a_reason),
		cmocka_unit_test(the_longest_path_has_107_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
