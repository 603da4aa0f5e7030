/* SPDX-License-Identifier: BSD-2-Clause */
/* An event of the subsystem ends the wait, and nothing else does. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "sys/uevent.h"

/* Lets the kernel send an event, as udevadm trigger does. */
static void trigger(const char *path)
{
	int fd = open(path, O_WRONLY);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, "change", 6), 6);
	close(fd);
}

static void an_event_before_the_wait_is_not_lost(void **state)
{
	struct arena *arena = arena_new(1u << 20);
	struct uevent *uevent;
	struct call call;

	(void)state;
	call_init(&call, arena, NULL, NULL, CLOCK_NEVER);
	assert_int_equal(uevent_open("block", &uevent), 0);
	trigger("/sys/block/loop0/uevent");
	assert_int_equal(uevent_wait(uevent, &call, clock_after_ms(10000)), 1);
	uevent_close(uevent);
	arena_free(arena);
}

static void another_subsystem_does_not_wake(void **state)
{
	struct arena *arena = arena_new(1u << 20);
	struct uevent *uevent;
	struct call call;

	(void)state;
	call_init(&call, arena, NULL, NULL, CLOCK_NEVER);
	assert_int_equal(uevent_open("no-such-subsystem", &uevent), 0);
	trigger("/sys/block/loop0/uevent");
	assert_int_equal(uevent_wait(uevent, &call, clock_after_ms(100)), 0);
	uevent_close(uevent);
	arena_free(arena);
}

static void every_subsystem_wakes_when_none_is_named(void **state)
{
	struct arena *arena = arena_new(1u << 20);
	struct uevent *uevent;
	struct call call;

	(void)state;
	call_init(&call, arena, NULL, NULL, CLOCK_NEVER);
	assert_int_equal(uevent_open(NULL, &uevent), 0);
	trigger("/sys/class/mem/null/uevent");
	assert_int_equal(uevent_wait(uevent, &call, clock_after_ms(10000)), 1);
	uevent_close(uevent);
	arena_free(arena);
}

static void without_a_listener_only_time_counts(void **state)
{
	struct arena *arena = arena_new(1u << 20);
	int64_t before = clock_now_ns();
	struct call call;

	(void)state;
	call_init(&call, arena, NULL, NULL, CLOCK_NEVER);
	assert_int_equal(uevent_wait(NULL, &call, clock_after_ms(50)), 0);
	assert_true(clock_now_ns() - before >= 50 * CLOCK_NS_PER_MS);
	arena_free(arena);
}

static void a_call_that_is_over_ends_the_wait(void **state)
{
	struct arena *arena = arena_new(1u << 20);
	struct cancel *cancel = cancel_new();
	struct call call;

	(void)state;
	call_init(&call, arena, NULL, cancel, clock_after_ms(30));
	assert_int_equal(uevent_wait(NULL, &call, CLOCK_NEVER), -ECANCELED);
	call.deadline_ns = CLOCK_NEVER;
	cancel_set(cancel);
	assert_int_equal(uevent_wait(NULL, &call, CLOCK_NEVER), -ECANCELED);
	cancel_free(cancel);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_event_before_the_wait_is_not_lost),
		cmocka_unit_test(another_subsystem_does_not_wake),
		cmocka_unit_test(every_subsystem_wakes_when_none_is_named),
		cmocka_unit_test(without_a_listener_only_time_counts),
		cmocka_unit_test(a_call_that_is_over_ends_the_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
