/* SPDX-License-Identifier: BSD-2-Clause */
/* Node ids read back as they were written, whatever had to be dropped. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "backend/nodeid.h"

static int set_up(void **state)
{
	*state = arena_new(1u << 20);
	return *state == NULL;
}

static int tear_down(void **state)
{
	arena_free(*state);
	return 0;
}

static char *make(struct arena *arena, const char *name,
		  const struct scale_kv *kv, size_t n)
{
	struct scale_map identity = {kv, n};

	return nodeid_format(arena, name, &identity);
}

static void pairs_follow_the_name_in_their_order(void **state)
{
	static const struct scale_kv kv[] = {
		{"nvmeof.nqn", "nqn.2014-08.org.nvmexpress:uuid:1"},
		{"iscsi.iqn", "iqn.1993-08.org.debian:01:abc"},
		{"addresses", "10.0.0.7,fd00::7"},
	};

	assert_string_equal(make(*state, "node-1", kv, 3),
			    "scale1:node-1"
			    ";nvmeof.nqn=nqn.2014-08.org.nvmexpress:uuid:1"
			    ";iscsi.iqn=iqn.1993-08.org.debian:01:abc"
			    ";addresses=10.0.0.7,fd00::7");
}

static void what_was_written_is_read_back(void **state)
{
	static const struct scale_kv kv[] = {
		{"a.key", "100% of; this = that, \x01\xc3\xa4"},
		{"addresses", "10.0.0.7,10.0.0.8"},
	};
	struct scale_map identity;
	const char *name;
	char *id = make(*state, "n\xc3\xb6 de;1", kv, 2);

	for (const char *c = id; *c != '\0'; c++)
		assert_true(*c > ' ' && *c < 0x7f);
	assert_int_equal(nodeid_parse(*state, id, &name, &identity), 0);
	assert_string_equal(name, "n\xc3\xb6 de;1");
	assert_int_equal(identity.n, 2);
	assert_string_equal(map_get(&identity, "a.key"), kv[0].value);
	assert_string_equal(map_get(&identity, "addresses"), kv[1].value);
}

static void a_bare_name_is_an_id(void **state)
{
	struct scale_map identity;
	const char *name;

	assert_string_equal(make(*state, "node-1", NULL, 0), "scale1:node-1");
	assert_int_equal(
		nodeid_parse(*state, "scale1:node-1", &name, &identity), 0);
	assert_string_equal(name, "node-1");
	assert_int_equal(identity.n, 0);
}

static void whole_pairs_are_dropped_from_the_end(void **state)
{
	static char long_value[200];
	struct scale_kv kv[] = {
		{"nvmeof.nqn", "nqn.1"},
		{"iscsi.iqn", long_value},
		{"other.key", "fits again"},
	};
	char *id;

	memset(long_value, 'x', sizeof(long_value) - 1);
	long_value[199] = '\0';
	id = make(*state, "a-name-of-a-node-that-is-rather-long.example.org",
		  kv, 3);
	assert_true(strlen(id) <= NODEID_MAX);
	assert_non_null(strstr(id, "nvmeof.nqn=nqn.1"));
	assert_null(strstr(id, "xx"));
	assert_non_null(strstr(id, "other.key=fits%20again"));
}

static void single_addresses_are_dropped(void **state)
{
	static char list[1024];
	struct scale_kv kv[] = {{"addresses", list}};
	struct scale_map identity;
	const char *name, *kept;
	size_t len = 0;
	char *id;

	for (int i = 0; i < 40; i++)
		len += (size_t)snprintf(list + len, sizeof(list) - len,
					"%s10.20.30.%d", i > 0 ? "," : "",
					100 + i);
	id = make(*state, "node-1", kv, 1);
	assert_true(strlen(id) <= NODEID_MAX);
	assert_true(strlen(id) > NODEID_MAX - 16);
	assert_int_equal(nodeid_parse(*state, id, &name, &identity), 0);
	kept = map_get(&identity, "addresses");
	assert_int_equal(strncmp(kept, list, strlen(kept)), 0);
	assert_int_equal(list[strlen(kept)], ','); /* a whole number of them */
}

static void what_says_nothing_is_left_out(void **state)
{
	static const struct scale_kv kv[] = {
		{"iscsi.iqn", ""},
		{"", "lost"},
		{"addresses", ",10.0.0.7,,10.0.0.8,"},
	};
	static const struct scale_kv none[] = {{"addresses", ","}};

	assert_string_equal(make(*state, "node-1", kv, 3),
			    "scale1:node-1;addresses=10.0.0.7,10.0.0.8");
	assert_string_equal(make(*state, "node-1", none, 1), "scale1:node-1");
}

static void a_name_that_does_not_fit_has_no_id(void **state)
{
	static char name[NODEID_MAX + 1];

	memset(name, 'n', NODEID_MAX);
	assert_null(make(*state, name, NULL, 0));
	assert_null(make(*state, "", NULL, 0));
	name[NODEID_MAX - strlen("scale1:")] = '\0';
	assert_int_equal(strlen(make(*state, name, NULL, 0)), NODEID_MAX);
}

static void what_is_not_of_our_layout_is_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"node-1",
		"fake-node-id-1234567890",
		"scale2:node-1",
		"scale1:",
		"scale1:;a=b",
		"scale1:node-1;",
		"scale1:node-1;a",
		"scale1:node-1;=b",
		"scale1:node-1;a=",
		"scale1:node-1;a=b=c",
		"scale1:no de",
		"scale1:node%2",
		"scale1:node%zz",
		"scale1:node%00",
		"scale1:node%3b", /* lower case: nobody of us wrote it */
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct scale_map identity;
		const char *name;

		assert_int_equal(nodeid_parse(*state, bad[i], &name, &identity),
				 -EINVAL);
	}
}

static void an_id_too_long_is_refused(void **state)
{
	static char id[NODEID_MAX + 2];
	struct scale_map identity;
	const char *name;

	memset(id, 'n', NODEID_MAX + 1);
	memcpy(id, "scale1:", strlen("scale1:"));
	assert_int_equal(nodeid_parse(*state, id, &name, &identity), -EINVAL);
	id[NODEID_MAX] = '\0';
	assert_int_equal(nodeid_parse(*state, id, &name, &identity), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(pairs_follow_the_name_in_their_order),
		TEST(what_was_written_is_read_back),
		TEST(a_bare_name_is_an_id),
		TEST(whole_pairs_are_dropped_from_the_end),
		TEST(single_addresses_are_dropped),
		TEST(what_says_nothing_is_left_out),
		TEST(a_name_that_does_not_fit_has_no_id),
		TEST(what_is_not_of_our_layout_is_refused),
		TEST(an_id_too_long_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
