/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers, sizes and durations are read whole or not at all. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

#include <cmocka.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))
#define UNTOUCHED   77

static void decimal_numbers_are_read_whole(void **state)
{
	static const struct {
		const char *text;
		int rc;
		uint64_t want;
	} rows[] = {
		{"0", 0, 0},
		{"007", 0, 7},
		{"18446744073709551615", 0, UINT64_MAX},
		{"18446744073709551616", -ERANGE, UNTOUCHED},
		{"99999999999999999999999", -ERANGE, UNTOUCHED},
		{"99999999999999999999999x", -EINVAL, UNTOUCHED},
		{"", -EINVAL, UNTOUCHED},
		{"-1", -EINVAL, UNTOUCHED},
		{"+1", -EINVAL, UNTOUCHED},
		{" 1", -EINVAL, UNTOUCHED},
		{"1 ", -EINVAL, UNTOUCHED},
		{"1x", -EINVAL, UNTOUCHED},
		{"0x10", -EINVAL, UNTOUCHED},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		uint64_t value = UNTOUCHED;

		assert_int_equal(text_parse_u64(rows[i].text, &value),
				 rows[i].rc);
		assert_true(value == rows[i].want);
	}
}

static void sizes_have_binary_units(void **state)
{
	static const struct {
		const char *text;
		int rc;
		uint64_t want;
	} rows[] = {
		{"512", 0, 512},
		{"4K", 0, 4096},
		{"4Ki", 0, 4096},
		{"4KiB", 0, 4096},
		{"3M", 0, 3ull << 20},
		{"1Gi", 0, 1ull << 30},
		{"2TiB", 0, 2ull << 40},
		{"5P", 0, 5ull << 50},
		{"16383P", 0, 16383ull << 50},
		{"16384P", -ERANGE, UNTOUCHED},
		{"99999999999999999999K", -ERANGE, UNTOUCHED},
		{"", -EINVAL, UNTOUCHED},
		{"K", -EINVAL, UNTOUCHED},
		{"1k", -EINVAL, UNTOUCHED},
		{"1KB", -EINVAL, UNTOUCHED},
		{"1Kib", -EINVAL, UNTOUCHED},
		{"1KiBs", -EINVAL, UNTOUCHED},
		{"1B", -EINVAL, UNTOUCHED},
		{"1 K", -EINVAL, UNTOUCHED},
		{"1.5G", -EINVAL, UNTOUCHED},
		{"-1G", -EINVAL, UNTOUCHED},
		{"1E", -EINVAL, UNTOUCHED},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		uint64_t bytes = UNTOUCHED;

		assert_int_equal(text_parse_size(rows[i].text, &bytes),
				 rows[i].rc);
		assert_true(bytes == rows[i].want);
	}
}

static void durations_have_units_of_time(void **state)
{
	static const struct {
		const char *text;
		int rc;
		int64_t want;
	} rows[] = {
		{"250ms", 0, 250000000},
		{"20s", 0, 20000000000},
		{"20", 0, 20000000000},
		{"0", 0, 0},
		{"5m", 0, 300000000000},
		{"1h", 0, 3600000000000},
		{"9223372036s", 0, 9223372036000000000},
		{"9223372037s", -ERANGE, UNTOUCHED},
		{"99999999999999999999h", -ERANGE, UNTOUCHED},
		{"1d", -EINVAL, UNTOUCHED},
		{"1us", -EINVAL, UNTOUCHED},
		{"s", -EINVAL, UNTOUCHED},
		{"", -EINVAL, UNTOUCHED},
		{"-1s", -EINVAL, UNTOUCHED},
		{"1s ", -EINVAL, UNTOUCHED},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		int64_t ns = UNTOUCHED;

		assert_int_equal(text_parse_duration(rows[i].text, &ns),
				 rows[i].rc);
		assert_true(ns == rows[i].want);
	}
}

static void truth_has_six_words(void **state)
{
	static const struct {
		const char *text;
		int rc;
		bool want;
	} rows[] = {
		{"true", 0, true},    {"yes", 0, true},  {"on", 0, true},
		{"false", 0, false},  {"no", 0, false},  {"off", 0, false},
		{"True", -EINVAL, 0}, {"1", -EINVAL, 0}, {"", -EINVAL, 0},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		bool value = !rows[i].want;

		assert_int_equal(text_parse_bool(rows[i].text, &value),
				 rows[i].rc);
		if (rows[i].rc == 0)
			assert_int_equal(value, rows[i].want);
	}
}

static void a_slip_of_the_finger_finds_its_word(void **state)
{
	static const char *const words[] = {"protocol", "pool", "filesystem",
					    "sparse",   "size", NULL};
	static const struct {
		const char *typed, *want;
	} rows[] = {
		{"protocl", "protocol"},
		{"porotcol", "protocol"},
		{"poo", "pool"},
		{"szie", "size"},
		{"fileSystem", "filesystem"},
		{"pool", "pool"},
		{"compression", NULL},
		{"xyz", NULL},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *nearest = text_nearest(rows[i].typed, words);

		if (rows[i].want == NULL)
			assert_null(nearest);
		else
			assert_string_equal(nearest, rows[i].want);
	}
}

static void words_beyond_any_key_are_nobodys_neighbour(void **state)
{
	static const char sixty_four[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
					 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
	static const char *const words[] = {sixty_four, NULL};
	static const char *const none[] = {NULL};

	(void)state;
	assert_null(text_nearest(sixty_four, words));
	assert_null(text_nearest("a", none));
	assert_non_null(text_nearest(
		sixty_four + 1, (const char *const[]){sixty_four + 2, NULL}));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(decimal_numbers_are_read_whole),
		cmocka_unit_test(sizes_have_binary_units),
		cmocka_unit_test(durations_have_units_of_time),
		cmocka_unit_test(truth_has_six_words),
		cmocka_unit_test(a_slip_of_the_finger_finds_its_word),
		cmocka_unit_test(words_beyond_any_key_are_nobodys_neighbour),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
