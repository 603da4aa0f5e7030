/* SPDX-License-Identifier: BSD-2-Clause */
/* Text is checked, cut between characters, and never written past its end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/text.h"

#include <cmocka.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static void well_formed_utf8_is_told_from_the_rest(void **state)
{
	static const struct {
		const char *text;
		bool want;
	} rows[] = {
		{"", true},
		{"abc", true},
		{"\x7f", true},
		{"\xc2\x80", true},         /* U+0080 */
		{"\xdf\xbf", true},         /* U+07FF */
		{"\xe0\xa0\x80", true},     /* U+0800 */
		{"\xed\x9f\xbf", true},     /* U+D7FF */
		{"\xee\x80\x80", true},     /* U+E000 */
		{"\xf0\x90\x80\x80", true}, /* U+10000 */
		{"\xf4\x8f\xbf\xbf", true}, /* U+10FFFF */
		{"\x80", false},            /* continuation alone */
		{"\xc1\xbf", false},        /* overlong */
		{"\xe0\x9f\xbf", false},    /* overlong */
		{"\xf0\x8f\xbf\xbf", false},
		{"\xed\xa0\x80", false}, /* surrogate */
		{"\xf4\x90\x80\x80", false},
		{"\xf5\x80\x80\x80", false},
		{"\xff", false},
		{"\xc3", false}, /* cut */
		{"\xe2\x82", false},
		{"\xf0\x9f\x98", false},
		{"a\xc3"
		 "b",
		 false},
		{"\xe2\x28\xa1", false},
		{"\xe2\x82\x28", false},
		{"\xf0\x9f\x98\x28", false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(
			text_is_utf8(rows[i].text, strlen(rows[i].text)),
			rows[i].want);
	assert_true(text_is_utf8("\0", 1));
}

static void controls_that_csi_bans_are_found(void **state)
{
	static const struct {
		const char *text;
		size_t len;
		bool want;
	} rows[] = {
		{"", 0, false},
		{"a\tb\nc\rd", 7, false},
		{"\0", 1, true},
		{"a\x1f", 2, true},
		{"\x0b", 1, true},
		{" ", 1, false},
		{"~", 1, false},
		{"\x7f", 1, true},
		{"\xc2\x80", 2, true},
		{"\xc2\x9f", 2, true},
		{"\xc2\xa0", 2, false},
		{"\xc3\x85", 2, false}, /* a letter, with a byte of 0x85 */
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(text_has_control(rows[i].text, rows[i].len),
				 rows[i].want);
}

static void a_cut_falls_between_characters(void **state)
{
	static const struct {
		const char *text;
		size_t max, want;
	} rows[] = {
		{"abc", 3, 3},
		{"abc", 9, 3},
		{"abc", 2, 2},
		{"abc", 0, 0},
		{"a\xc3\xa4", 2, 1},
		{"a\xc3\xa4", 3, 3},
		{"a\xf0\x9f\x98\x80z", 4, 1},
		{"a\xf0\x9f\x98\x80z", 5, 5},
		{"\x80\x80\x80\x80\x80\x80", 5, 5}, /* no character at all */
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(text_cut(rows[i].text, rows[i].max),
				 rows[i].want);
}

static void prefix_and_suffix_are_compared_byte_by_byte(void **state)
{
	(void)state;
	assert_true(text_starts("scale-nfs:a", "scale-nfs:"));
	assert_true(text_starts("a", ""));
	assert_false(text_starts("a", "ab"));
	assert_true(text_ends("a/b@c", "@c"));
	assert_true(text_ends("a", ""));
	assert_false(text_ends("c", "@c"));
	assert_false(text_ends("a@d", "@c"));
}

static void hashes_follow_text_and_seed(void **state)
{
	(void)state;
	assert_true(text_hash("a", 1) == text_hash("a", 1));
	assert_true(text_hash("a", 1) != text_hash("b", 1));
	assert_true(text_hash("a", 1) != text_hash("a", 2));
	assert_true(text_hash_seed() != text_hash_seed());
}

static void bytes_become_lower_case_digits(void **state)
{
	char hex[7];

	(void)state;
	text_hex("\x00\xaf\xff", 3, hex);
	assert_string_equal(hex, "00afff");
}

static void pieces_are_joined(void **state)
{
	struct text text;
	char buf[32];

	(void)state;
	text_init(&text, buf, sizeof(buf));
	assert_string_equal(buf, "");
	text_put(&text, "pool ");
	text_put_char(&text, '\'');
	text_put_n(&text, "tankard", 4);
	text_printf(&text, "' has %d", 7);
	assert_string_equal(buf, "pool 'tank' has 7");
	assert_int_equal(text.len, strlen(buf));
	assert_false(text.overflow);
}

static void what_does_not_fit_is_cut_and_ends_the_text(void **state)
{
	struct text text;
	char buf[6];

	(void)state;
	text_init(&text, buf, sizeof(buf));
	text_put(&text, "12345");
	assert_false(text.overflow);
	text_put(&text, "6");
	assert_true(text.overflow);
	assert_string_equal(buf, "12345");

	text_init(&text, buf, sizeof(buf));
	text_put(&text, "1234\xc3\xa4");
	assert_string_equal(buf, "1234");
	text_put(&text, "5");
	assert_string_equal(buf, "1234");
	assert_true(text.overflow);
}

static void formatted_text_is_cut_between_characters(void **state)
{
	struct text text;
	char buf[6];

	(void)state;
	text_init(&text, buf, sizeof(buf));
	text_printf(&text, "%s", "12345");
	assert_false(text.overflow);
	assert_string_equal(buf, "12345");

	text_init(&text, buf, sizeof(buf));
	text_printf(&text, "1234%s", "\xc3\xa4");
	assert_true(text.overflow);
	assert_string_equal(buf, "1234");
	assert_int_equal(text.len, 4);
	text_printf(&text, "5");
	assert_string_equal(buf, "1234");
}

static void a_builder_of_one_byte_stays_empty(void **state)
{
	struct text text;
	char buf[1];

	(void)state;
	text_init(&text, buf, sizeof(buf));
	text_put(&text, "");
	assert_false(text.overflow);
	text_printf(&text, "%d", 1);
	assert_true(text.overflow);
	assert_string_equal(buf, "");
}

static void only_printable_characters_pass(void **state)
{
	static const struct {
		const char *piece, *want;
	} rows[] = {
		{"plain", "plain"},
		{"gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f"},
		{"a\nb\tc\x1b[31m", "a?b?c?[31m"},
		{"\xc2\x85|\x7f", "?|?"},
		{"\xff\xfe.", "??."},
		{"\xe2\x82", "??"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct text text;
		char buf[64];

		text_init(&text, buf, sizeof(buf));
		text_put_printable(&text, rows[i].piece);
		assert_string_equal(buf, rows[i].want);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(well_formed_utf8_is_told_from_the_rest),
		cmocka_unit_test(controls_that_csi_bans_are_found),
		cmocka_unit_test(a_cut_falls_between_characters),
		cmocka_unit_test(prefix_and_suffix_are_compared_byte_by_byte),
		cmocka_unit_test(hashes_follow_text_and_seed),
		cmocka_unit_test(bytes_become_lower_case_digits),
		cmocka_unit_test(pieces_are_joined),
		cmocka_unit_test(what_does_not_fit_is_cut_and_ends_the_text),
		cmocka_unit_test(formatted_text_is_cut_between_characters),
		cmocka_unit_test(a_builder_of_one_byte_stays_empty),
		cmocka_unit_test(only_printable_characters_pass),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
