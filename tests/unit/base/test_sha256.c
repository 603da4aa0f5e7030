/* SPDX-License-Identifier: BSD-2-Clause */
/* The hash agrees with FIPS 180-4's examples and with every padding length. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/sha256.h"

#include <cmocka.h>

static void known_texts_have_their_published_hash(void **state)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{"", "e3b0c44298fc1c149afbf4c8996fb924"
		     "27ae41e4649b934ca495991b7852b855"},
		{"abc", "ba7816bf8f01cfea414140de5dae2223"
			"b00361a396177a9cb410ff61f20015ad"},
		{"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		 "248d6a61d20638b8e5c026930c3e6039"
		 "a33ce45964ff2167f6ecedd419db06c1"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char hex[65];

		sha256_hex(rows[i].text, 64, hex);
		assert_string_equal(hex, rows[i].want);
	}
}

/* The first digits of the hash of n times "a", around each block's edge. */
static void every_padding_length_is_right(void **state)
{
	static const struct {
		size_t n;
		const char *want;
	} rows[] = {
		{55, "9f4390f8d30c2dd9"},      {56, "b35439a4ac6f0948"},
		{63, "7d3e74a05d7db15b"},      {64, "ffe054fe7ae0cb6d"},
		{65, "635361c48bb9eab1"},      {119, "31eba51c313a5c08"},
		{120, "2f3d335432c70b58"},     {1000, "41edece42d63e8d9"},
		{1000000, "cdc76e5c9914fb92"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *text = calloc(1, rows[i].n + 1);
		char hex[17];

		assert_non_null(text);
		memset(text, 'a', rows[i].n);
		sha256_hex(text, 16, hex);
		assert_string_equal(hex, rows[i].want);
		free(text);
	}
}

static void digest_and_hex_are_the_same_hash(void **state)
{
	uint8_t digest[SHA256_BYTES];
	char hex[3];

	(void)state;
	sha256_digest("abc", 3, digest);
	sha256_hex("abc", 2, hex);
	assert_int_equal(digest[0], 0xba);
	assert_int_equal(digest[31], 0xad);
	assert_string_equal(hex, "ba");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_texts_have_their_published_hash),
		cmocka_unit_test(every_padding_length_is_right),
		cmocka_unit_test(digest_and_hex_are_the_same_hash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
