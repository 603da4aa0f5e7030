/* SPDX-License-Identifier: BSD-2-Clause */
/* The way from bytes to words and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "csi/message.h"
#include "grpc/codec.h"
#include "request.h"

static scale_status unpack(struct request_fixture *fixture, const void *bytes,
			   size_t len)
{
	ProtobufCMessage *message;

	return codec_unpack(&fixture->call,
			    &csi__v1__create_volume_request__descriptor, bytes,
			    len, &message);
}

static void what_is_packed_unpacks_the_same(void **state)
{
	struct request_fixture *fixture = *state;
	Csi__V1__CreateVolumeRequest *request =
		request_make_create(fixture, "pvc-1");
	ProtobufCMessage *again;
	uint8_t *bytes;
	size_t len;

	request_add_parameter(fixture, request, "protocol", "nfs");
	assert_int_equal(
		codec_pack(&fixture->call, &request->base, &bytes, &len),
		SCALE_OK);
	assert_int_equal(
		codec_unpack(&fixture->call,
			     &csi__v1__create_volume_request__descriptor, bytes,
			     len, &again),
		SCALE_OK);
	free(bytes);
	assert_string_equal(((Csi__V1__CreateVolumeRequest *)again)->name,
			    "pvc-1");
	assert_string_equal(
		((Csi__V1__CreateVolumeRequest *)again)->parameters[0]->value,
		"nfs");
}

static void a_nul_in_a_name_is_refused_not_cut(void **state)
{
	assert_int_equal(unpack(*state,
				"\x0a\x03"
				"a\0b",
				5),
			 SCALE_INVALID_ARGUMENT);
}

static void a_text_that_is_not_utf8_is_refused(void **state)
{
	assert_int_equal(unpack(*state, "\x0a\x02\xc3\x28", 4),
			 SCALE_INVALID_ARGUMENT);
}

/* Field 4 is the map of parameters; its entry's value is field 2. */
static void a_text_inside_a_map_is_checked_too(void **state)
{
	assert_int_equal(unpack(*state, "\x22\x06\x0a\x01k\x12\x01\xff", 8),
			 SCALE_INVALID_ARGUMENT);
}

static void broken_bytes_are_no_message(void **state)
{
	assert_int_equal(unpack(*state,
				"\x0a\x05"
				"ab",
				4),
			 SCALE_INTERNAL);
	assert_int_equal(unpack(*state, "\xff\xff\xff\xff\xff\xff", 6),
			 SCALE_INTERNAL);
	assert_int_equal(unpack(*state, "\x0b", 1), SCALE_INTERNAL);
}

static void mount_and_block_do_not_mix(void **state)
{
	struct request_fixture *fixture = *state;
	Csi__V1__VolumeCapability *list[] = {
		request_make_mount(fixture, 1),
		request_make_mount(fixture, 1),
	};
	struct volume_access *accesses;

	assert_int_equal(
		message_take_accesses(&fixture->call, 2, list, &accesses),
		SCALE_OK);
	list[1]->access_type_case =
		CSI__V1__VOLUME_CAPABILITY__ACCESS_TYPE_BLOCK;
	assert_int_equal(
		message_take_accesses(&fixture->call, 2, list, &accesses),
		SCALE_INVALID_ARGUMENT);
}

static void a_capability_without_mode_or_type_is_refused(void **state)
{
	struct request_fixture *fixture = *state;
	Csi__V1__VolumeCapability *can = request_make_mount(fixture, 0);
	struct volume_access access;

	assert_int_equal(message_take_access(&fixture->call, can, &access),
			 SCALE_INVALID_ARGUMENT);
	can = request_make_mount(fixture, 1);
	can->access_type_case =
		CSI__V1__VOLUME_CAPABILITY__ACCESS_TYPE__NOT_SET;
	assert_int_equal(message_take_access(&fixture->call, can, &access),
			 SCALE_INVALID_ARGUMENT);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, request_setup, request_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_packed_unpacks_the_same),
		TEST(a_nul_in_a_name_is_refused_not_cut),
		TEST(a_text_that_is_not_utf8_is_refused),
		TEST(a_text_inside_a_map_is_checked_too),
		TEST(broken_bytes_are_no_message),
		TEST(mount_and_block_do_not_mix),
		TEST(a_capability_without_mode_or_type_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
