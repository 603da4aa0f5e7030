/* SPDX-License-Identifier: BSD-2-Clause */
/* What lies on a device is named right, above all what is half made. */
#include <errno.h>
#include <linux/fs.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cmocka.h>

#include "loop_device.h"
#include "mount_space.h"
#include "sys/fsprobe.h"

#define MIB  (1ull << 20)
#define SIZE (512 * MIB)
#define UUID "0f1e2d3c-4b5a-8697-a8b9-cadbecfd0e1f"

#define XFS_INPROGRESS_AT 126
#define BTRFS_MAGIC_AT    65600

static void probe(struct loop_device *loop, struct fsprobe *ret)
{
	assert_int_equal(ioctl(loop->fd, BLKFLSBUF, 0), 0);
	assert_int_equal(fsprobe_read(loop->fd, ret), 0);
}

static void an_empty_device_holds_nothing(void **state)
{
	struct loop_device loop;
	struct fsprobe found;

	(void)state;
	assert_int_equal(loop_device_open(SIZE, &loop), 0);
	probe(&loop, &found);
	assert_int_equal(found.kind, FSPROBE_NOTHING);
	assert_string_equal(found.type, "");
	loop_device_close(&loop);
}

static void file_systems_tell_type_uuid_and_size(void **state)
{
	static const struct {
		const char *type;
		const char *argv[5];
	} rows[] = {
		{"ext4", {"mkfs.ext4", "-Fq", "-U", UUID}},
		{"ext3", {"mkfs.ext3", "-Fq", "-U", UUID}},
		{"xfs", {"mkfs.xfs", "-fq", "-m", "uuid=" UUID}},
		{"btrfs", {"mkfs.btrfs", "-fq", "-U", UUID}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const char *argv[6] = {NULL};
		struct loop_device loop;
		struct fsprobe found;

		assert_int_equal(loop_device_open(SIZE, &loop), 0);
		memcpy(argv, rows[i].argv, sizeof(rows[i].argv));
		argv[4] = loop.path;
		assert_int_equal(mount_space_run(argv), 0);
		probe(&loop, &found);
		assert_int_equal(found.kind, FSPROBE_FILESYSTEM);
		assert_string_equal(found.type, rows[i].type);
		assert_string_equal(found.uuid, UUID);
		assert_int_equal(found.fs_bytes, SIZE);
		loop_device_close(&loop);
	}
}

static void an_unfinished_xfs_is_no_file_system(void **state)
{
	struct loop_device loop;
	struct fsprobe found;

	(void)state;
	assert_int_equal(loop_device_open(SIZE, &loop), 0);
	assert_int_equal(mount_space_run((const char *[]){"mkfs.xfs", "-fq",
							  "-m", "uuid=" UUID,
							  loop.path, NULL}),
			 0);
	assert_int_equal(pwrite(loop.fd, "\1", 1, XFS_INPROGRESS_AT), 1);
	probe(&loop, &found);
	assert_int_equal(found.kind, FSPROBE_UNFINISHED);
	assert_string_equal(found.type, "xfs");
	assert_string_equal(found.uuid, UUID);
	loop_device_close(&loop);
}

static void an_unfinished_btrfs_is_no_file_system(void **state)
{
	struct loop_device loop;
	struct fsprobe found;

	(void)state;
	assert_int_equal(loop_device_open(SIZE, &loop), 0);
	assert_int_equal(
		mount_space_run((const char *[]){"mkfs.btrfs", "-fq", "-U",
						 UUID, loop.path, NULL}),
		0);
	assert_int_equal(pwrite(loop.fd, "!BHRfS_M", 8, BTRFS_MAGIC_AT), 8);
	/* the second copy has not been written yet then */
	assert_int_equal(pwrite(loop.fd, (char[8]){0}, 8, 64 * MIB + 64), 8);
	probe(&loop, &found);
	assert_int_equal(found.kind, FSPROBE_UNFINISHED);
	assert_string_equal(found.type, "btrfs");
	assert_string_equal(found.uuid, UUID);
	loop_device_close(&loop);
}

static void what_is_no_file_system_is_named(void **state)
{
	struct loop_device loop;
	struct fsprobe found;

	(void)state;
	assert_int_equal(loop_device_open(SIZE, &loop), 0);
	/* a partition table */
	assert_int_equal(pwrite(loop.fd, "\x55\xaa", 2, 510), 2);
	assert_int_equal(
		pwrite(loop.fd, "\0\0\0\0\x83\0\0\0\0\x08\0\0\0\x08", 14, 446),
		14);
	probe(&loop, &found);
	assert_int_equal(found.kind, FSPROBE_OTHER);
	assert_string_equal(found.type, "dos");
	loop_device_close(&loop);

	assert_int_equal(loop_device_open(SIZE, &loop), 0);
	assert_int_equal(
		mount_space_run((const char *[]){"mkswap", loop.path, NULL}),
		0);
	probe(&loop, &found);
	assert_int_equal(found.kind, FSPROBE_OTHER);
	assert_string_equal(found.type, "swap");
	loop_device_close(&loop);
}

static void signatures_that_contradict_are_not_guessed_at(void **state)
{
	struct loop_device loop;
	struct fsprobe found;
	char super[1024];

	(void)state;
	assert_int_equal(loop_device_open(SIZE, &loop), 0);
	assert_int_equal(mount_space_run((const char *[]){"mkfs.ext4", "-Fq",
							  loop.path, NULL}),
			 0);
	assert_int_equal(pread(loop.fd, super, 1024, 1024), 1024);
	assert_int_equal(mount_space_run((const char *[]){"mkfs.xfs", "-fq",
							  loop.path, NULL}),
			 0);
	assert_int_equal(pwrite(loop.fd, super, 1024, 1024), 1024);
	probe(&loop, &found);
	assert_int_equal(found.kind, FSPROBE_AMBIVALENT);
	loop_device_close(&loop);
}

static void a_device_that_cannot_be_read_is_an_error(void **state)
{
	struct fsprobe found;

	(void)state;
	assert_true(fsprobe_read(-1, &found) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_device_holds_nothing),
		cmocka_unit_test(file_systems_tell_type_uuid_and_size),
		cmocka_unit_test(an_unfinished_xfs_is_no_file_system),
		cmocka_unit_test(an_unfinished_btrfs_is_no_file_system),
		cmocka_unit_test(what_is_no_file_system_is_named),
		cmocka_unit_test(signatures_that_contradict_are_not_guessed_at),
		cmocka_unit_test(a_device_that_cannot_be_read_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
