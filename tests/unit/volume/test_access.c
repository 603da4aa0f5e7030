/* SPDX-License-Identifier: BSD-2-Clause */
#include "scene.h"

#include <string.h>

#include "volume/access.h"

/* One letter per mode 1 .. 7: A accepted, R refused (csi.md 5.3). */
static const struct {
	uint32_t can, kind;
	bool is_raw;
	const char *want;
} rows[] = {
	{SCALE_CAN_FILESYSTEM | SCALE_CAN_SHARE, SCALE_FILESYSTEM, false,
	 "AAAAAAA"},
	{SCALE_CAN_FILESYSTEM, SCALE_FILESYSTEM, false, "AAARRAA"},
	{SCALE_CAN_FILESYSTEM | SCALE_CAN_SHARE, SCALE_FILESYSTEM, true,
	 "RRRRRRR"},
	{SCALE_CAN_BLOCK | SCALE_CAN_SHARE, SCALE_BLOCK, false, "AAARRAA"},
	{SCALE_CAN_BLOCK | SCALE_CAN_SHARE, SCALE_BLOCK, true, "AAAAAAA"},
	{SCALE_CAN_BLOCK, SCALE_BLOCK, true, "AAARRAA"},
};

static void modes_follow_from_what_a_backend_can(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct backend backend = {
			.descriptor = {.name = "x", .can = rows[i].can}};

		for (uint32_t mode = 1; mode <= 7; mode++) {
			struct volume_access access = {.is_raw = rows[i].is_raw,
						       .mode = mode,
						       .fs_type = ""};
			const char *why =
				access_refuse(scene_call(), &backend,
					      rows[i].kind, &access, 1);

			if ((why == NULL) != (rows[i].want[mode - 1] == 'A'))
				fail_msg("row %zu, mode %u", i, mode);
		}
	}
}

static void unknown_modes_are_refused(void **state)
{
	struct backend backend = {
		.descriptor = {.name = "x", .can = SCALE_CAN_BLOCK}};
	struct volume_access access = {.fs_type = ""};

	(void)state;
	assert_non_null(
		access_refuse(scene_call(), &backend, SCALE_BLOCK, &access, 1));
	access.mode = 8;
	assert_non_null(
		access_refuse(scene_call(), &backend, SCALE_BLOCK, &access, 1));
}

static void raw_and_mounted_do_not_mix(void **state)
{
	struct backend backend = {
		.descriptor = {.name = "x", .can = SCALE_CAN_BLOCK}};
	struct volume_access both[] = {
		{.mode = 1, .fs_type = "", .is_raw = true},
		{.mode = 1, .fs_type = ""}};

	(void)state;
	assert_non_null(
		access_refuse(scene_call(), &backend, SCALE_BLOCK, both, 2));
}

static const struct {
	uint32_t can;
	bool is_raw;
	const char *fs_type, *class_filesystem;
	scale_status want;
	uint32_t kind;
	const char *filesystem;
} choices[] = {
	{SCALE_CAN_BLOCK, false, "", "", SCALE_OK, SCALE_BLOCK, "ext4"},
	{SCALE_CAN_BLOCK, false, "xfs", "", SCALE_OK, SCALE_BLOCK, "xfs"},
	{SCALE_CAN_BLOCK, false, "", "btrfs", SCALE_OK, SCALE_BLOCK, "btrfs"},
	{SCALE_CAN_BLOCK, false, "xfs", "ext4", SCALE_INVALID_ARGUMENT, 0, ""},
	{SCALE_CAN_BLOCK, false, "ntfs", "", SCALE_INVALID_ARGUMENT, 0, ""},
	{SCALE_CAN_BLOCK, true, "", "", SCALE_OK, SCALE_BLOCK, ""},
	{SCALE_CAN_FILESYSTEM, false, "ext4", "", SCALE_OK, SCALE_FILESYSTEM,
	 ""},
	{SCALE_CAN_FILESYSTEM, false, "", "xfs", SCALE_INVALID_ARGUMENT, 0, ""},
	{SCALE_CAN_FILESYSTEM, true, "", "", SCALE_INVALID_ARGUMENT, 0, ""},
	/* a backend with both kinds */
	{SCALE_CAN_FILESYSTEM | SCALE_CAN_BLOCK, false, "", "", SCALE_OK,
	 SCALE_FILESYSTEM, ""},
	{SCALE_CAN_FILESYSTEM | SCALE_CAN_BLOCK, false, "", "xfs", SCALE_OK,
	 SCALE_BLOCK, "xfs"},
	{SCALE_CAN_FILESYSTEM | SCALE_CAN_BLOCK, true, "", "", SCALE_OK,
	 SCALE_BLOCK, ""},
};

static void kind_and_file_system_follow_from_the_request(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(choices) / sizeof(*choices); i++) {
		struct backend backend = {
			.descriptor = {.name = "x", .can = choices[i].can}};
		struct volume_access access = {.is_raw = choices[i].is_raw,
					       .mode = 1,
					       .fs_type = choices[i].fs_type};
		const char *filesystem = "";
		uint32_t kind = 0;
		scale_status status = access_choose(
			scene_call(), &backend, &access, 1,
			choices[i].class_filesystem, &kind, &filesystem);

		if (status != choices[i].want)
			fail_msg("row %zu: %d", i, status);
		if (status == SCALE_OK &&
		    (kind != choices[i].kind ||
		     strcmp(filesystem, choices[i].filesystem) != 0))
			fail_msg("row %zu: %u '%s'", i, kind, filesystem);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			modes_follow_from_what_a_backend_can, scene_setup,
			scene_teardown),
		cmocka_unit_test_setup_teardown(unknown_modes_are_refused,
						scene_setup, scene_teardown),
		cmocka_unit_test_setup_teardown(raw_and_mounted_do_not_mix,
						scene_setup, scene_teardown),
		cmocka_unit_test_setup_teardown(
			kind_and_file_system_follow_from_the_request,
			scene_setup, scene_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
