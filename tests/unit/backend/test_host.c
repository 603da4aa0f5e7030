/* SPDX-License-Identifier: BSD-2-Clause */
/* The services that need neither a NAS nor a node. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/clock.h"
#include "harness.h"

static struct harness harness;

static int setup(void **state)
{
	static const struct scale_kv kv[] = {{"toy.hosts", "10.0.0.0/8"},
					     {"nfs.hosts", "other"}};

	(void)state;
	harness_init(&harness, (struct host_config){.config = {kv, 2}});
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	harness_done(&harness);
	return 0;
}

static void run(harness_fn *act, scale_status want)
{
	assert_int_equal(harness_run(&harness, act, NULL), want);
}

static scale_status read_config(struct scale_call *call, void *arg)
{
	(void)arg;
	assert_string_equal(call->host->config(call, "hosts"), "10.0.0.0/8");
	assert_null(call->host->config(call, "blocks")); /* the class's */
	assert_null(call->host->config(call, "nothing"));
	return SCALE_OK;
}

static void config_is_the_backends_own_and_declared(void **state)
{
	(void)state;
	run(read_config, SCALE_OK);
	assert_non_null(strstr(harness_log(&harness), "'nothing'"));
}

static scale_status read_secret(struct scale_call *call, void *arg)
{
	const char **ret = arg;

	*ret = call->host->secret(call, "password");
	assert_null(call->host->secret(call, "hosts"));
	return SCALE_OK;
}

static void a_secret_is_found_with_and_without_the_name(void **state)
{
	const struct scale_kv plain[] = {{"password", "correct horse"}};
	const struct scale_kv named[] = {{"password", "not this"},
					 {"toy.password", "this one"}};
	const char *secret = "";

	(void)state;
	assert_int_equal(harness_run(&harness, read_secret, &secret), SCALE_OK);
	assert_null(secret);
	harness.inv.secrets = (struct scale_map){plain, 1};
	assert_int_equal(harness_run(&harness, read_secret, &secret), SCALE_OK);
	assert_string_equal(secret, "correct horse");
	harness.inv.secrets = (struct scale_map){named, 2};
	assert_int_equal(harness_run(&harness, read_secret, &secret), SCALE_OK);
	assert_string_equal(secret, "this one");
}

struct put_row {
	uint32_t where;
	const char *key, *value;
	scale_status want;
	const char *says;
};

static scale_status put_row(struct scale_call *call, void *arg)
{
	const struct put_row *row = arg;

	return call->host->put(call, row->where, row->key, row->value);
}

static void put_has_limits(void **state)
{
	static char v128[129], v129[130], v255[256], v256[257];
	static const struct scale_kv secrets[] = {{"password", "hunter2hunter"},
						  {"pin", "7"}};
	const struct put_row rows[] = {
		{SCALE_PUT_VOLUME, "k", v128, SCALE_OK, ""},
		{SCALE_PUT_VOLUME, "k", v129, SCALE_INTERNAL,
		 "longer than 128"},
		{SCALE_PUT_VOLUME, v129, "v", SCALE_INTERNAL,
		 "longer than 128"},
		{SCALE_PUT_VOLUME, "", "v", SCALE_INTERNAL,
		 "key that is empty"},
		{SCALE_PUT_STATE, "k", v255, SCALE_OK, ""},
		{SCALE_PUT_STATE, "k", v256, SCALE_INTERNAL, "than 255"},
		{SCALE_PUT_PUBLISH, "k", "a\x02", SCALE_INTERNAL, "no plain"},
		{SCALE_PUT_PUBLISH, "k", "\xfe", SCALE_INTERNAL, "no plain"},
		{0, "k", "v", SCALE_INTERNAL, "where nothing is kept"},
		{6, "k", "v", SCALE_INTERNAL, "where nothing is kept"},
		{SCALE_PUT_STATE, "k", "is hunter2hunter", SCALE_INTERNAL,
		 "a secret"},
		{SCALE_PUT_STATE, "k", "7", SCALE_INTERNAL, "a secret"},
		{SCALE_PUT_STATE, "k", "17", SCALE_OK, ""},
	};

	(void)state;
	memset(v128, 'v', 128);
	memset(v129, 'v', 129);
	memset(v255, 'v', 255);
	memset(v256, 'v', 256);
	harness.inv.secrets = (struct scale_map){secrets, 2};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct put_row row = rows[i];

		assert_int_equal(harness_run(&harness, put_row, &row),
				 row.want);
		if (row.want != SCALE_OK &&
		    strstr(harness.call.reason, row.says) == NULL)
			fail_msg("row %zu: %s", i, harness.call.reason);
	}
	assert_null(strstr(harness_log(&harness), "hunter2hunter"));
}

static scale_status put_much(struct scale_call *call, void *arg)
{
	char value[101] = {0};
	scale_status st = SCALE_OK;

	(void)arg;
	memset(value, 'v', 100);
	for (int i = 0; i < 100 && st == SCALE_OK; i++)
		st = call->host->put(call, SCALE_PUT_VOLUME,
				     scale_text(call, "key%d", i), value);
	return st;
}

static void a_context_is_at_most_four_kib(void **state)
{
	(void)state;
	run(put_much, SCALE_INTERNAL);
	assert_non_null(strstr(harness.call.reason, "more than 4096 bytes"));
}

static scale_status talk(struct scale_call *call, void *arg)
{
	(void)arg;
	call->host->log(call, SCALE_INFO, "saw the portal");
	call->host->log(call, 99, "at no level");
	call->host->log(call, SCALE_INFO, "word is hunter2hunter");
	for (int i = 0; i < 20; i++)
		call->host->report(call, SCALE_WARNING, "ShareMissing",
				   "no share\n");
	call->host->report(call, SCALE_ERROR, "Leak", "hunter2hunter");
	return scale_fail(call, SCALE_ABORTED, "word hunter2hunter");
}

static void secrets_never_reach_people(void **state)
{
	static const struct scale_kv secrets[] = {
		{"password", "hunter2hunter"}};

	(void)state;
	harness.inv.secrets = (struct scale_map){secrets, 1};
	run(talk, SCALE_ABORTED);
	assert_non_null(strstr(harness_log(&harness), "saw the portal"));
	assert_non_null(strstr(harness_log(&harness), "at no level"));
	assert_null(strstr(harness_log(&harness), "hunter2hunter"));
	assert_null(strstr(harness.call.reason, "hunter2hunter"));
	assert_int_equal(harness.inv.n_findings, 21);
	assert_int_equal(harness.inv.findings[19].level, SCALE_WARNING);
	assert_string_equal(harness.inv.findings[19].reason, "ShareMissing");
	assert_null(strstr(harness.inv.findings[20].text, "hunter2hunter"));
}

static scale_status pass_gates(struct scale_call *call, void *arg)
{
	(void)arg;
	assert_int_equal(call->host->gate(call, "portal", 1), SCALE_OK);
	/* one's own gate is no obstacle */
	assert_int_equal(call->host->gate(call, "portal", 1), SCALE_OK);
	assert_int_equal(call->host->gate(call, "other", 1), SCALE_OK);
	return call->host->gate(call, "closed", 0);
}

static void gates_are_left_when_the_call_returns(void **state)
{
	(void)state;
	run(pass_gates, SCALE_INTERNAL);
	assert_non_null(strstr(harness.call.reason, "lets nobody through"));
	run(pass_gates, SCALE_INTERNAL); /* not DEADLINE_EXCEEDED */
}

static scale_status pass_once(struct scale_call *call, void *arg)
{
	(void)arg;
	return call->host->gate(call, "portal", 1);
}

/* A second call meets the first one at its gate. */
static scale_status meet_at_gate(struct scale_call *call, void *arg)
{
	struct harness *other = arg;

	assert_int_equal(call->host->gate(call, "portal", 1), SCALE_OK);
	other->call.deadline_ns = clock_after_ms(20);
	assert_int_equal(harness_run(other, pass_once, NULL),
			 SCALE_DEADLINE_EXCEEDED);
	return SCALE_OK;
}

static void a_gate_of_another_call_is_waited_for(void **state)
{
	struct harness other;

	(void)state;
	harness_init(&other, (struct host_config){0});
	other.inv.host = harness.host;
	assert_int_equal(harness_run(&harness, meet_at_gate, &other), SCALE_OK);
	harness_done(&other);
}

static scale_status learn(struct scale_call *call, void *arg)
{
	(void)arg;
	assert_null(call->host->recall(call, "portal"));
	call->host->remember(call, "portal", "1", 60000);
	assert_string_equal(call->host->recall(call, "portal"), "1");
	call->host->remember(call, "short", "1", 0);
	assert_null(call->host->recall(call, "short"));
	return SCALE_OK;
}

static scale_status know(struct scale_call *call, void *arg)
{
	*(const char **)arg = call->host->recall(call, "portal");
	return SCALE_OK;
}

static void a_fact_outlives_the_call_but_not_the_session(void **state)
{
	const char *fact = NULL;

	(void)state;
	run(learn, SCALE_OK);
	assert_int_equal(harness_run(&harness, know, &fact), SCALE_OK);
	assert_string_equal(fact, "1");
	host_forget_session(harness.host);
	assert_int_equal(harness_run(&harness, know, &fact), SCALE_OK);
	assert_null(fact);
}

static scale_status ask_nas(struct scale_call *call, void *arg)
{
	struct scale_rpc rpc;
	const char *path = NULL;

	(void)arg;
	assert_int_equal(call->host->nas_version(call), 0);
	assert_int_equal(call->host->has_method(call, "toy.query"), 0);
	assert_null(call->host->json_get(call, "[1]", "/0"));
	assert_int_equal(call->host->json_count(call, "[1]", ""), 0);
	assert_string_equal(call->host->json_quote(call, "a"), "");
	assert_int_equal(call->host->export_path(call, &path), SCALE_INTERNAL);
	return scale_rpc_run(call, &rpc, "toy.query", "[]", SCALE_RPC_READ);
}

static void a_node_has_no_nas(void **state)
{
	(void)state;
	run(ask_nas, SCALE_UNIMPLEMENTED);
	assert_string_equal(harness.call.reason,
			    "a node has no connection to the NAS");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		TEST(config_is_the_backends_own_and_declared),
		TEST(a_secret_is_found_with_and_without_the_name),
		TEST(put_has_limits),
		TEST(a_context_is_at_most_four_kib),
		TEST(secrets_never_reach_people),
		TEST(gates_are_left_when_the_call_returns),
		TEST(a_gate_of_another_call_is_waited_for),
		TEST(a_fact_outlives_the_call_but_not_the_session),
		TEST(a_node_has_no_nas),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
