/* SPDX-License-Identifier: BSD-2-Clause */
/* Claims on names are granted as a whole, first come first served. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "work/lock.h"

#include <cmocka.h>

struct probe {
	struct lock_claim claim;
	int granted;
};

static void note_granted(struct lock_claim *claim)
{
	struct probe *probe = LIST_ENTRY(claim, struct probe, claim);

	assert_true(claim->held);
	probe->granted++;
}

/* "a" exclusive, "a+" shared. */
static bool ask(struct lock_table *table, struct probe *probe,
		const char *first, const char *second)
{
	static const char *const names[][2] = {
		{"a", "a+"}, {"b", "b+"}, {"c", "c+"}};
	const char *spec[] = {first, second};

	memset(probe, 0, sizeof(*probe));
	probe->claim.granted = note_granted;
	for (size_t i = 0; i < 2; i++) {
		for (size_t n = 0; spec[i] != NULL && n < 3; n++) {
			if (spec[i][0] != names[n][0][0])
				continue;
			probe->claim.name[i] = names[n][0];
			probe->claim.shared[i] =
				strcmp(spec[i], names[n][1]) == 0;
		}
	}
	return lock_ask(table, &probe->claim);
}

static int set_up(void **state)
{
	*state = lock_table_new();
	return *state == NULL;
}

static int tear_down(void **state)
{
	lock_table_free(*state);
	return 0;
}

static void a_free_name_is_granted_at_once(void **state)
{
	struct probe a, b;

	assert_true(ask(*state, &a, "a", NULL));
	assert_int_equal(a.granted, 1);
	assert_true(ask(*state, &b, "b", NULL));
	lock_release(*state, &a.claim);
	lock_release(*state, &b.claim);
	assert_int_equal(a.granted, 1);
}

static void a_held_name_is_granted_when_given_back(void **state)
{
	struct probe first, second;

	assert_true(ask(*state, &first, "a", NULL));
	assert_false(ask(*state, &second, "a", NULL));
	assert_ptr_equal(lock_blocker(*state, &second.claim), &first.claim);
	assert_int_equal(second.granted, 0);
	lock_release(*state, &first.claim);
	assert_int_equal(second.granted, 1);
	assert_null(lock_blocker(*state, &second.claim));
	lock_release(*state, &second.claim);
}

static void who_came_first_is_served_first(void **state)
{
	struct probe probes[5];

	for (size_t i = 0; i < 5; i++)
		assert_int_equal(ask(*state, &probes[i], "a", NULL), i == 0);
	for (size_t i = 0; i < 5; i++) {
		for (size_t j = 0; j < 5; j++)
			assert_int_equal(probes[j].granted, j <= i);
		lock_release(*state, &probes[i].claim);
	}
}

static void shared_claims_share(void **state)
{
	struct probe one, two, writer;

	assert_true(ask(*state, &one, "a+", NULL));
	assert_true(ask(*state, &two, "a+", NULL));
	assert_false(ask(*state, &writer, "a", NULL));
	lock_release(*state, &one.claim);
	assert_int_equal(writer.granted, 0);
	lock_release(*state, &two.claim);
	assert_int_equal(writer.granted, 1);
	lock_release(*state, &writer.claim);
}

static void a_waiting_writer_is_not_overtaken(void **state)
{
	struct probe reader, writer, late;

	assert_true(ask(*state, &reader, "a+", NULL));
	assert_false(ask(*state, &writer, "a", NULL));
	assert_false(ask(*state, &late, "a+", NULL));
	lock_release(*state, &reader.claim);
	assert_int_equal(writer.granted, 1);
	assert_int_equal(late.granted, 0);
	lock_release(*state, &writer.claim);
	assert_int_equal(late.granted, 1);
	lock_release(*state, &late.claim);
}

static void both_names_are_granted_together(void **state)
{
	struct probe a, b, both;

	assert_true(ask(*state, &a, "a", NULL));
	assert_true(ask(*state, &b, "b", NULL));
	assert_false(ask(*state, &both, "a", "b"));
	lock_release(*state, &a.claim);
	assert_int_equal(both.granted, 0);
	lock_release(*state, &b.claim);
	assert_int_equal(both.granted, 1);
	lock_release(*state, &both.claim);
}

static void opposite_orders_do_not_deadlock(void **state)
{
	struct probe ab, ba, ab2;

	assert_true(ask(*state, &ab, "a", "b"));
	assert_false(ask(*state, &ba, "b", "a"));
	assert_false(ask(*state, &ab2, "a", "b"));
	lock_release(*state, &ab.claim);
	assert_int_equal(ba.granted, 1);
	assert_int_equal(ab2.granted, 0);
	lock_release(*state, &ba.claim);
	assert_int_equal(ab2.granted, 1);
	lock_release(*state, &ab2.claim);
}

static void who_withdraws_lets_others_pass(void **state)
{
	struct probe reader, writer, late;

	assert_true(ask(*state, &reader, "a+", NULL));
	assert_false(ask(*state, &writer, "a", "b"));
	assert_false(ask(*state, &late, "a+", NULL));
	lock_withdraw(*state, &writer.claim);
	assert_int_equal(writer.granted, 0);
	assert_int_equal(late.granted, 1);
	lock_release(*state, &reader.claim);
	lock_release(*state, &late.claim);
}

static void a_claim_does_not_wait_for_itself(void **state)
{
	struct probe twice, other;

	assert_true(ask(*state, &twice, "a", "a+"));
	assert_int_equal(twice.granted, 1);
	assert_false(ask(*state, &other, "a+", NULL));
	lock_release(*state, &twice.claim);
	assert_int_equal(other.granted, 1);
	lock_release(*state, &other.claim);
}

static void clones_of_one_source_run_beside_each_other(void **state)
{
	struct probe one, two, destroy;

	assert_true(ask(*state, &one, "a", "c+"));
	assert_true(ask(*state, &two, "b", "c+"));
	assert_false(ask(*state, &destroy, "c", NULL));
	lock_release(*state, &one.claim);
	lock_release(*state, &two.claim);
	assert_int_equal(destroy.granted, 1);
	lock_release(*state, &destroy.claim);
}

/* A model that knows the rule and nothing of queues. */
static bool model_says_free(const struct probe *probes, size_t n, size_t i)
{
	for (size_t j = 0; j < n; j++) {
		if (j == i || !probes[j].claim.held)
			continue;
		for (size_t a = 0; a < 2; a++) {
			for (size_t b = 0; b < 2; b++) {
				const char *x = probes[i].claim.name[a];
				const char *y = probes[j].claim.name[b];

				if (x == NULL || y == NULL || strcmp(x, y) != 0)
					continue;
				if (!probes[i].claim.shared[a] ||
				    !probes[j].claim.shared[b])
					return false;
			}
		}
	}
	return true;
}

static void any_mix_ends_with_all_granted_and_none_in_conflict(void **state)
{
	static const char *const specs[] = {"a", "a+", "b", "b+", "c", "c+"};
	struct probe probes[64];
	unsigned int seed = 7;

	for (int round = 0; round < 200; round++) {
		size_t n_granted = 0;

		for (size_t i = 0; i < 64; i++) {
			const char *second = rand_r(&seed) % 2 == 0
						     ? NULL
						     : specs[rand_r(&seed) % 6];

			(void)ask(*state, &probes[i], specs[rand_r(&seed) % 6],
				  second);
		}
		/* Somebody can always go on: no deadlock. */
		while (n_granted < 64) {
			size_t i = 0;

			while (i < 64 && !probes[i].claim.held)
				i++;
			assert_true(i < 64);
			assert_true(model_says_free(probes, 64, i));
			assert_int_equal(probes[i].granted, 1);
			lock_release(*state, &probes[i].claim);
			n_granted++;
		}
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(a_free_name_is_granted_at_once),
		TEST(a_held_name_is_granted_when_given_back),
		TEST(who_came_first_is_served_first),
		TEST(shared_claims_share),
		TEST(a_waiting_writer_is_not_overtaken),
		TEST(both_names_are_granted_together),
		TEST(opposite_orders_do_not_deadlock),
		TEST(who_withdraws_lets_others_pass),
		TEST(a_claim_does_not_wait_for_itself),
		TEST(clones_of_one_source_run_beside_each_other),
		TEST(any_mix_ends_with_all_granted_and_none_in_conflict),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
