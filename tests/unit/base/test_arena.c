/* SPDX-License-Identifier: BSD-2-Clause */
/* The arena keeps its budget, aligns, zeroes, and fails when told to. */
#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"

#include <cmocka.h>

static void memory_is_zeroed_and_aligned(void **state)
{
	static const size_t sizes[] = {0, 1, 7, 16, 100, 3000, 70000, 5};
	struct arena *arena = arena_new(1u << 20);

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		unsigned char *bytes = arena_alloc(arena, sizes[i]);

		assert_non_null(bytes);
		assert_int_equal((uintptr_t)bytes % alignof(max_align_t), 0);
		for (size_t at = 0; at < sizes[i]; at++)
			assert_int_equal(bytes[at], 0);
		memset(bytes, 0xa5, sizes[i]);
	}
	arena_free(arena);
}

static void nothing_has_an_address_of_its_own(void **state)
{
	struct arena *arena = arena_new(4096);

	(void)state;
	assert_ptr_not_equal(arena_alloc(arena, 0), arena_alloc(arena, 0));
	arena_free(arena);
}

static void allocations_do_not_overlap(void **state)
{
	struct arena *arena = arena_new(1u << 20);
	unsigned char *blocks[200];

	(void)state;
	for (size_t i = 0; i < 200; i++) {
		blocks[i] = arena_alloc(arena, i * 7);
		assert_non_null(blocks[i]);
		memset(blocks[i], (int)i, i * 7);
	}
	for (size_t i = 0; i < 200; i++) {
		for (size_t at = 0; at < i * 7; at++)
			assert_int_equal(blocks[i][at], i);
	}
	arena_free(arena);
}

static void budget_is_never_exceeded(void **state)
{
	struct arena *arena = arena_new(10000);
	size_t n = 0;

	(void)state;
	while (arena_alloc(arena, 100) != NULL)
		n++;
	/* Overhead is part of the budget, and small against it. */
	assert_in_range(n, 80, 99);
	assert_true(arena_used(arena) <= 10000);
	arena_free(arena);
}

static void budget_below_the_overhead_gives_nothing(void **state)
{
	struct arena *arena = arena_new(1);

	(void)state;
	assert_non_null(arena);
	assert_null(arena_alloc(arena, 1));
	arena_free(arena);
}

static void a_small_piece_fits_after_a_big_one_failed(void **state)
{
	struct arena *arena = arena_new(8192);

	(void)state;
	assert_null(arena_alloc(arena, 9000));
	assert_non_null(arena_alloc(arena, 100));
	arena_free(arena);
}

static void a_big_piece_does_not_end_the_block_in_use(void **state)
{
	struct arena *arena = arena_new(1u << 20);
	char *first = arena_alloc(arena, 16);

	(void)state;
	assert_non_null(arena_alloc(arena, 100000));
	assert_ptr_equal(arena_alloc(arena, 16), first + 16);
	arena_free(arena);
}

static void sizes_that_overflow_are_refused(void **state)
{
	struct arena *arena = arena_new(SIZE_MAX);

	(void)state;
	assert_null(arena_alloc(arena, SIZE_MAX));
	assert_null(arena_alloc(arena, SIZE_MAX - 64));
	assert_null(arena_array(arena, SIZE_MAX / 2, 3));
	assert_non_null(arena_array(arena, 3, 5));
	arena_free(arena);
}

static void texts_are_copied(void **state)
{
	struct arena *arena = arena_new(8192);
	char source[] = "tank/k8s";

	(void)state;
	char *whole = arena_strdup(arena, source);
	char *part = arena_strndup(arena, source, 4);
	char *shorter = arena_strndup(arena, source, 400);
	char *text = arena_printf(arena, "%s/%d", source, 42);

	memset(source, 'x', strlen(source));
	assert_string_equal(whole, "tank/k8s");
	assert_string_equal(part, "tank");
	assert_string_equal(shorter, "tank/k8s");
	assert_string_equal(text, "tank/k8s/42");
	arena_free(arena);
}

static void failure_comes_at_the_nth_allocation_and_stays(void **state)
{
	struct arena *arena = arena_new(8192);

	(void)state;
	arena_set_failure(arena, 3);
	assert_non_null(arena_alloc(arena, 1));
	assert_non_null(arena_strdup(arena, "a"));
	assert_null(arena_printf(arena, "b"));
	assert_null(arena_alloc(arena, 1));
	arena_set_failure(arena, 0);
	assert_non_null(arena_alloc(arena, 1));
	arena_free(arena);
}

static void freeing_nothing_is_fine(void **state)
{
	struct arena *arena = arena_new(8192);

	(void)state;
	arena_free(NULL);
	arena_wipe(NULL);
	assert_non_null(arena_strdup(arena, "secret"));
	arena_wipe(arena);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_is_zeroed_and_aligned),
		cmocka_unit_test(nothing_has_an_address_of_its_own),
		cmocka_unit_test(allocations_do_not_overlap),
		cmocka_unit_test(budget_is_never_exceeded),
		cmocka_unit_test(budget_below_the_overhead_gives_nothing),
		cmocka_unit_test(a_small_piece_fits_after_a_big_one_failed),
		cmocka_unit_test(a_big_piece_does_not_end_the_block_in_use),
		cmocka_unit_test(sizes_that_overflow_are_refused),
		cmocka_unit_test(texts_are_copied),
		cmocka_unit_test(failure_comes_at_the_nth_allocation_and_stays),
		cmocka_unit_test(freeing_nothing_is_fine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
