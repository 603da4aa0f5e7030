/* SPDX-License-Identifier: BSD-2-Clause */
/* Versions become numbers, numbers become abilities; addresses come apart. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "nas/release.h"
#include "nas/url.h"

static void versions_become_numbers(void **state)
{
	static const struct {
		const char *version;
		uint32_t number;
	} rows[] = {
		{"TrueNAS-25.10.5", 251005},
		{"TrueNAS-25.04.2.6", 250402},
		{"TrueNAS-25.10-BETA.1", 251000},
		{"TrueNAS-26.0.0-BETA.1", 260000},
		{"TrueNAS-27.0.0", 270000},
		{"TrueNAS-SCALE-24.10.2", 241002},
		{"25.10.1", 251001},
		{"TrueNAS-13.0-U6", 0},
		{"TrueNAS-", 0},
		{"FreeNAS-11.3", 0},
		{"TrueNAS-25.x", 0},
		{"TrueNAS-25.", 0},
		{"TrueNAS-2510", 0},
		{"TrueNAS-25.10.5x", 0},
		{"", 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(release_parse(rows[i].version),
				 rows[i].number);
}

static void releases_have_their_abilities(void **state)
{
	const struct release *r2504 = release_find(250402);
	const struct release *r2510 = release_find(251005);
	const struct release *r26 = release_find(260000);

	(void)state;
	assert_null(release_find(0));
	assert_null(release_find(241099));
	assert_false(r2504->has_resource_query || r2504->has_nvmet);
	assert_true(r2510->has_resource_query && r2510->has_nvmet &&
		    r2510->clones_take_user && r2510->has_service_control);
	assert_false(r2510->delete_may_lie || r2510->cancels_lost_calls ||
		     r2510->has_resource_destroy);
	assert_true(r26->delete_may_lie && r26->has_resource_destroy &&
		    r26->has_resource_snapshot && r26->cancels_lost_calls);
	assert_false(r26->clones_take_user);
	assert_ptr_equal(release_find(270000), r26);
}

static void methods_come_and_go(void **state)
{
	static const struct {
		const char *method;
		bool in_2504, in_2510, in_26;
	} rows[] = {
		{"nvmet.subsys.create", false, true, true},
		{"pool.snapshot.query", false, true, true},
		{"zfs.snapshot.query", true, false, false},
		{"zfs.resource.query", false, true, true},
		{"zfs.resource.destroy", false, false, true},
		{"zfs.resource.snapshot.query", false, false, true},
		{"service.control", false, true, true},
		{"pool.dataset.destroy_snapshots", true, true, false},
		{"sharing.nfs.create", true, true, true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *method = rows[i].method;

		assert_int_equal(release_has_method(250402, method),
				 rows[i].in_2504);
		assert_int_equal(release_has_method(251005, method),
				 rows[i].in_2510);
		assert_int_equal(release_has_method(260000, method),
				 rows[i].in_26);
	}
}

static void addresses_come_apart(void **state)
{
	static const struct {
		const char *url, *host, *authority, *path;
		int port;
		bool is_tls, is_literal;
	} rows[] = {
		{"wss://nas.example", "nas.example", "nas.example",
		 "/api/current", 443, true, false},
		{"wss://nas.example:8443/", "nas.example", "nas.example:8443",
		 "/api/current", 8443, true, false},
		{"wss://nas.example:443/api/v25.10.5", "nas.example",
		 "nas.example", "/api/v25.10.5", 443, true, false},
		{"ws://127.0.0.1:80/x", "127.0.0.1", "127.0.0.1", "/x", 80,
		 false, true},
		{"wss://[2001:db8::1]/api/current", "2001:db8::1",
		 "[2001:db8::1]", "/api/current", 443, true, true},
		{"wss://[::1]:8443", "::1", "[::1]:8443", "/api/current", 8443,
		 true, true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct nas_url endpoint;
		char error[256];

		assert_int_equal(nas_url_parse(rows[i].url, &endpoint, error,
					       sizeof(error)),
				 0);
		assert_string_equal(endpoint.host, rows[i].host);
		assert_string_equal(endpoint.authority, rows[i].authority);
		assert_string_equal(endpoint.path, rows[i].path);
		assert_int_equal(endpoint.port, rows[i].port);
		assert_int_equal(endpoint.is_tls, rows[i].is_tls);
		assert_int_equal(endpoint.is_literal, rows[i].is_literal);
		nas_url_done(&endpoint);
	}
}

static void bad_addresses_are_a_sentence(void **state)
{
	static const char *const rows[] = {
		"",
		"nas.example",
		"https://nas.example/api/current",
		"wss://",
		"wss://:443/",
		"wss://nas.example:0/",
		"wss://nas.example:65536/",
		"wss://nas.example:x/",
		"wss://nas.example:",
		"wss://[::1",
		"wss://[::1]x/",
		"wss://2001:db8::1/",
		"wss://user@nas.example/",
		"wss://nas.example/a b",
		"wss://nas.example/a?b",
		"wss://nas.example?x",
		"wss://na\ns.example/",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct nas_url endpoint;
		char error[256] = "";

		assert_int_equal(
			nas_url_parse(rows[i], &endpoint, error, sizeof(error)),
			-EINVAL);
		assert_non_null(strstr(error, "wss://nas.example"));
	}
}

static void loopback_is_known(void **state)
{
	(void)state;
	assert_true(nas_url_is_loopback("127.0.0.1"));
	assert_true(nas_url_is_loopback("127.9.9.9"));
	assert_true(nas_url_is_loopback("::1"));
	assert_false(nas_url_is_loopback("10.0.0.1"));
	assert_false(nas_url_is_loopback("::2"));
	assert_false(nas_url_is_loopback("localhost"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(versions_become_numbers),
		cmocka_unit_test(releases_have_their_abilities),
		cmocka_unit_test(methods_come_and_go),
		cmocka_unit_test(addresses_come_apart),
		cmocka_unit_test(bad_addresses_are_a_sentence),
		cmocka_unit_test(loopback_is_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
