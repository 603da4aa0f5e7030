/* SPDX-License-Identifier: BSD-2-Clause */
/* What csi/rules.c lets through and what it refuses, with which words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "csi/rules.h"
#include "request.h"

static void assert_refused(struct request_fixture *fixture,
			   const ProtobufCMessage *request, const char *words)
{
	assert_int_equal(rules_check(&fixture->call, request),
			 SCALE_INVALID_ARGUMENT);
	if (strstr(fixture->call.reason, words) == NULL)
		fail_msg("'%s' does not say '%s'", fixture->call.reason, words);
}

static void a_plain_create_passes(void **state)
{
	struct request_fixture *fixture = *state;
	Csi__V1__CreateVolumeRequest *request =
		request_make_create(fixture, "pvc-1");

	assert_int_equal(rules_check(&fixture->call, &request->base), SCALE_OK);
}

static void a_missing_name_is_told_before_a_missing_capability(void **state)
{
	struct request_fixture *fixture = *state;
	Csi__V1__CreateVolumeRequest *request =
		request_make_create(fixture, "");

	request->n_volume_capabilities = 0;
	assert_refused(fixture, &request->base, "lacks name");
	request->name = arena_strdup(fixture->arena, "pvc-1");
	assert_refused(fixture, &request->base, "lacks volume_capabilities");
}

static void a_capability_is_missed_before_a_staging_path(void **state)
{
	struct request_fixture *fixture = *state;
	Csi__V1__NodePublishVolumeRequest *request =
		REQUEST_NEW(fixture, Csi__V1__NodePublishVolumeRequest,
			    csi__v1__node_publish_volume_request__descriptor);

	request->volume_id = arena_strdup(fixture->arena, "v");
	request->target_path = arena_strdup(fixture->arena, "/t");
	assert_refused(fixture, &request->base, "lacks volume_capability");
	request->volume_capability = request_make_mount(fixture, 1);
	assert_refused(fixture, &request->base, "lacks staging_target_path");
}

static void a_name_has_at_most_128_bytes_and_no_control_character(void **state)
{
	struct request_fixture *fixture = *state;
	Csi__V1__CreateVolumeRequest *request =
		request_make_create(fixture, "x");

	request->name = request_repeat(fixture, 'a', 128);
	assert_int_equal(rules_check(&fixture->call, &request->base), SCALE_OK);
	request->name = request_repeat(fixture, 'a', 129);
	assert_refused(fixture, &request->base, "name has 129 bytes");
	request->name = arena_strdup(fixture->arena, "a\x01z");
	assert_refused(fixture, &request->base, "control character");
}

static void a_staging_path_may_be_long(void **state)
{
	struct request_fixture *fixture = *state;
	Csi__V1__NodeUnstageVolumeRequest *request =
		REQUEST_NEW(fixture, Csi__V1__NodeUnstageVolumeRequest,
			    csi__v1__node_unstage_volume_request__descriptor);

	request->volume_id = arena_strdup(fixture->arena, "v");
	request->staging_target_path = request_repeat(fixture, '/', 4095);
	assert_int_equal(rules_check(&fixture->call, &request->base), SCALE_OK);
	request->staging_target_path = request_repeat(fixture, '/', 4096);
	assert_refused(fixture, &request->base, "staging_target_path has 4096");
}

static void a_map_has_at_most_4_kib(void **state)
{
	struct request_fixture *fixture = *state;
	Csi__V1__CreateVolumeRequest *request =
		request_make_create(fixture, "pvc-1");

	request_add_parameter(fixture, request, "k",
			      request_repeat(fixture, 'v', 4095));
	assert_int_equal(rules_check(&fixture->call, &request->base), SCALE_OK);
	request_add_parameter(fixture, request, "l", "");
	assert_refused(fixture, &request->base, "parameters has 4097 bytes");
}

static void sizes_are_neither_negative_nor_contradictory(void **state)
{
	struct request_fixture *fixture = *state;
	Csi__V1__CreateVolumeRequest *request =
		request_make_create(fixture, "pvc-1");

	request->capacity_range->required_bytes = -1;
	assert_refused(fixture, &request->base, "required_bytes is negative");
	request->capacity_range->required_bytes = 2;
	request->capacity_range->limit_bytes = 1;
	assert_refused(fixture, &request->base, "above limit_bytes");
	request->capacity_range->required_bytes = 0;
	request->capacity_range->limit_bytes = 0;
	assert_refused(fixture, &request->base, "neither");
}

static void a_mode_that_no_csi_defines_is_refused(void **state)
{
	struct request_fixture *fixture = *state;
	Csi__V1__CreateVolumeRequest *request =
		request_make_create(fixture, "pvc-1");

	request->volume_capabilities[0] = request_make_mount(fixture, 99);
	assert_refused(fixture, &request->base, "mode is 99");
}

static void a_negative_page_size_is_refused(void **state)
{
	struct request_fixture *fixture = *state;
	Csi__V1__ListVolumesRequest *request =
		REQUEST_NEW(fixture, Csi__V1__ListVolumesRequest,
			    csi__v1__list_volumes_request__descriptor);

	request->max_entries = -1;
	assert_refused(fixture, &request->base, "max_entries is negative");
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, request_setup, request_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_plain_create_passes),
		TEST(a_missing_name_is_told_before_a_missing_capability),
		TEST(a_capability_is_missed_before_a_staging_path),
		TEST(a_name_has_at_most_128_bytes_and_no_control_character),
		TEST(a_staging_path_may_be_long),
		TEST(a_map_has_at_most_4_kib),
		TEST(sizes_are_neither_negative_nor_contradictory),
		TEST(a_mode_that_no_csi_defines_is_refused),
		TEST(a_negative_page_size_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
