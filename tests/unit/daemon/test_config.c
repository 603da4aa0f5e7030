/* SPDX-License-Identifier: BSD-2-Clause */
/* What the configuration file may say, and what it is told otherwise. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "daemon/config.h"

#define NAS                                                                    \
	"nas: {url: 'wss://nas/api/current', username: csi, apiKeyFile: /k}\n"
#define POOLS "pools: [{name: fast, parent: tank/k8s}]\n"

static int parse(struct arena *arena, const char *text, struct config *config,
		 char error[512])
{
	return config_parse(arena, "test.yaml", text, strlen(text),
			    CONFIG_CONTROLLER, config, error, 512);
}

static void the_least_file_gets_every_default(void **state)
{
	struct arena *arena = arena_new(1 << 20);
	struct config config;
	char error[512];

	(void)state;
	assert_int_equal(parse(arena, NAS POOLS, &config, error), 0);
	assert_string_equal(config.driver, "csi.scale.io");
	assert_string_equal(config.instance, "csi.scale.io");
	assert_string_equal(config.pools[0].parent, "tank/k8s");
	assert_int_equal(config.nas_settle_ns, 20 * CLOCK_NS_PER_S);
	assert_int_equal(config.log_level, SCALE_INFO);
	assert_null(config.backends);
	arena_free(arena);
}

static void lists_and_backend_keys_are_flattened(void **state)
{
	struct arena *arena = arena_new(1 << 20);
	struct config config;
	char error[512];

	(void)state;
	assert_int_equal(parse(arena,
			       NAS POOLS
			       "backends:\n  nfs: {hosts: [a, b]}\n  iscsi:\n"
			       "node: {addresses: [10.0.0.1]}\n",
			       &config, error),
			 0);
	assert_string_equal(config.backends[0], "nfs");
	assert_string_equal(config.backends[1], "iscsi");
	assert_null(config.backends[2]);
	assert_string_equal(map_get(&config.backend_keys, "nfs.hosts"), "a,b");
	assert_string_equal(config.node_addresses[0], "10.0.0.1");
	arena_free(arena);
}

/* Each row is a file and the words its refusal must contain. */
static const struct {
	const char *text, *words;
} refused[] = {
	{NAS POOLS "pool: []\n", "did you mean 'pools'"},
	{NAS POOLS "log: {levle: debug}\n", "did you mean 'level'"},
	{NAS POOLS "log: {level: loud}\n", "'loud' is none of"},
	{NAS POOLS "log: {format: xml}\n", "neither logfmt nor json"},
	{NAS POOLS "log: {level: info}\nlog: {}\n", "given before"},
	{NAS POOLS "http: {listen: [a]}\n", "must be a plain value"},
	{NAS POOLS "backends: [nfs]\n", "must be a map"},
	{NAS POOLS "backends: {nfs: yes}\n", "must be a map"},
	{NAS POOLS "driver: &a {name: x}\nnode: *a\n", "aliases"},
	{NAS, "pools is missing"},
	{POOLS, "nas.url is missing"},
	{"nas: {url: x}\n" POOLS, "nas.username is missing"},
	{NAS "pools: [{name: a}]\n", "needs a parent"},
	{NAS "pools: [{name: a, parnt: b}]\n", "did you mean 'parent'"},
	{"nas: {settle: soon}\n" POOLS, "nas.settle cannot be 'soon'"},
	{"nas: {allowPlainLoopback: maybe}\n" POOLS, "cannot be 'maybe'"},
	{"", "empty"},
	{"a: [", "line"},
	{"- a\n", "must be a map"},
	{"? [a]\n: b\n", "plain word"},
	{NAS POOLS "log: {level: \"a\\nb\"}\n", "'a?b' is none of"},
};

static void every_mistake_is_named(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++) {
		struct arena *arena = arena_new(1 << 20);
		struct config config;
		char error[512] = "";

		assert_int_not_equal(
			parse(arena, refused[i].text, &config, error), 0);
		if (strstr(error, refused[i].words) == NULL ||
		    strstr(error, "test.yaml") == NULL)
			fail_msg("'%s' does not say '%s'", error,
				 refused[i].words);
		arena_free(arena);
	}
}

static void a_node_needs_no_file(void **state)
{
	struct arena *arena = arena_new(1 << 20);
	struct config config;
	char error[512];

	(void)state;
	assert_int_equal(config_read(arena, NULL, CONFIG_NODE, &config, error,
				     sizeof(error)),
			 0);
	assert_string_equal(config.node_filesystem, "ext4");
	assert_int_not_equal(config_read(arena, "/does/not/exist", CONFIG_NODE,
					 &config, error, sizeof(error)),
			     0);
	assert_non_null(strstr(error, "no such file"));
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_least_file_gets_every_default),
		cmocka_unit_test(lists_and_backend_keys_are_flattened),
		cmocka_unit_test(every_mistake_is_named),
		cmocka_unit_test(a_node_needs_no_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
