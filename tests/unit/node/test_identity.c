/* SPDX-License-Identifier: BSD-2-Clause */
/* The node id holds what backends and interfaces say, in its order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "fake_backend.h"
#include "node/addresses.h"
#include "node/node.h"

struct fixture {
	struct arena *arena;
	struct call call;
	struct fake_backend iscsi, nvmeof;
	struct backend *backends[2];
	struct backend_table table;
};

static int set_up(void **state)
{
	static struct fixture f;

	f.arena = arena_new(1u << 20);
	call_init(&f.call, f.arena, NULL, NULL, CLOCK_NEVER);
	fake_backend_init(&f.iscsi, "iscsi", "scale-iscsi", SCALE_CAN_BLOCK);
	fake_backend_init(&f.nvmeof, "nvmeof", "scale-nvmeof", SCALE_CAN_BLOCK);
	f.iscsi.wwid = "iqn.1";
	f.nvmeof.wwid = "nqn.2";
	f.backends[0] = &f.iscsi.backend;
	f.backends[1] = &f.nvmeof.backend;
	f.table = (struct backend_table){f.backends, 2};
	*state = &f;
	return f.arena == NULL;
}

static int tear_down(void **state)
{
	arena_free(((struct fixture *)*state)->arena);
	return 0;
}

static scale_status get_id(struct fixture *f, const char *name,
			   const char **ret_id)
{
	static const char *const addresses[] = {"10.0.0.7", "fd00::7", NULL};
	struct node_config config = {
		.name = name,
		.backends = &f->table,
		.addresses = addresses,
	};
	struct node *node;
	scale_status st;

	assert_int_equal(node_new(&config, &node), 0);
	st = node_get_id(&f->call, node, ret_id);
	node_free(node);
	return st;
}

static void name_then_backends_then_addresses(void **state)
{
	const char *id;

	assert_int_equal(get_id(*state, "node-1", &id), SCALE_OK);
	assert_string_equal(id, "scale1:node-1;nvmeof.iqn=nqn.2;"
				"iscsi.iqn=iqn.1;addresses=10.0.0.7,fd00::7");
}

static void a_backend_that_cannot_say_is_left_out(void **state)
{
	struct fixture *f = *state;
	const char *id;

	f->nvmeof.identify_status = SCALE_FAILED_PRECONDITION;
	assert_int_equal(get_id(f, "node-1", &id), SCALE_OK);
	assert_string_equal(id, "scale1:node-1;iscsi.iqn=iqn.1;"
				"addresses=10.0.0.7,fd00::7");
}

static void a_name_too_long_is_refused(void **state)
{
	static char name[300];
	const char *id;

	memset(name, 'n', sizeof(name) - 1);
	assert_int_equal(get_id(*state, name, &id), SCALE_FAILED_PRECONDITION);
	assert_int_equal(get_id(*state, "", &id), SCALE_FAILED_PRECONDITION);
}

static void interfaces_of_pods_do_not_count(void **state)
{
	(void)state;
	assert_true(addresses_is_internal("cali12345"));
	assert_true(addresses_is_internal("docker0"));
	assert_false(addresses_is_internal("eth0"));
	assert_false(addresses_is_internal("bond0"));
}

static void own_interfaces_are_asked_when_nothing_is_given(void **state)
{
	struct fixture *f = *state;
	const char *list = addresses_join(f->arena, NULL);

	assert_non_null(list);
	assert_null(strstr(list, "127.0.0.1"));
	assert_null(strstr(list, "fe80:"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(name_then_backends_then_addresses),
		TEST(a_backend_that_cannot_say_is_left_out),
		TEST(a_name_too_long_is_refused),
		TEST(interfaces_of_pods_do_not_count),
		TEST(own_interfaces_are_asked_when_nothing_is_given),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
