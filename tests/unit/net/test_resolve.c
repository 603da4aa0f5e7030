/* SPDX-License-Identifier: BSD-2-Clause */
/* Names become addresses, in time or not at all. */
#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "net/resolve.h"

static int set_up(void **state)
{
	struct resolver *resolver;

	if (resolver_new(&resolver) != 0)
		return -1;
	*state = resolver;
	return 0;
}

static int tear_down(void **state)
{
	resolver_free(*state);
	return 0;
}

static void literals_are_answered_at_once(void **state)
{
	char addresses[2][46];

	/* a deadline that has passed: nobody is asked */
	assert_int_equal(resolver_find(*state, "10.0.0.5", 0, addresses, 2), 1);
	assert_string_equal(addresses[0], "10.0.0.5");
	assert_int_equal(
		resolver_find(*state, "2001:DB8:0::1", 0, addresses, 2), 1);
	assert_string_equal(addresses[0], "2001:db8::1");
}

static void name_of_this_host_is_found(void **state)
{
	char addresses[1][46];
	unsigned char raw[16];

	assert_int_equal(resolver_find(*state, "localhost",
				       clock_after_ms(10000), addresses, 1),
			 1);
	assert_true(inet_pton(AF_INET, addresses[0], raw) == 1 ||
		    inet_pton(AF_INET6, addresses[0], raw) == 1);
}

static void unknown_name_is_an_error(void **state)
{
	char addresses[1][46];
	int rc = resolver_find(*state, "no-such-name.invalid",
			       clock_after_ms(30000), addresses, 1);

	/* without a name server the second */
	assert_true(rc == -ENOENT || rc == -EAGAIN);
}

static void deadline_ends_the_wait(void **state)
{
	char addresses[1][46];

	assert_int_equal(resolver_find(*state, "localhost", clock_now_ns() - 1,
				       addresses, 1),
			 -ETIMEDOUT);
}

struct answer {
	atomic_int result;
	char address[46];
};

static void note(void *arg, int result, const char (*addresses)[46])
{
	struct answer *answer = arg;

	if (result > 0)
		memcpy(answer->address, addresses[0], 46);
	atomic_store(&answer->result, result);
}

static void started_lookups_report_in_order(void **state)
{
	int64_t deadline_ns = clock_after_ms(10000);
	struct answer first = {0}, second = {0};

	assert_int_equal(resolver_start(*state, "192.0.2.7", note, &first), 0);
	assert_int_equal(resolver_start(*state, "::1", note, &second), 0);
	while (atomic_load(&second.result) == 0)
		assert_true(clock_now_ns() < deadline_ns);
	assert_int_equal(atomic_load(&first.result), 1);
	assert_string_equal(first.address, "192.0.2.7");
	assert_string_equal(second.address, "::1");
}

static void freeing_drops_what_has_not_begun(void **state)
{
	struct resolver *resolver;
	struct answer answers[20] = {0};

	(void)state;
	assert_int_equal(resolver_new(&resolver), 0);
	for (size_t i = 0; i < 20; i++)
		assert_int_equal(resolver_start(resolver, "localhost", note,
						&answers[i]),
				 0);
	resolver_free(resolver);
	/* a leak or a late callback is for the sanitizers to see */
	for (size_t i = 1; i < 20; i++) {
		if (atomic_load(&answers[i].result) != 0)
			assert_int_not_equal(
				atomic_load(&answers[i - 1].result), 0);
	}
}

int main(void)
{
#define ROW(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		ROW(literals_are_answered_at_once),
		ROW(name_of_this_host_is_found),
		ROW(unknown_name_is_an_error),
		ROW(deadline_ends_the_wait),
		ROW(started_lookups_report_in_order),
		ROW(freeing_drops_what_has_not_begun),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
