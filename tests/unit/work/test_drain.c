/* SPDX-License-Identifier: BSD-2-Clause */
/* A volume drains while something sent for it may still be executed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "work/drain.h"

#include <cmocka.h>

#define SETTLE 20
#define V      "scale-nfs:tank/a"
#define W      "scale-nfs:tank/b"

static int set_up(void **state)
{
	*state = drain_new(SETTLE, false);
	return *state == NULL;
}

static int set_up_after_a_predecessor(void **state)
{
	*state = drain_new(SETTLE, true);
	return *state == NULL;
}

static int tear_down(void **state)
{
	drain_free(*state);
	return 0;
}

static void assert_idle(struct drain *drain, const char *volume, int64_t now_ns)
{
	struct drain_state state = drain_look(drain, volume, now_ns);

	assert_false(state.creates);
	assert_false(state.deletes);
	assert_false(state.predecessor);
	assert_int_equal(state.until_ns, 0);
}

static void an_unknown_volume_does_not_drain(void **state)
{
	assert_idle(*state, V, 0);
	assert_false(drain_has_created(*state, V));
	assert_false(drain_has_deleted(*state, V));
}

static void a_mutation_on_its_way_drains_until_answered(void **state)
{
	struct drain_ticket *ticket = drain_begin(*state, V, DRAIN_CREATE);
	struct drain_state look = drain_look(*state, V, 1000);

	assert_true(look.creates);
	assert_false(look.deletes);
	assert_true(look.until_ns == CLOCK_NEVER);
	assert_idle(*state, W, 1000);
	drain_end(*state, ticket);
	assert_idle(*state, V, 1000);
}

static void creates_and_deletes_are_told_apart(void **state)
{
	struct drain_ticket *create = drain_begin(*state, V, DRAIN_CREATE);
	struct drain_ticket *one = drain_begin(*state, V, DRAIN_DELETE);
	struct drain_ticket *two = drain_begin(*state, V, DRAIN_DELETE);

	drain_end(*state, create);
	drain_end(*state, one);
	assert_false(drain_look(*state, V, 0).creates);
	assert_true(drain_look(*state, V, 0).deletes);
	drain_end(*state, two);
	assert_idle(*state, V, 0);
}

static void a_loss_drains_until_settled_after_the_next_login(void **state)
{
	drain_note_login(*state, 5);
	drain_lose(*state, drain_begin(*state, V, DRAIN_CREATE));
	assert_true(drain_look(*state, V, 1000).until_ns == CLOCK_NEVER);
	drain_note_login(*state, 1000);
	assert_true(drain_look(*state, V, 1000 + SETTLE - 1).creates);
	assert_int_equal(drain_look(*state, V, 1001).until_ns, 1000 + SETTLE);
	assert_idle(*state, V, 1000 + SETTLE);
}

static void a_later_login_does_not_prolong_it(void **state)
{
	drain_lose(*state, drain_begin(*state, V, DRAIN_DELETE));
	drain_note_login(*state, 100);
	drain_note_login(*state, 110);
	assert_true(drain_look(*state, V, 100 + SETTLE - 1).deletes);
	assert_idle(*state, V, 100 + SETTLE);
}

static void a_second_loss_waits_for_its_own_login(void **state)
{
	drain_lose(*state, drain_begin(*state, V, DRAIN_DELETE));
	drain_note_login(*state, 100);
	drain_lose(*state, drain_begin(*state, V, DRAIN_DELETE));
	assert_true(drain_look(*state, V, 500).until_ns == CLOCK_NEVER);
	drain_note_login(*state, 600);
	assert_int_equal(drain_look(*state, V, 601).until_ns, 600 + SETTLE);
}

static void the_latest_end_counts(void **state)
{
	drain_lose(*state, drain_begin(*state, V, DRAIN_DELETE));
	drain_note_login(*state, 100);
	drain_lose(*state, drain_begin(*state, V, DRAIN_CREATE));
	drain_note_login(*state, 110);
	assert_int_equal(drain_look(*state, V, 112).until_ns, 110 + SETTLE);
	assert_true(drain_look(*state, V, 112).deletes);
	assert_false(drain_look(*state, V, 100 + SETTLE).deletes);
	assert_true(drain_look(*state, V, 100 + SETTLE).creates);
}

static void a_loss_without_volume_drains_nobody(void **state)
{
	drain_lose(*state, drain_begin(*state, NULL, DRAIN_CREATE));
	assert_idle(*state, V, 0);
}

static void forgetting_keeps_what_is_not_over(void **state)
{
	drain_lose(*state, drain_begin(*state, V, DRAIN_CREATE));
	drain_forget_lost(*state, 1000);
	assert_true(drain_look(*state, V, 1000).creates);
	drain_note_login(*state, 1000);
	drain_forget_lost(*state, 1000 + SETTLE - 1);
	assert_true(drain_look(*state, V, 1000 + SETTLE - 1).creates);
	drain_forget_lost(*state, 1000 + SETTLE);
	/* Gone for good: even a look into the past finds nothing. */
	assert_idle(*state, V, 1000);
}

static void a_removal_is_remembered_while_the_volume_drains(void **state)
{
	drain_lose(*state, drain_begin(*state, V, DRAIN_CREATE));
	drain_note_deleted(*state, V);
	assert_true(drain_has_deleted(*state, V));
	drain_note_login(*state, 100);
	drain_forget_lost(*state, 100 + SETTLE);
	assert_false(drain_has_deleted(*state, V));
}

static void without_need_nothing_is_remembered(void **state)
{
	drain_note_deleted(*state, V);
	assert_false(drain_has_deleted(*state, V));
	drain_note_created(*state, W);
	assert_false(drain_has_created(*state, W));
}

static void after_a_start_every_volume_drains(void **state)
{
	struct drain_state look = drain_look(*state, V, 1000);

	assert_true(look.predecessor);
	assert_false(look.creates);
	assert_true(look.until_ns == CLOCK_NEVER);
	drain_note_login(*state, 2000);
	drain_note_login(*state, 2010); /* the first one counts */
	look = drain_look(*state, V, 2000 + SETTLE - 1);
	assert_true(look.predecessor);
	assert_int_equal(look.until_ns, 2000 + SETTLE);
	assert_idle(*state, V, 2000 + SETTLE);
}

static void what_this_process_made_has_no_predecessor(void **state)
{
	drain_note_login(*state, 100);
	drain_note_created(*state, V);
	assert_true(drain_has_created(*state, V));
	assert_false(drain_has_deleted(*state, V));
	assert_idle(*state, V, 101);
	assert_true(drain_look(*state, W, 101).predecessor);
}

static void the_later_of_made_and_removed_counts(void **state)
{
	drain_note_created(*state, V);
	drain_note_deleted(*state, V);
	assert_true(drain_has_deleted(*state, V));
	assert_false(drain_has_created(*state, V));
	assert_true(drain_look(*state, V, 0).predecessor);
	drain_note_created(*state, V);
	assert_true(drain_has_created(*state, V));
	assert_false(drain_has_deleted(*state, V));
}

static void what_is_sent_again_is_not_removed(void **state)
{
	struct drain_ticket *ticket;

	drain_note_deleted(*state, V);
	ticket = drain_begin(*state, V, DRAIN_DELETE);
	assert_true(drain_has_deleted(*state, V));
	drain_end(*state, ticket);
	assert_true(drain_has_deleted(*state, V));
	ticket = drain_begin(*state, V, DRAIN_CREATE);
	assert_false(drain_has_deleted(*state, V));
	drain_end(*state, ticket);
	assert_false(drain_has_deleted(*state, V));
}

static void marks_are_forgotten_once_the_start_has_settled(void **state)
{
	drain_note_created(*state, V);
	drain_note_deleted(*state, W);
	drain_note_login(*state, 100);
	drain_forget_lost(*state, 100 + SETTLE - 1);
	assert_true(drain_has_created(*state, V));
	assert_true(drain_has_deleted(*state, W));
	drain_forget_lost(*state, 100 + SETTLE);
	assert_false(drain_has_created(*state, V));
	assert_false(drain_has_deleted(*state, W));
}

static void a_settle_time_without_end_saturates(void **state)
{
	struct drain *drain = drain_new(CLOCK_NEVER, true);

	(void)state;
	drain_note_login(drain, 100);
	assert_true(drain_look(drain, V, 1000).until_ns == CLOCK_NEVER);
	drain_free(drain);
	drain_free(NULL);
}

#define PLAIN(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
#define AFTER(f)                                                               \
	cmocka_unit_test_setup_teardown(f, set_up_after_a_predecessor,         \
					tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		PLAIN(an_unknown_volume_does_not_drain),
		PLAIN(a_mutation_on_its_way_drains_until_answered),
		PLAIN(creates_and_deletes_are_told_apart),
		PLAIN(a_loss_drains_until_settled_after_the_next_login),
		PLAIN(a_later_login_does_not_prolong_it),
		PLAIN(a_second_loss_waits_for_its_own_login),
		PLAIN(the_latest_end_counts),
		PLAIN(a_loss_without_volume_drains_nobody),
		PLAIN(forgetting_keeps_what_is_not_over),
		PLAIN(a_removal_is_remembered_while_the_volume_drains),
		PLAIN(without_need_nothing_is_remembered),
		AFTER(after_a_start_every_volume_drains),
		AFTER(what_this_process_made_has_no_predecessor),
		AFTER(the_later_of_made_and_removed_counts),
		AFTER(what_is_sent_again_is_not_removed),
		AFTER(marks_are_forgotten_once_the_start_has_settled),
		PLAIN(a_settle_time_without_end_saturates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
