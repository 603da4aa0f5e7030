/* SPDX-License-Identifier: BSD-2-Clause */
/* Which certificates are believed, for names and addresses. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "certificates.h"
#include "peer.h"

#define YEAR_S (365L * 86400)

static const struct certificate_spec specs[] = {
	{"ca", NULL, "Test CA", NULL, -3600, YEAR_S, 1},
	{"other-ca", NULL, "Other CA", NULL, -3600, YEAR_S, 1},
	{"dns", "ca", "x", "DNS:localhost", -3600, YEAR_S, 0},
	{"wild", "ca", "x", "DNS:*.example.test", -3600, YEAR_S, 0},
	{"four", "ca", "x", "IP:127.0.0.1", -3600, YEAR_S, 0},
	{"six", "ca", "x", "IP:::1", -3600, YEAR_S, 0},
	{"foreign", "ca", "x", "DNS:other.example", -3600, YEAR_S, 0},
	{"expired", "ca", "x", "DNS:localhost,IP:127.0.0.1", -7200, -3600, 0},
	{"early", "ca", "x", "DNS:localhost,IP:127.0.0.1", 3600, YEAR_S, 0},
	{"self", NULL, "x", "DNS:localhost,IP:127.0.0.1", -3600, YEAR_S, 0},
};
#define N_SPECS ((unsigned int)(sizeof(specs) / sizeof(specs[0])))

static char dir[64];

static int make_certificates(void **state)
{
	(void)state;
	(void)snprintf(dir, sizeof(dir), "/tmp/nas-tls-XXXXXX");
	assert_non_null(mkdtemp(dir));
	certificates_make(dir, specs, N_SPECS);
	return 0;
}

static int remove_certificates(void **state)
{
	(void)state;
	certificates_remove(dir, specs, N_SPECS);
	return rmdir(dir);
}

/* Opens a peer with @cert at @host; NULL @ca: the system's CAs. */
static void open_tls(struct peer *peer, const char *cert, const char *listen,
		     const char *host, const char *ca, const char *tls_name)
{
	char url[128], error[512], pem[128], key[128], ca_file[128];
	const char *arguments[] = {"--host", listen, "--cert", pem,
				   "--key",  key,    NULL};
	struct nas_config config;

	(void)snprintf(pem, sizeof(pem), "%s/%s.pem", dir, cert);
	(void)snprintf(key, sizeof(key), "%s/%s.key", dir, cert);
	(void)snprintf(ca_file, sizeof(ca_file), "%s/%s.pem", dir,
		       ca != NULL ? ca : "");
	peer_start(peer, arguments);
	config = peer_config(peer, url, sizeof(url));
	(void)snprintf(url, sizeof(url), "wss://%s:%d/api/current", host,
		       peer->port);
	config.allow_plain_loopback = false;
	config.ca_file = ca != NULL ? ca_file : NULL;
	config.tls_name = tls_name;
	assert_int_equal(nas_open(&config, &peer->nas, error, sizeof(error)),
			 0);
}

static void right_certificates_are_accepted(void **state)
{
	static const struct {
		const char *cert, *listen, *host, *ca, *tls_name;
	} rows[] = {
		{"dns", "127.0.0.1", "localhost", "ca", NULL},
		{"four", "127.0.0.1", "127.0.0.1", "ca", NULL},
		{"six", "::1", "[::1]", "ca", NULL},
		{"foreign", "127.0.0.1", "127.0.0.1", "ca", "other.example"},
		{"wild", "127.0.0.1", "127.0.0.1", "ca", "nas.example.test"},
		{"self", "127.0.0.1", "127.0.0.1", "self", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct peer peer;

		open_tls(&peer, rows[i].cert, rows[i].listen, rows[i].host,
			 rows[i].ca, rows[i].tls_name);
		peer_await(&peer, true);
		peer_stop(&peer);
	}
}

static void wrong_certificates_are_refused_with_a_sentence(void **state)
{
	static const struct {
		const char *cert, *listen, *host, *ca, *tls_name, *words;
	} rows[] = {
		{"dns", "127.0.0.1", "127.0.0.1", "ca", NULL,
		 "does not bear this address"},
		{"four", "127.0.0.1", "localhost", "ca", NULL,
		 "is for another name"},
		{"foreign", "127.0.0.1", "localhost", "ca", NULL,
		 "is for another name"},
		/* libwebsockets alone would check no name at all here */
		{"foreign", "::1", "[::1]", "ca", NULL,
		 "does not bear this address"},
		{"four", "::1", "[::1]", "ca", NULL,
		 "does not bear this address"},
		{"wild", "127.0.0.1", "127.0.0.1", "ca", "a.b.example.test",
		 "is for another name"},
		{"wild", "127.0.0.1", "127.0.0.1", "ca", "example.test",
		 "is for another name"},
		{"expired", "127.0.0.1", "127.0.0.1", "ca", NULL,
		 "has expired"},
		{"early", "127.0.0.1", "127.0.0.1", "ca", NULL,
		 "is not valid yet"},
		{"four", "127.0.0.1", "127.0.0.1", "other-ca", NULL,
		 "CA that is not trusted here"},
		{"four", "127.0.0.1", "127.0.0.1", NULL, NULL,
		 "CA that is not trusted here"},
		{"self", "127.0.0.1", "127.0.0.1", "ca", NULL,
		 "is self-signed"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct nas_status status;
		struct peer peer;

		open_tls(&peer, rows[i].cert, rows[i].listen, rows[i].host,
			 rows[i].ca, rows[i].tls_name);
		peer_await_why(&peer, rows[i].words);
		nas_get_status(peer.nas, &status);
		assert_false(status.is_connected);
		assert_int_equal(status.logins, 0);
		peer_stop(&peer);
	}
}

/* With a CA file only that one counts, also if the system trusts another. */
static void ca_file_takes_the_place_of_the_systems(void **state)
{
	char system_ca[128];
	struct peer peer;

	(void)state;
	(void)snprintf(system_ca, sizeof(system_ca), "%s/ca.pem", dir);
	assert_int_equal(setenv("SSL_CERT_FILE", system_ca, 1), 0);
	open_tls(&peer, "four", "127.0.0.1", "127.0.0.1", NULL, NULL);
	peer_await(&peer, true);
	peer_stop(&peer);
	open_tls(&peer, "four", "127.0.0.1", "127.0.0.1", "other-ca", NULL);
	peer_await_why(&peer, "CA that is not trusted here");
	peer_stop(&peer);
	assert_int_equal(unsetenv("SSL_CERT_FILE"), 0);
}

static void plain_port_is_told(void **state)
{
	char url[128], error[512];
	struct nas_config config;
	struct peer peer;

	(void)state;
	peer_start(&peer, NULL);
	config = peer_config(&peer, url, sizeof(url));
	(void)snprintf(url, sizeof(url), "wss://127.0.0.1:%d/", peer.port);
	assert_int_equal(nas_open(&config, &peer.nas, error, sizeof(error)), 0);
	peer_await_why(&peer, "TLS");
	peer_stop(&peer);
}

static void old_tls_is_refused(void **state)
{
	char url[128], error[512], pem[128], key[128];
	const char *arguments[] = {"--cert", pem,         "--key",
				   key,      "--old-tls", NULL};
	struct nas_config config;
	struct peer peer;

	(void)state;
	(void)snprintf(pem, sizeof(pem), "%s/self.pem", dir);
	(void)snprintf(key, sizeof(key), "%s/self.key", dir);
	peer_start(&peer, arguments);
	config = peer_config(&peer, url, sizeof(url));
	(void)snprintf(url, sizeof(url), "wss://127.0.0.1:%d/", peer.port);
	config.ca_file = pem;
	assert_int_equal(nas_open(&config, &peer.nas, error, sizeof(error)), 0);
	peer_await_why(&peer, "TLS 1.2 or newer");
	peer_stop(&peer);
}

static void missing_ca_file_is_a_sentence(void **state)
{
	char url[128], error[512];
	struct nas_config config;
	struct peer peer;

	(void)state;
	peer_start(&peer, NULL);
	config = peer_config(&peer, url, sizeof(url));
	config.url = "wss://127.0.0.1/";
	config.ca_file = "/no/such/ca.pem";
	assert_int_equal(nas_open(&config, &peer.nas, error, sizeof(error)),
			 -ENOENT);
	assert_non_null(strstr(error, "'/no/such/ca.pem'"));
	peer_stop(&peer);
}

static void calls_go_through_tls(void **state)
{
	struct asking asking;
	struct peer peer;
	struct rpc rpc;

	(void)state;
	open_tls(&peer, "four", "127.0.0.1", "127.0.0.1", "ca", NULL);
	asking_init(&asking, 20000);
	rpc = ask(&asking, &peer, "t.big", "[3000000, 100000]", RPC_READ);
	assert_int_equal(rpc.outcome, RPC_RESULT);
	assert_int_equal(rpc.result_len, 3000002);
	rpc = ask(&asking, &peer, "t.drop", "[\"r\", \"before\"]", RPC_READ);
	assert_int_equal(rpc.outcome, RPC_RESULT);
	asking_done(&asking);
	peer_stop(&peer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(right_certificates_are_accepted),
		cmocka_unit_test(
			wrong_certificates_are_refused_with_a_sentence),
		cmocka_unit_test(ca_file_takes_the_place_of_the_systems),
		cmocka_unit_test(plain_port_is_told),
		cmocka_unit_test(old_tls_is_refused),
		cmocka_unit_test(missing_ca_file_is_a_sentence),
		cmocka_unit_test(calls_go_through_tls),
	};

	return cmocka_run_group_tests(tests, make_certificates,
				      remove_certificates);
}
