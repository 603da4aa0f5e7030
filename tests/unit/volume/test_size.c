/* SPDX-License-Identifier: BSD-2-Clause */
#include "scene.h"

#include "volume/size.h"

#define MIB (UINT64_C(1) << 20)

static const struct {
	uint32_t kind;
	uint64_t volblocksize, required, limit;
	scale_status want;
	uint64_t bytes;
} rows[] = {
	{SCALE_BLOCK, 0, 10 * GIB, 10 * GIB, SCALE_OK, 10 * GIB},
	{SCALE_BLOCK, 0, 0, 0, SCALE_OK, GIB},
	{SCALE_BLOCK, 0, 0, 512 * MIB, SCALE_OK, 512 * MIB},
	{SCALE_BLOCK, 0, 0, 512 * MIB + 1, SCALE_OK, 512 * MIB},
	{SCALE_BLOCK, 0, 1, 0, SCALE_OK, MIB},
	{SCALE_BLOCK, 0, 1, 2, SCALE_OUT_OF_RANGE, 0},
	{SCALE_BLOCK, 0, GIB + 1, 0, SCALE_OK, GIB + 16384},
	{SCALE_BLOCK, 131072, GIB + 1, 0, SCALE_OK, GIB + 131072},
	{SCALE_BLOCK, 0, GIB + 1, GIB + 1, SCALE_OUT_OF_RANGE, 0},
	{SCALE_BLOCK, 512, GIB + 512, GIB + 512, SCALE_OK, GIB + 512},
	{SCALE_FILESYSTEM, 0, GIB + 1, GIB + 1, SCALE_OK, GIB + 1},
	{SCALE_FILESYSTEM, 0, 5, 0, SCALE_OK, GIB},
	{SCALE_FILESYSTEM, 0, 5, 6, SCALE_OUT_OF_RANGE, 0},
	{SCALE_FILESYSTEM, 0, 0, 10, SCALE_OUT_OF_RANGE, 0},
	{SCALE_BLOCK, 0, UINT64_C(1) << 50, 0, SCALE_OK, UINT64_C(1) << 50},
	{SCALE_BLOCK, 0, (UINT64_C(1) << 50) + 1, 0, SCALE_OUT_OF_RANGE, 0},
	{SCALE_BLOCK, 0, INT64_MAX, 0, SCALE_OUT_OF_RANGE, 0},
};

static void sizes_are_rounded_up_within_the_limit(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		uint64_t bytes = 0;
		scale_status status = size_choose(
			scene_call(), rows[i].kind, rows[i].volblocksize,
			rows[i].required, rows[i].limit, &bytes);

		if (status != rows[i].want || bytes != rows[i].bytes)
			fail_msg("row %zu: status %d, %llu bytes", i, status,
				 (unsigned long long)bytes);
	}
}

static void texts_use_the_largest_exact_unit(void **state)
{
	(void)state;
	assert_string_equal(size_text(scene_call(), 10 * GIB), "10 GiB");
	assert_string_equal(size_text(scene_call(), GIB + MIB), "1025 MiB");
	assert_string_equal(size_text(scene_call(), 1000), "1000 bytes");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			sizes_are_rounded_up_within_the_limit, scene_setup,
			scene_teardown),
		cmocka_unit_test_setup_teardown(
			texts_use_the_largest_exact_unit, scene_setup,
			scene_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
