/* SPDX-License-Identifier: BSD-2-Clause */
/* Parameters: every type, every flaw of a table, every sentence. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "backend/params.h"
#include "base/clock.h"

static struct call call;

static int setup(void **state)
{
	(void)state;
	call_init(&call, arena_new(1 << 20), NULL, NULL, CLOCK_NEVER);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(call.arena);
	return 0;
}

static const struct scale_param table[] = {
	{SCALE_STRING, SCALE_PARAM_CLASS, "mode", "0777", NULL, "Mode."},
	{SCALE_BOOL, SCALE_PARAM_CLASS | SCALE_PARAM_MUTABLE, "sync", "on",
	 NULL, "Sync."},
	{SCALE_UINT, SCALE_PARAM_CLASS, "paths", NULL, "1..64", "Paths."},
	{SCALE_SIZE, SCALE_PARAM_CLASS, "blocksize", "16Ki", "4Ki..128Ki",
	 "Size."},
	{SCALE_CHOICE, SCALE_PARAM_CLASS, "mapping", "root", "root|all|none",
	 "Who."},
	{SCALE_LIST, SCALE_PARAM_CONFIG, "hosts", "", NULL, "Hosts."},
	{SCALE_STRING, SCALE_PARAM_CLASS | SCALE_PARAM_REQUIRED, "portal", NULL,
	 NULL, "Where to."},
	{SCALE_UINT, SCALE_PARAM_SECRET, "pin", NULL, NULL, "Pin."},
};
#define N_TABLE (sizeof(table) / sizeof(*table))

static void the_table_itself_is_sane(void **state)
{
	char error[SCALE_TEXT_MAX] = "";

	(void)state;
	assert_int_equal(
		params_check_table(table, N_TABLE, error, sizeof(error)), 0);
	assert_string_equal(error, "");
}

static void values_fit_their_types(void **state)
{
	static const struct {
		size_t param;
		const char *value;
		scale_status want;
	} rows[] = {
		{0, "anything at all", SCALE_OK},
		{0, "", SCALE_OK},
		{0, "a\x01z", SCALE_INVALID_ARGUMENT},
		{0, "\xff", SCALE_INVALID_ARGUMENT},
		{1, "true", SCALE_OK},
		{1, "off", SCALE_OK},
		{1, "maybe", SCALE_INVALID_ARGUMENT},
		{1, "", SCALE_INVALID_ARGUMENT},
		{2, "1", SCALE_OK},
		{2, "64", SCALE_OK},
		{2, "0", SCALE_INVALID_ARGUMENT},
		{2, "65", SCALE_INVALID_ARGUMENT},
		{2, "-1", SCALE_INVALID_ARGUMENT},
		{2, "0x10", SCALE_INVALID_ARGUMENT},
		{2, "99999999999999999999", SCALE_INVALID_ARGUMENT},
		{3, "4Ki", SCALE_OK},
		{3, "131072", SCALE_OK},
		{3, "256Ki", SCALE_INVALID_ARGUMENT},
		{3, "4Q", SCALE_INVALID_ARGUMENT},
		{4, "all", SCALE_OK},
		{4, "al", SCALE_INVALID_ARGUMENT},
		{4, "root|all", SCALE_INVALID_ARGUMENT},
		{4, "", SCALE_INVALID_ARGUMENT},
		{5, "", SCALE_OK},
		{5, "10.0.0.1", SCALE_OK},
		{5, "10.0.0.1,10.0.0.0/8", SCALE_OK},
		{5, "10.0.0.1,,b", SCALE_INVALID_ARGUMENT},
		{5, "a, ", SCALE_INVALID_ARGUMENT},
		{5, ",", SCALE_INVALID_ARGUMENT},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		scale_status st = params_check_value(
			&call, &table[rows[i].param], "toy.key", rows[i].value);

		if (st != rows[i].want)
			fail_msg("row %zu: '%s' gave %d", i, rows[i].value, st);
	}
}

static void a_wrong_value_is_told_with_what_would_be_right(void **state)
{
	(void)state;
	(void)params_check_value(&call, &table[2], "nfs.paths", "65");
	assert_string_equal(call.reason, "parameter 'nfs.paths' is '65': use a "
					 "whole number within 1..64");
	(void)params_check_value(&call, &table[4], "nfs.mapping", "rot");
	assert_string_equal(call.reason,
			    "parameter 'nfs.mapping' is 'rot': use one of "
			    "root|all|none; did you mean 'root'?");
}

static void a_secret_is_not_shown(void **state)
{
	(void)state;
	assert_int_equal(params_check_value(&call, &table[7], "pin", "hunter2"),
			 SCALE_INVALID_ARGUMENT);
	assert_null(strstr(call.reason, "hunter2"));
	assert_non_null(strstr(call.reason, "'pin'"));
}

static scale_status take(const struct scale_kv *kv, size_t n, uint32_t flags,
			 struct scale_map *ret)
{
	struct scale_map given = {kv, n};

	return params_take(&call, table, N_TABLE, "nfs", flags, &given, ret);
}

static void what_is_missing_gets_its_default_in_plain_form(void **state)
{
	const struct scale_kv kv[] = {{"nfs.portal", "a"},
				      {"nfs.sync", "no"},
				      {"iscsi.portal", "not ours"},
				      {"pool", "fast"}};
	struct scale_map map = {0};

	(void)state;
	assert_int_equal(take(kv, 4, SCALE_PARAM_CLASS, &map), SCALE_OK);
	assert_int_equal(map.n, 5);
	assert_string_equal(map_get(&map, "portal"), "a");
	assert_string_equal(map_get(&map, "sync"), "false");
	assert_string_equal(map_get(&map, "mode"), "0777");
	assert_string_equal(map_get(&map, "blocksize"), "16384");
	assert_string_equal(map_get(&map, "mapping"), "root");
	assert_null(map_get(&map, "paths"));
	assert_null(map_get(&map, "hosts"));
}

static void a_required_key_must_be_there(void **state)
{
	struct scale_map map = {0};

	(void)state;
	assert_int_equal(take(NULL, 0, SCALE_PARAM_CLASS, &map),
			 SCALE_INVALID_ARGUMENT);
	assert_string_equal(call.reason,
			    "parameter 'nfs.portal' is missing (Where to.)");
}

static void an_unknown_key_names_its_neighbour(void **state)
{
	const struct scale_kv kv[] = {{"nfs.maping", "root"}};
	const struct scale_kv far[] = {{"nfs.xylophone", "1"}};
	struct scale_map map = {0};

	(void)state;
	assert_int_equal(take(kv, 1, SCALE_PARAM_CLASS, &map),
			 SCALE_INVALID_ARGUMENT);
	assert_string_equal(call.reason,
			    "parameter 'nfs.maping' is not known; did you mean "
			    "'nfs.mapping'?");
	assert_int_equal(take(far, 1, SCALE_PARAM_CLASS, &map),
			 SCALE_INVALID_ARGUMENT);
	assert_string_equal(call.reason,
			    "parameter 'nfs.xylophone' is not known");
}

static void a_key_of_another_place_is_refused(void **state)
{
	const struct scale_kv config[] = {{"nfs.hosts", "a"}};
	const struct scale_kv fixed[] = {{"nfs.mapping", "all"}};
	const struct scale_kv mutable[] = {{"nfs.sync", "yes"}};
	struct scale_map map = {0};

	(void)state;
	assert_int_equal(take(config, 1, SCALE_PARAM_CLASS, &map),
			 SCALE_INVALID_ARGUMENT);
	assert_non_null(strstr(call.reason, "'nfs.hosts' cannot be set here"));
	assert_int_equal(take(fixed, 1, SCALE_PARAM_MUTABLE, &map),
			 SCALE_INVALID_ARGUMENT);
	assert_int_equal(take(mutable, 1, SCALE_PARAM_MUTABLE, &map), SCALE_OK);
	assert_int_equal(map.n, 1);
	assert_string_equal(map_get(&map, "sync"), "true");
}

static void the_cores_own_keys_have_no_dot(void **state)
{
	static const struct scale_param own[] = {
		{SCALE_STRING, SCALE_PARAM_CLASS, "pool", NULL, NULL, "Pool."}};
	const struct scale_kv kv[] = {{"pool", "fast"},
				      {"csi.storage.k8s.io/pvc/name", "x"}};
	const struct scale_kv typo[] = {{"pol", "fast"}};
	struct scale_map given = {kv, 2}, wrong = {typo, 1}, map = {0};

	(void)state;
	assert_int_equal(
		params_take(&call, own, 1, "", SCALE_PARAM_CLASS, &given, &map),
		SCALE_OK);
	assert_int_equal(map.n, 1);
	assert_int_equal(
		params_take(&call, own, 1, "", SCALE_PARAM_CLASS, &wrong, &map),
		SCALE_INVALID_ARGUMENT);
	assert_string_equal(call.reason, "parameter 'pol' is not known; did "
					 "you mean 'pool'?");
}

static void a_table_with_a_flaw_is_refused(void **state)
{
	static const struct {
		struct scale_param param;
		const char *says;
	} rows[] = {
		{{SCALE_STRING, SCALE_PARAM_CLASS, "a b", NULL, NULL, "H."},
		 "a key outside"},
		{{SCALE_STRING, SCALE_PARAM_CLASS, NULL, NULL, NULL, "H."},
		 "a key outside"},
		{{0, SCALE_PARAM_CLASS, "a", NULL, NULL, "H."}, "a type"},
		{{99, SCALE_PARAM_CLASS, "a", NULL, NULL, "H."}, "a type"},
		{{SCALE_STRING, 1u << 30, "a", NULL, NULL, "H."}, "a flag"},
		{{SCALE_STRING, 0, "a", NULL, NULL, "H."}, "where it may"},
		{{SCALE_STRING, SCALE_PARAM_CONFIG | SCALE_PARAM_NODE, "a",
		  NULL, NULL, "H."},
		 "goes to the node"},
		{{SCALE_STRING, SCALE_PARAM_SECRET | SCALE_PARAM_CLASS, "a",
		  NULL, NULL, "H."},
		 "is a secret"},
		{{SCALE_STRING, SCALE_PARAM_SECRET, "a", "pw", NULL, "H."},
		 "is a secret"},
		{{SCALE_STRING, SCALE_PARAM_CLASS, "a", NULL, NULL, NULL},
		 "has no help"},
		{{SCALE_CHOICE, SCALE_PARAM_CLASS, "a", NULL, NULL, "H."},
		 "without choices"},
		{{SCALE_CHOICE, SCALE_PARAM_CLASS, "a", "c", "a|b", "H."},
		 "a default outside"},
		{{SCALE_UINT, SCALE_PARAM_CLASS, "a", NULL, "9..1", "H."},
		 "limits that are not"},
		{{SCALE_UINT, SCALE_PARAM_CLASS, "a", NULL, "many", "H."},
		 "limits that are not"},
		{{SCALE_BOOL, SCALE_PARAM_CLASS, "a", NULL, "1..2", "H."},
		 "does not take"},
	};
	char error[SCALE_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_int_equal(params_check_table(&rows[i].param, 1, error,
						    sizeof(error)),
				 -EINVAL);
		if (strstr(error, rows[i].says) == NULL)
			fail_msg("row %zu: %s", i, error);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		TEST(the_table_itself_is_sane),
		TEST(values_fit_their_types),
		TEST(a_wrong_value_is_told_with_what_would_be_right),
		TEST(a_secret_is_not_shown),
		TEST(what_is_missing_gets_its_default_in_plain_form),
		TEST(a_required_key_must_be_there),
		TEST(an_unknown_key_names_its_neighbour),
		TEST(a_key_of_another_place_is_refused),
		TEST(the_cores_own_keys_have_no_dot),
		TEST(a_table_with_a_flaw_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
