/* SPDX-License-Identifier: BSD-2-Clause */
/* Which bytes are a message, and what becomes of one that is sent back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "csi.pb-c.h"
#include "grpc/codec.h"

struct fixture {
	struct arena *arena;
	struct call call;
};

static int set_up(void **state)
{
	static struct fixture fixture;

	fixture.arena = arena_new(CALL_ARENA_BYTES);
	call_init(&fixture.call, fixture.arena, NULL, NULL, CLOCK_NEVER);
	*state = &fixture;
	return fixture.arena == NULL;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	arena_free(fixture->arena);
	return 0;
}

/* Each row is a CreateVolumeRequest in bytes; 0x0a is its name, 0x12 its
 * capacity_range, 0x22 an entry of its parameters. */
#define BYTES(literal) literal, sizeof(literal) - 1
static const struct {
	const char *bytes;
	size_t len;
	scale_status want;
	const char *words;
} rows[] = {
	{BYTES(""), SCALE_OK, ""},
	{BYTES("\x0a\x03pvc"), SCALE_OK, ""},
	{BYTES("\xc2\x3e\x01x"), SCALE_OK, ""}, /* a field of a later version */
	{BYTES("\x0a\x04pvc"), SCALE_INTERNAL, "no such message"},
	{BYTES("\x0a"), SCALE_INTERNAL, "no such message"},
	{BYTES("\xff\xff"), SCALE_INTERNAL, "no such message"},
	{BYTES("\x0b\x0c"), SCALE_INTERNAL, "no such message"}, /* a group */
	{BYTES("\x00\x00"), SCALE_INTERNAL, "no such message"}, /* field 0 */
	{BYTES("\x12\x02\x02\x00"), SCALE_INTERNAL, "no such message"},
	{BYTES("\x08\x01"), SCALE_INTERNAL, "no such message"}, /* a number */
	{BYTES("\x0a\x02p\x00"), SCALE_INVALID_ARGUMENT,
	 "name contains a NUL byte"},
	{BYTES("\x0a\x02p\xff"), SCALE_INVALID_ARGUMENT,
	 "name is not valid UTF-8"},
	{BYTES("\x22\x04\x0a\x02p\xff"), SCALE_INVALID_ARGUMENT,
	 "key is not valid UTF-8"},
};

static void only_whole_and_clean_bytes_are_a_message(void **state)
{
	struct fixture *fixture = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		ProtobufCMessage *message = NULL;

		call_init(&fixture->call, fixture->arena, NULL, NULL,
			  CLOCK_NEVER);
		assert_int_equal(
			codec_unpack(
				&fixture->call,
				&csi__v1__create_volume_request__descriptor,
				(const uint8_t *)rows[i].bytes, rows[i].len,
				&message),
			rows[i].want);
		if (strstr(fixture->call.reason, rows[i].words) == NULL)
			fail_msg("row %zu: '%s'", i, fixture->call.reason);
		assert_int_equal(message != NULL, rows[i].want == SCALE_OK);
	}
}

static void what_was_packed_is_unpacked_as_the_same(void **state)
{
	static const uint8_t sent[] = "\x0a\x03pvc\x12\x02\x08\x05";
	struct fixture *fixture = *state;
	ProtobufCMessage *message = NULL;
	uint8_t *bytes = NULL;
	size_t len = 0;

	assert_int_equal(
		codec_unpack(&fixture->call,
			     &csi__v1__create_volume_request__descriptor, sent,
			     sizeof(sent) - 1, &message),
		SCALE_OK);
	assert_int_equal(codec_pack(&fixture->call, message, &bytes, &len),
			 SCALE_OK);
	assert_int_equal(len, sizeof(sent) - 1);
	assert_memory_equal(bytes, sent, len);
	free(bytes);
}

static void a_reply_that_is_not_utf8_is_refused(void **state)
{
	struct fixture *fixture = *state;
	Csi__V1__CreateVolumeRequest *request = NULL;
	ProtobufCMessage *message = NULL;
	uint8_t *bytes = NULL;
	char bad[] = "\xff";
	size_t len = 0;

	assert_int_equal(
		codec_unpack(&fixture->call,
			     &csi__v1__create_volume_request__descriptor,
			     (const uint8_t *)"", 0, &message),
		SCALE_OK);
	request = (Csi__V1__CreateVolumeRequest *)message;
	request->name = bad;
	assert_int_equal(codec_pack(&fixture->call, message, &bytes, &len),
			 SCALE_INTERNAL);
	assert_non_null(strstr(fixture->call.reason, "cannot be sent"));
	assert_null(bytes);
}

/* Small on the wire, large in memory: the arena's budget is the end of it. */
static void a_message_that_grows_beyond_the_budget_is_refused(void **state)
{
	struct fixture *fixture = *state;
	size_t n = 400000, len = n * 2;
	uint8_t *bytes = malloc(len);
	ProtobufCMessage *message = NULL;

	assert_non_null(bytes);
	for (size_t i = 0; i < n; i++)
		memcpy(bytes + 2 * i, "\x22\x00", 2); /* empty parameters */
	assert_int_equal(
		codec_unpack(&fixture->call,
			     &csi__v1__create_volume_request__descriptor, bytes,
			     len, &message),
		SCALE_RESOURCE_EXHAUSTED);
	free(bytes);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(only_whole_and_clean_bytes_are_a_message),
		TEST(what_was_packed_is_unpacked_as_the_same),
		TEST(a_reply_that_is_not_utf8_is_refused),
		TEST(a_message_that_grows_beyond_the_budget_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
