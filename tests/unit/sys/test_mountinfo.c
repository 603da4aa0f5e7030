/* SPDX-License-Identifier: BSD-2-Clause */
/* Mount tables are read as the kernel writes them. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/sysmacros.h>

#include <cmocka.h>

#include "sys/mountinfo.h"

static const char sample[] =
	"22 1 254:1 / / rw,relatime shared:1 - ext4 /dev/root "
	"rw,errors=continue\n"
	"30 22 0:26 / /mnt/with\\040blank\\134and\\011tab rw - tmpfs a\\043b "
	"rw\n"
	"31 22 8:16 / /stage rw,noatime shared:7 master:2 - ext4 /dev/sdb rw\n"
	"32 22 8:16 / /target ro,noatime - ext4 /dev/sdb rw\n"
	"33 22 0:55 / /nfs rw - nfs4 [fd00::1]:/mnt/tank/pvc-1 rw,vers=4.2\n"
	"34 22 0:5 /loop8 /raw rw - devtmpfs udev rw\n"
	"35 31 0:60 / /stage rw - tmpfs over rw\n";

static int set_up(void **state)
{
	*state = arena_new(1u << 20);
	return *state == NULL;
}

static int tear_down(void **state)
{
	arena_free(*state);
	return 0;
}

static void parse(struct arena *arena, struct mountinfo *info)
{
	char *text = arena_strdup(arena, sample);

	assert_non_null(text);
	assert_int_equal(mountinfo_parse(arena, text, info), 0);
}

static void every_field_is_where_the_kernel_put_it(void **state)
{
	struct mountinfo info;

	parse(*state, &info);
	assert_int_equal(info.n, 7);
	assert_true(info.entries[2].dev == makedev(8, 16));
	assert_string_equal(info.entries[2].root, "/");
	assert_string_equal(info.entries[2].target, "/stage");
	assert_string_equal(info.entries[2].options, "rw,noatime");
	assert_string_equal(info.entries[2].fs_type, "ext4");
	assert_string_equal(info.entries[2].source, "/dev/sdb");
	assert_string_equal(info.entries[4].source,
			    "[fd00::1]:/mnt/tank/pvc-1");
	assert_string_equal(info.entries[5].root, "/loop8");
}

static void octal_escapes_are_decoded(void **state)
{
	struct mountinfo info;

	parse(*state, &info);
	assert_string_equal(info.entries[1].target,
			    "/mnt/with blank\\and\ttab");
	assert_string_equal(info.entries[1].source, "a#b");
}

static void the_topmost_mount_is_what_one_sees(void **state)
{
	struct mountinfo info;

	parse(*state, &info);
	assert_string_equal(mountinfo_find_target(&info, "/stage")->fs_type,
			    "tmpfs");
	assert_null(mountinfo_find_target(&info, "/stag"));
	assert_null(mountinfo_find_target(&info, "/stage/"));
}

static void all_mounts_of_a_device_are_found(void **state)
{
	const struct mountinfo_entry *entry;
	struct mountinfo info;

	parse(*state, &info);
	entry = mountinfo_next_device(&info, makedev(8, 16), NULL);
	assert_string_equal(entry->target, "/stage");
	entry = mountinfo_next_device(&info, makedev(8, 16), entry);
	assert_string_equal(entry->target, "/target");
	assert_null(mountinfo_next_device(&info, makedev(8, 16), entry));
}

static void options_are_whole_words(void **state)
{
	struct mountinfo info;

	parse(*state, &info);
	assert_true(mountinfo_has_option(&info.entries[3], "ro"));
	assert_true(mountinfo_has_option(&info.entries[3], "noatime"));
	assert_false(mountinfo_has_option(&info.entries[2], "ro"));
	assert_false(mountinfo_has_option(&info.entries[3], "atime"));
}

static void lines_that_are_none_are_refused(void **state)
{
	static const char *const bad[] = {
		"22",
		"22 1 254:1 / /",
		"22 1 254:1 / / rw shared:1",
		"22 1 254:1 / / rw -",
		"22 1 254:1 / / rw - ext4",
		"22 1 254 / / rw - ext4 /dev/root rw",
		"22 1 254:x / / rw - ext4 /dev/root rw",
		"22 1 -1:99999999 / / rw - ext4 /dev/root rw",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		char *text = arena_strdup(*state, bad[i]);
		struct mountinfo info;

		assert_int_equal(mountinfo_parse(*state, text, &info),
				 -EBADMSG);
	}
}

static void the_kernels_own_table_is_read(void **state)
{
	struct mountinfo info;

	assert_int_equal(mountinfo_read(*state, NULL, &info), 0);
	assert_non_null(mountinfo_find_target(&info, "/"));
	assert_non_null(mountinfo_find_target(&info, "/proc"));
	assert_int_equal(mountinfo_read(*state, "/nowhere", &info), -ENOENT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_field_is_where_the_kernel_put_it),
		TEST(octal_escapes_are_decoded),
		TEST(the_topmost_mount_is_what_one_sees),
		TEST(all_mounts_of_a_device_are_found),
		TEST(options_are_whole_words),
		TEST(lines_that_are_none_are_refused),
		TEST(the_kernels_own_table_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
