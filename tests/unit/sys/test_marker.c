/* SPDX-License-Identifier: BSD-2-Clause */
/* The marker is found by its own volume only, and outlives every mkfs. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "loop_device.h"
#include "sys/marker.h"
#include "sys/spawn.h"

#define MIB    (1ull << 20)
#define VOLUME "scale-iscsi:tank/k8s/pvc-1"

static void a_marker_is_for_one_volume_and_one_size(void **state)
{
	struct loop_device loop;

	(void)state;
	assert_int_equal(loop_device_open(64 * MIB, &loop), 0);
	assert_int_equal(marker_is_there(loop.fd, VOLUME, 64 * MIB), 0);
	assert_int_equal(marker_write(loop.fd, VOLUME, 64 * MIB), 0);
	assert_int_equal(marker_is_there(loop.fd, VOLUME, 64 * MIB), 1);
	assert_int_equal(marker_is_there(loop.fd, VOLUME "2", 64 * MIB), 0);
	assert_int_equal(marker_is_there(loop.fd, VOLUME, 60 * MIB), 0);
	loop_device_close(&loop);
}

static void erasing_leaves_anything_else_alone(void **state)
{
	struct loop_device loop;
	char byte;

	(void)state;
	assert_int_equal(loop_device_open(64 * MIB, &loop), 0);
	assert_int_equal(marker_write(loop.fd, VOLUME, 64 * MIB), 0);
	assert_int_equal(marker_erase(loop.fd, VOLUME "2", 64 * MIB), 0);
	assert_int_equal(marker_is_there(loop.fd, VOLUME, 64 * MIB), 1);
	/* one byte of it changed: no marker any more, somebody's data */
	assert_int_equal(pwrite(loop.fd, "x", 1, 60 * MIB + 4095), 1);
	assert_int_equal(marker_erase(loop.fd, VOLUME, 64 * MIB), 0);
	assert_int_equal(pread(loop.fd, &byte, 1, 60 * MIB), 1);
	assert_int_equal(byte, 's');
	assert_int_equal(marker_write(loop.fd, VOLUME, 64 * MIB), 0);
	assert_int_equal(marker_erase(loop.fd, VOLUME, 64 * MIB), 0);
	assert_int_equal(pread(loop.fd, &byte, 1, 60 * MIB), 1);
	assert_int_equal(byte, 0);
	loop_device_close(&loop);
}

static void a_device_too_small_has_no_room(void **state)
{
	struct loop_device loop;

	(void)state;
	assert_int_equal(loop_device_open(7 * MIB, &loop), 0);
	assert_int_equal(marker_write(loop.fd, VOLUME, 7 * MIB), -ERANGE);
	assert_int_equal(marker_is_there(loop.fd, VOLUME, 7 * MIB), -ERANGE);
	loop_device_close(&loop);
}

/* The least sizes format.c allows, odd ones, and some around group borders. */
static void no_mkfs_without_discard_touches_it(void **state)
{
	static const struct {
		const char *argv[6];
		uint64_t size;
	} rows[] = {
		{{"mkfs.ext4", "-Fq", "-E", "nodiscard"}, 32 * MIB},
		{{"mkfs.ext4", "-Fq", "-E", "nodiscard"}, 40 * MIB},
		{{"mkfs.ext4", "-Fq", "-E", "nodiscard"}, 64 * MIB},
		{{"mkfs.ext4", "-Fq", "-E", "nodiscard"}, 100 * MIB + 16384},
		{{"mkfs.ext4", "-Fq", "-E", "nodiscard"}, 512 * MIB},
		{{"mkfs.ext4", "-Fq", "-E", "nodiscard"}, 1024 * MIB},
		{{"mkfs.ext4", "-Fq", "-E", "nodiscard"}, 10240 * MIB},
		{{"mkfs.ext3", "-Fq", "-E", "nodiscard"}, 32 * MIB},
		{{"mkfs.ext3", "-Fq", "-E", "nodiscard"}, 512 * MIB},
		{{"mkfs.xfs", "-f", "-q", "-K"}, 300 * MIB},
		{{"mkfs.xfs", "-f", "-q", "-K"}, 1024 * MIB},
		{{"mkfs.btrfs", "-f", "-q", "-K"}, 128 * MIB},
		{{"mkfs.btrfs", "-f", "-q", "-K"}, 1024 * MIB},
	};
	struct arena *arena = arena_new(1u << 20);
	struct call call;

	(void)state;
	call_init(&call, arena, NULL, NULL, CLOCK_NEVER);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const char *argv[7] = {NULL};
		struct spawn spawn = {.argv = argv,
				      .deadline_ns = clock_after_ms(60000)};
		struct loop_device loop;
		size_t n = 0;

		for (; rows[i].argv[n] != NULL; n++)
			argv[n] = rows[i].argv[n];
		assert_int_equal(loop_device_open(rows[i].size, &loop), 0);
		argv[n] = loop.path;
		assert_int_equal(marker_write(loop.fd, VOLUME, rows[i].size),
				 0);
		assert_int_equal(spawn_tool(&call, &spawn), 0);
		assert_string_equal(spawn.err, "");
		assert_int_equal(spawn.exit_code, 0);
		assert_int_equal(marker_is_there(loop.fd, VOLUME, rows[i].size),
				 1);
		loop_device_close(&loop);
	}
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_marker_is_for_one_volume_and_one_size),
		cmocka_unit_test(erasing_leaves_anything_else_alone),
		cmocka_unit_test(a_device_too_small_has_no_room),
		cmocka_unit_test(no_mkfs_without_discard_touches_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
