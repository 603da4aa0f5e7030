/* SPDX-License-Identifier: BSD-2-Clause */
/* JSON looked at in place: what is sound, what is not, and where things are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "nas/reply.h"
#include "nas/scan.h"

/* Exactly so many bytes, so that a sanitizer sees one read beyond them. */
static bool is_value(const char *text)
{
	size_t len = strlen(text);
	char *exact = malloc(len > 0 ? len : 1);
	bool is_sound;

	memcpy(exact, text, len);
	is_sound = scan_is_value(exact, len);
	free(exact);
	return is_sound;
}

static void sound_texts_are_taken(void **state)
{
	static const char *const rows[] = {
		"0",
		"-0",
		"12.5e+3",
		"1E9",
		"\"\"",
		"\"\\u00e9\\n\\\"\"",
		"true",
		"null",
		" [ ] ",
		"{}",
		"[[],{}]",
		"[1,2 , 3]",
		"{\"a\":{\"b\":[1,{\"c\":null}]},\"d\":\"]}\"}",
		"\t\r\n1 ",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_true(is_value(rows[i]));
}

static void broken_texts_are_not(void **state)
{
	static const char *const rows[] = {
		"",        " ",         "01",        "-",           "1.",
		".5",      "1e",        "1e+",       "tru",         "nul",
		"nulll",   "\"",        "\"\\x\"",   "\"\\u12g4\"", "\"\\u12\"",
		"\"\n\"",  "[",         "]",         "[1",          "[1,",
		"[1,]",    "[,1]",      "[1 2]",     "{",           "{\"a\"",
		"{\"a\":", "{\"a\":1",  "{\"a\":1,", "{\"a\":1,}",  "{a:1}",
		"{1:2}",   "{\"a\" 1}", "[}",        "{]",          "1 2",
		"[]]",     "+1",        "'a'",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_false(is_value(rows[i]));
}

static void every_prefix_of_a_text_is_broken(void **state)
{
	static const char text[] =
		"{\"a\":[1,\"\\u00e9\",true,{\"b\":-1.5e3}],\"c\":null}";
	char prefix[sizeof(text)];

	(void)state;
	for (size_t len = 0; len < sizeof(text) - 1; len++) {
		memcpy(prefix, text, len);
		prefix[len] = '\0';
		assert_false(is_value(prefix));
	}
	assert_true(is_value(text));
}

static void nesting_has_an_end(void **state)
{
	char deep[2 * (SCAN_DEPTH + 2) + 1];

	(void)state;
	for (size_t depth = SCAN_DEPTH - 1; depth < SCAN_DEPTH + 3; depth++) {
		memset(deep, '[', depth);
		memset(deep + depth, ']', depth);
		/* the innermost is empty and costs no level */
		assert_int_equal(scan_is_value(deep, 2 * depth),
				 depth <= SCAN_DEPTH + 1);
	}
}

static void pointers_find_values(void **state)
{
	static const char text[] =
		" {\"a\":[10,{\"b/c\":\"x\",\"~\":7}],\"\":1,\"a\\\"b\":2,"
		"\"twice\":1,\"twice\":2} ";
	static const struct {
		const char *pointer, *want;
	} rows[] = {
		{"/a/0", "10"}, {"/a/1/b~1c", "\"x\""}, {"/a/1/~0", "7"},
		{"/", "1"},     {"/a\"b", "2"},         {"/twice", "2"},
		{"/a/2", NULL}, {"/a/00", NULL},        {"/a/-1", NULL},
		{"/a/x", NULL}, {"/b", NULL},           {"/a/0/x", NULL},
		{"a", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct span all = {text, sizeof(text) - 1}, got;
		bool found = scan_find(all, rows[i].pointer, &got);

		assert_int_equal(found, rows[i].want != NULL);
		if (found)
			assert_true(scan_is(got, rows[i].want));
	}
}

static void replies_are_told_apart(void **state)
{
	static const struct {
		const char *text;
		enum reply_kind kind;
		uint64_t id;
	} rows[] = {
		{"{\"jsonrpc\":\"2.0\",\"result\":1,\"id\":5}", REPLY_ANSWER,
		 5},
		{"{\"id\":6,\"result\":{\"id\":9},\"jsonrpc\":\"2.0\"}",
		 REPLY_ANSWER, 6},
		{"{\"result\":\"{\\\"id\\\":9}\",\"id\":7}\n", REPLY_ANSWER, 7},
		{"{\"error\":{\"code\":1},\"id\":8}", REPLY_ANSWER, 8},
		{"{\"error\":null,\"result\":null,\"id\":8}", REPLY_ANSWER, 8},
		{"{\"id\":18446744073709551615,\"result\":0}", REPLY_ANSWER,
		 UINT64_MAX},
		{"{\"method\":\"m\",\"params\":{\"id\":1}}", REPLY_NOTIFICATION,
		 0},
		{"{\"error\":{},\"id\":null}", REPLY_COMPLAINT, 0},
		{"{\"id\":1}", REPLY_GARBAGE, 0},
		{"{\"id\":1,\"result\":1,\"error\":{}}", REPLY_GARBAGE, 0},
		{"{\"id\":-1,\"result\":1}", REPLY_GARBAGE, 0},
		{"{\"id\":1.0,\"result\":1}", REPLY_GARBAGE, 0},
		{"{\"id\":\"1\",\"result\":1}", REPLY_GARBAGE, 0},
		{"{\"id\":18446744073709551616,\"result\":1}", REPLY_GARBAGE,
		 0},
		{"{\"result\":1}", REPLY_GARBAGE, 0},
		{"[{\"id\":1,\"result\":1}]", REPLY_GARBAGE, 0},
		{"{\"id\":1,\"result\":tru}", REPLY_GARBAGE, 0},
		{"{\"id\":1,\"result\":1} x", REPLY_GARBAGE, 0},
		{"", REPLY_GARBAGE, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct reply reply =
			reply_read(rows[i].text, strlen(rows[i].text));

		assert_int_equal(reply.kind, rows[i].kind);
		if (reply.kind == REPLY_ANSWER)
			assert_true(reply.id == rows[i].id);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sound_texts_are_taken),
		cmocka_unit_test(broken_texts_are_not),
		cmocka_unit_test(every_prefix_of_a_text_is_broken),
		cmocka_unit_test(nesting_has_an_end),
		cmocka_unit_test(pointers_find_values),
		cmocka_unit_test(replies_are_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
