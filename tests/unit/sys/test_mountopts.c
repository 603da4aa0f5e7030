/* SPDX-License-Identifier: BSD-2-Clause */
/* Options become flags, data, or a refusal. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mount.h>

#include <cmocka.h>

#include "sys/mountopts.h"

static const struct {
	const char *options[4];
	unsigned long flags;
	const char *data;
} rows[] = {
	{{NULL}, 0, ""},
	{{"", NULL}, 0, ""},
	{{"ro"}, MS_RDONLY, ""},
	{{"ro", "rw"}, 0, ""},
	{{"noatime,nodev", "discard"}, MS_NOATIME | MS_NODEV, "discard"},
	{{"noatime", "relatime"}, MS_RELATIME, ""},
	{{"defaults,_netdev,nofail,x-systemd.automount"}, 0, ""},
	{{"data=ordered", "commit=5"}, 0, "data=ordered,commit=5"},
	{{"context=\"system_u:object_r:container_file_t:s0:c1,c2\"", "ro"},
	 MS_RDONLY,
	 "context=\"system_u:object_r:container_file_t:s0:c1,c2\""},
	{{",,discard,"}, 0, "discard"},
};

static void options_become_flags_and_data(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct mountopts opts;
		char bad[64];

		assert_int_equal(mountopts_parse(rows[i].options, &opts, bad,
						 sizeof(bad)),
				 0);
		assert_int_equal(opts.flags, rows[i].flags);
		assert_string_equal(opts.data, rows[i].data);
	}
}

static void other_kinds_of_mount_are_refused_by_name(void **state)
{
	static const char *const refused[] = {
		"bind", "remount",         "rshared",
		"loop", "loop=/dev/loop3", "offset=512"};

	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++) {
		const char *options[] = {"ro,noatime", refused[i], NULL};
		struct mountopts opts;
		char bad[64];

		assert_int_equal(
			mountopts_parse(options, &opts, bad, sizeof(bad)),
			-EINVAL);
		assert_string_equal(bad, refused[i]);
	}
}

static void what_mount_2_cannot_take_is_refused(void **state)
{
	static char option[5000];
	const char *options[] = {option, NULL};
	struct mountopts opts;
	char bad[64];

	(void)state;
	memset(option, 'a', sizeof(option) - 1);
	assert_int_equal(mountopts_parse(options, &opts, bad, sizeof(bad)),
			 -E2BIG);
}

static void an_option_is_found_inside_a_list(void **state)
{
	const char *options[] = {"noatime,ro", "context=\"a,rw\"", NULL};

	(void)state;
	assert_true(mountopts_have(options, "ro"));
	assert_false(mountopts_have(options, "rw"));
	assert_false(mountopts_have(options, "rw\""));
	assert_false(mountopts_have(NULL, "ro"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_become_flags_and_data),
		cmocka_unit_test(other_kinds_of_mount_are_refused_by_name),
		cmocka_unit_test(what_mount_2_cannot_take_is_refused),
		cmocka_unit_test(an_option_is_found_inside_a_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
