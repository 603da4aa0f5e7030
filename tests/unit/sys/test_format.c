/* SPDX-License-Identifier: BSD-2-Clause */
/* Only what is proven blank, or ours and half made, is formatted. */
#include <errno.h>
#include <linux/fs.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "loop_device.h"
#include "mount_space.h"
#include "sys/format.h"
#include "sys/marker.h"

#define MIB    (1ull << 20)
#define SIZE   (512 * MIB)
#define VOLUME "scale-iscsi:tank/k8s/pvc-1"

struct fixture {
	struct arena *arena;
	struct cancel *cancel;
	struct call call;
	struct loop_device loop;
	char uuid[FSPROBE_UUID_TEXT];
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return -1;
	f->arena = arena_new(4u << 20);
	f->cancel = cancel_new();
	call_init(&f->call, f->arena, NULL, f->cancel, CLOCK_NEVER);
	format_uuid(VOLUME, f->uuid);
	*state = f;
	return loop_device_open(SIZE, &f->loop);
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	loop_device_close(&f->loop);
	cancel_free(f->cancel);
	arena_free(f->arena);
	free(f);
	return 0;
}

static struct format_request request(struct fixture *f, const char *fs_type)
{
	return (struct format_request){
		.device = f->loop.path,
		.volume = VOLUME,
		.fs_type = fs_type,
		.may_format = true,
	};
}

static struct fsprobe probe(struct fixture *f)
{
	struct fsprobe found;

	assert_int_equal(ioctl(f->loop.fd, BLKFLSBUF, 0), 0);
	assert_int_equal(fsprobe_read(f->loop.fd, &found), 0);
	return found;
}

static void uuids_follow_from_the_volume_alone(void **state)
{
	char a[FSPROBE_UUID_TEXT], b[FSPROBE_UUID_TEXT];

	(void)state;
	format_uuid(VOLUME, a);
	format_uuid(VOLUME, b);
	assert_string_equal(a, b);
	assert_int_equal(strlen(a), 36);
	assert_int_equal(a[14], '8');
	assert_non_null(strchr("89ab", a[19]));
	format_uuid(VOLUME "2", b);
	assert_string_not_equal(a, b);
}

static void the_rule_holds_for_every_case(void **state)
{
	enum { OURS = 1, BLANK = 2, MARKER = 4, MAY = 8, ANY = 16 };
	static const struct {
		enum fsprobe_kind kind;
		const char *type;
		unsigned int is;
		enum format_action want;
	} rows[] = {
		{FSPROBE_FILESYSTEM, "ext4", MAY, FORMAT_USE},
		{FSPROBE_FILESYSTEM, "ext4", 0, FORMAT_USE},
		{FSPROBE_FILESYSTEM, "ext4", MAY | MARKER | OURS, FORMAT_USE},
		{FSPROBE_FILESYSTEM, "xfs", MAY | MARKER | OURS, FORMAT_REFUSE},
		{FSPROBE_FILESYSTEM, "xfs", ANY, FORMAT_USE},
		{FSPROBE_FILESYSTEM, "vfat", ANY, FORMAT_REFUSE},
		{FSPROBE_NOTHING, "", MAY | BLANK, FORMAT_MAKE},
		{FSPROBE_NOTHING, "", MAY | MARKER, FORMAT_MAKE},
		{FSPROBE_NOTHING, "", MAY, FORMAT_REFUSE},
		{FSPROBE_NOTHING, "", BLANK, FORMAT_REFUSE},
		{FSPROBE_NOTHING, "", MARKER, FORMAT_REFUSE},
		{FSPROBE_UNFINISHED, "xfs", MAY | MARKER | OURS, FORMAT_MAKE},
		{FSPROBE_UNFINISHED, "xfs", MAY | OURS, FORMAT_REFUSE},
		{FSPROBE_UNFINISHED, "xfs", MAY | MARKER, FORMAT_REFUSE},
		{FSPROBE_UNFINISHED, "xfs", MARKER | OURS, FORMAT_REFUSE},
		{FSPROBE_OTHER, "dos", MAY | MARKER | BLANK, FORMAT_REFUSE},
		{FSPROBE_AMBIVALENT, "", MAY | MARKER | BLANK, FORMAT_REFUSE},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct format_request req = request(f, "ext4");
		struct fsprobe found = {.kind = rows[i].kind};

		req.may_format = (rows[i].is & MAY) != 0;
		req.is_any_type = (rows[i].is & ANY) != 0;
		snprintf(found.type, sizeof(found.type), "%s", rows[i].type);
		if ((rows[i].is & OURS) != 0)
			memcpy(found.uuid, f->uuid, sizeof(f->uuid));
		assert_int_equal(format_decide(&req, &found, f->uuid,
					       (rows[i].is & BLANK) != 0,
					       (rows[i].is & MARKER) != 0),
				 rows[i].want);
	}
}

static void a_blank_device_gets_every_type_once(void **state)
{
	static const char *const types[] = {"ext4", "ext3", "xfs", "btrfs"};

	(void)state;
	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
		struct fixture *f;
		struct format_result result;
		struct format_request req;

		assert_int_equal(set_up((void **)&f), 0);
		req = request(f, types[i]);
		assert_int_equal(format_ensure(&f->call, &req, &result),
				 SCALE_OK);
		assert_true(result.was_made);
		assert_string_equal(result.fs_type, types[i]);
		assert_int_equal(result.fs_bytes, SIZE);
		assert_int_equal(result.device_bytes, SIZE);
		assert_string_equal(probe(f).uuid, f->uuid);
		assert_int_equal(marker_is_there(f->loop.fd, VOLUME, SIZE), 0);

		/* again: it is there, and stays as it is */
		assert_int_equal(format_ensure(&f->call, &req, &result),
				 SCALE_OK);
		assert_false(result.was_made);
		tear_down((void **)&f);
	}
}

static void data_without_a_signature_is_refused_and_stays(void **state)
{
	struct fixture *f = *state;
	struct format_request req = request(f, "ext4");
	struct format_result result;
	char byte;

	assert_int_equal(pwrite(f->loop.fd, "data", 4, 1 * MIB), 4);
	assert_int_equal(format_ensure(&f->call, &req, &result),
			 SCALE_FAILED_PRECONDITION);
	assert_non_null(strstr(f->call.reason, VOLUME));
	assert_int_equal(probe(f).kind, FSPROBE_NOTHING);
	assert_int_equal(pread(f->loop.fd, &byte, 1, 1 * MIB), 1);
	assert_int_equal(byte, 'd');
	assert_int_equal(marker_is_there(f->loop.fd, VOLUME, SIZE), 0);
}

static void another_file_system_is_refused_and_stays(void **state)
{
	struct fixture *f = *state;
	struct format_request req = request(f, "ext4");
	struct format_result result;

	assert_int_equal(mount_space_run((const char *[]){"mkfs.xfs", "-fq",
							  f->loop.path, NULL}),
			 0);
	assert_int_equal(format_ensure(&f->call, &req, &result),
			 SCALE_FAILED_PRECONDITION);
	assert_non_null(strstr(f->call.reason, "'xfs'"));
	assert_string_equal(probe(f).type, "xfs");
	req.is_any_type = true;
	assert_int_equal(format_ensure(&f->call, &req, &result), SCALE_OK);
	assert_string_equal(result.fs_type, "xfs");
	assert_false(result.was_made);
}

static void a_copy_is_never_formatted(void **state)
{
	struct fixture *f = *state;
	struct format_request req = request(f, "ext4");
	struct format_result result;

	req.may_format = false;
	req.why_not = "was made from a snapshot";
	assert_int_equal(format_ensure(&f->call, &req, &result),
			 SCALE_FAILED_PRECONDITION);
	assert_non_null(strstr(f->call.reason, "was made from a snapshot"));
	assert_int_equal(probe(f).kind, FSPROBE_NOTHING);
}

static void a_killed_mkfs_of_ours_is_made_again(void **state)
{
	struct fixture *f = *state;
	struct format_request req = request(f, "ext4");
	struct format_result result;

	/* what mkfs.ext4 leaves: the marker, and data without a signature */
	assert_int_equal(marker_write(f->loop.fd, VOLUME, SIZE), 0);
	assert_int_equal(pwrite(f->loop.fd, "inode table", 11, 2 * MIB), 11);
	assert_int_equal(format_ensure(&f->call, &req, &result), SCALE_OK);
	assert_true(result.was_made);
	assert_string_equal(probe(f).type, "ext4");
	assert_int_equal(marker_is_there(f->loop.fd, VOLUME, SIZE), 0);
}

/* A device that runs out of space under mkfs, as a full pool has it. */
static void an_mkfs_that_failed_is_made_again(void **state)
{
	struct fixture *f = *state;
	struct format_request req = request(f, "ext4");
	struct format_result result;
	struct loop_device thin;
	char dir[32];

	assert_int_equal(mount_space_directory(dir), 0);
	assert_int_equal(mount("tmpfs", dir, "tmpfs", 0, "size=2m"), 0);
	assert_int_equal(loop_device_open_in(dir, SIZE, &thin), 0);
	req.device = thin.path;
	assert_int_equal(format_ensure(&f->call, &req, &result),
			 SCALE_INTERNAL);
	assert_int_equal(marker_is_there(thin.fd, VOLUME, SIZE), 1);
	assert_int_equal(mount(NULL, dir, NULL, MS_REMOUNT, "size=1g"), 0);
	assert_int_equal(format_ensure(&f->call, &req, &result), SCALE_OK);
	assert_true(result.was_made);
	assert_int_equal(marker_is_there(thin.fd, VOLUME, SIZE), 0);
	loop_device_close(&thin);
	umount2(dir, MNT_DETACH);
	umount2(dir, MNT_DETACH);
	rmdir(dir);
}

static void a_killed_mkfs_is_known_after_the_device_has_grown(void **state)
{
	struct fixture *f = *state;
	struct format_request req = request(f, "ext4");
	struct format_result result;

	assert_int_equal(marker_write(f->loop.fd, VOLUME, SIZE), 0);
	assert_int_equal(pwrite(f->loop.fd, "inode table", 11, 2 * MIB), 11);
	assert_int_equal(loop_device_resize(&f->loop, 2 * SIZE), 0);
	assert_int_equal(format_ensure(&f->call, &req, &result),
			 SCALE_FAILED_PRECONDITION);
	req.old_bytes = SIZE;
	assert_int_equal(format_ensure(&f->call, &req, &result), SCALE_OK);
	assert_true(result.was_made);
	assert_int_equal(result.device_bytes, 2 * SIZE);
	assert_int_equal(marker_is_there(f->loop.fd, VOLUME, SIZE), 0);
	assert_int_equal(marker_is_there(f->loop.fd, VOLUME, 2 * SIZE), 0);
}

static void another_volumes_marker_proves_nothing(void **state)
{
	struct fixture *f = *state;
	struct format_request req = request(f, "ext4");
	struct format_result result;

	assert_int_equal(marker_write(f->loop.fd, VOLUME "2", SIZE), 0);
	assert_int_equal(pwrite(f->loop.fd, "data", 4, 2 * MIB), 4);
	assert_int_equal(format_ensure(&f->call, &req, &result),
			 SCALE_FAILED_PRECONDITION);
	assert_int_equal(marker_is_there(f->loop.fd, VOLUME "2", SIZE), 1);
}

static void an_unfinished_xfs_of_ours_is_made_again(void **state)
{
	struct fixture *f = *state;
	struct format_request req = request(f, "xfs");
	struct format_result result;

	assert_int_equal(format_ensure(&f->call, &req, &result), SCALE_OK);
	assert_int_equal(pwrite(f->loop.fd, "\1", 1, 126), 1);
	/* damage, as far as anybody can tell */
	assert_int_equal(format_ensure(&f->call, &req, &result),
			 SCALE_FAILED_PRECONDITION);
	assert_int_equal(marker_write(f->loop.fd, VOLUME, SIZE), 0);
	assert_int_equal(format_ensure(&f->call, &req, &result), SCALE_OK);
	assert_true(result.was_made);
	assert_int_equal(probe(f).kind, FSPROBE_FILESYSTEM);
}

static void a_marker_beside_a_finished_file_system_goes(void **state)
{
	struct fixture *f = *state;
	struct format_request req = request(f, "ext4");
	struct format_result result;

	assert_int_equal(format_ensure(&f->call, &req, &result), SCALE_OK);
	assert_int_equal(marker_write(f->loop.fd, VOLUME, SIZE), 0);
	req.is_readonly = true;
	assert_int_equal(format_ensure(&f->call, &req, &result), SCALE_OK);
	assert_int_equal(marker_is_there(f->loop.fd, VOLUME, SIZE), 1);
	req.is_readonly = false;
	assert_int_equal(format_ensure(&f->call, &req, &result), SCALE_OK);
	assert_false(result.was_made);
	assert_int_equal(marker_is_there(f->loop.fd, VOLUME, SIZE), 0);
}

static void a_cancel_does_not_stop_a_format(void **state)
{
	struct fixture *f = *state;
	struct format_request req = request(f, "ext4");
	struct format_result result;

	cancel_set(f->cancel);
	assert_int_equal(format_ensure(&f->call, &req, &result), SCALE_OK);
	assert_true(result.was_made);
}

static void a_device_too_small_is_refused_untouched(void **state)
{
	struct fixture *f = *state;
	struct format_request req = request(f, "xfs");
	struct format_result result;

	assert_int_equal(loop_device_resize(&f->loop, 299 * MIB), 0);
	assert_int_equal(format_ensure(&f->call, &req, &result),
			 SCALE_OUT_OF_RANGE);
	assert_int_equal(marker_is_there(f->loop.fd, VOLUME, 299 * MIB), 0);
}

static void an_unknown_type_is_refused(void **state)
{
	struct fixture *f = *state;
	struct format_request req = request(f, "ntfs");
	struct format_result result;

	assert_int_equal(format_ensure(&f->call, &req, &result),
			 SCALE_INVALID_ARGUMENT);
	assert_true(format_knows("btrfs"));
	assert_false(format_knows("ext2"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(uuids_follow_from_the_volume_alone),
		TEST(the_rule_holds_for_every_case),
		cmocka_unit_test(a_blank_device_gets_every_type_once),
		TEST(data_without_a_signature_is_refused_and_stays),
		TEST(another_file_system_is_refused_and_stays),
		TEST(a_copy_is_never_formatted),
		TEST(a_killed_mkfs_of_ours_is_made_again),
		TEST(an_mkfs_that_failed_is_made_again),
		TEST(a_killed_mkfs_is_known_after_the_device_has_grown),
		TEST(another_volumes_marker_proves_nothing),
		TEST(an_unfinished_xfs_of_ours_is_made_again),
		TEST(a_marker_beside_a_finished_file_system_goes),
		TEST(a_cancel_does_not_stop_a_format),
		TEST(a_device_too_small_is_refused_untouched),
		TEST(an_unknown_type_is_refused),
	};

	if (mount_space_enter() != 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
