/* SPDX-License-Identifier: BSD-2-Clause */
/* The node's files: below declared paths, whole, and by nobody's links. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness.h"

static struct harness harness;
static char root[32];

static const char *in_root(const char *path)
{
	static char full[128];

	(void)snprintf(full, sizeof(full), "%s%s", root, path);
	return full;
}

static void make_file(const char *path, const char *text, size_t len)
{
	FILE *out = fopen(in_root(path), "we");

	assert_non_null(out);
	assert_int_equal(fwrite(text, 1, len, out), len);
	assert_int_equal(fclose(out), 0);
}

static int setup(void **state)
{
	(void)state;
	(void)snprintf(root, sizeof(root), "/tmp/root-XXXXXX");
	if (mkdtemp(root) == NULL || mkdir(in_root("/etc"), 0755) != 0 ||
	    mkdir(in_root("/etc/toy"), 0755) != 0)
		return -1;
	harness_init(&harness, (struct host_config){.host_root = root});
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int type,
		      struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int teardown(void **state)
{
	(void)state;
	harness_done(&harness);
	return nftw(root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

struct access {
	const char *path;
	const char *text; /* to write; NULL: read into it */
	uint32_t mode;
};

static scale_status act(struct scale_call *call, void *arg)
{
	struct access *access = arg;

	if (access->text != NULL)
		return call->host->host_write(call, access->path, access->mode,
					      access->text);
	return call->host->host_read(call, access->path, &access->text);
}

static scale_status read_it(const char *path, const char **ret)
{
	struct access access = {.path = path};
	scale_status st = harness_run(&harness, act, &access);

	if (ret != NULL)
		*ret = access.text;
	return st;
}

static scale_status write_it(const char *path, const char *text, uint32_t mode)
{
	struct access access = {path, text, mode};

	return harness_run(&harness, act, &access);
}

static void what_is_written_is_read_again(void **state)
{
	const char *text = NULL;
	struct stat st;
	size_t entries = 0;
	DIR *dir;

	(void)state;
	assert_int_equal(write_it("/etc/toy/name", "one\n", 0600), SCALE_OK);
	assert_int_equal(write_it("/etc/toy/name", "two\n", 0640), SCALE_OK);
	assert_int_equal(read_it("/etc/toy/name", &text), SCALE_OK);
	assert_string_equal(text, "two\n");
	assert_int_equal(stat(in_root("/etc/toy/name"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	/* nothing but the file is left */
	dir = opendir(in_root("/etc/toy"));
	assert_non_null(dir);
	while (readdir(dir) != NULL)
		entries++;
	(void)closedir(dir);
	assert_int_equal(entries, 3);
}

static void a_missing_file_is_not_found(void **state)
{
	(void)state;
	assert_int_equal(read_it("/etc/toy/none", NULL), SCALE_NOT_FOUND);
	assert_string_equal(harness.call.reason,
			    "there is no file '/etc/toy/none' on this node");
	assert_int_equal(write_it("/etc/toy/sub/none", "x", 0600),
			 SCALE_NOT_FOUND);
}

static void only_declared_paths_are_reached(void **state)
{
	static const char *const paths[] = {
		"/etc/shadow",  "/etc/toyother", "/etc/toy/../shadow",
		"/etc/toy/./a", "/etc/toy//a",   "etc/toy/a",
		"/etc/toy/",    "/etc/exactly",  ""};

	(void)state;
	make_file("/etc/shadow", "x", 1);
	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		if (read_it(paths[i], NULL) != SCALE_INTERNAL)
			fail_msg("'%s' was let through", paths[i]);
		assert_int_equal(write_it(paths[i], "x", 0600), SCALE_INTERNAL);
	}
	make_file("/etc/exact", "y", 1);
	assert_int_equal(read_it("/etc/exact", NULL), SCALE_OK);
}

static void no_link_is_followed(void **state)
{
	char target[64], link[64];
	struct stat st;

	(void)state;
	make_file("/etc/shadow", "x", 1);
	(void)snprintf(target, sizeof(target), "%s/etc/shadow", root);
	(void)snprintf(link, sizeof(link), "%s/etc/toy/link", root);
	assert_int_equal(symlink(target, link), 0);
	assert_int_equal(read_it("/etc/toy/link", NULL),
			 SCALE_FAILED_PRECONDITION);
	assert_non_null(strstr(harness.call.reason, "symbolic link"));
	/* a write replaces the link and leaves alone what it points to */
	assert_int_equal(write_it("/etc/toy/link", "new", 0600), SCALE_OK);
	assert_int_equal(lstat(link, &st), 0);
	assert_true(S_ISREG(st.st_mode));
	assert_int_equal(stat(target, &st), 0);
	assert_int_equal(st.st_size, 1);

	(void)snprintf(link, sizeof(link), "%s/etc/toy/dir", root);
	assert_int_equal(symlink("..", link), 0);
	assert_int_equal(read_it("/etc/toy/dir/shadow", NULL),
			 SCALE_FAILED_PRECONDITION);
	assert_int_equal(write_it("/etc/toy/dir/shadow", "x", 0600),
			 SCALE_FAILED_PRECONDITION);
}

static void what_is_no_small_text_is_refused(void **state)
{
	static char big[(64 << 10) + 2];

	(void)state;
	memset(big, 'b', sizeof(big) - 1);
	make_file("/etc/toy/big", big, sizeof(big) - 1);
	assert_int_equal(read_it("/etc/toy/big", NULL),
			 SCALE_FAILED_PRECONDITION);
	assert_non_null(strstr(harness.call.reason, "larger than 64 KiB"));
	assert_int_equal(write_it("/etc/toy/new", big, 0600),
			 SCALE_FAILED_PRECONDITION);
	make_file("/etc/toy/binary", "a\0b", 3);
	assert_int_equal(read_it("/etc/toy/binary", NULL),
			 SCALE_FAILED_PRECONDITION);
	assert_int_equal(mkfifo(in_root("/etc/toy/pipe"), 0600), 0);
	assert_int_equal(read_it("/etc/toy/pipe", NULL),
			 SCALE_FAILED_PRECONDITION);
	big[64 << 10] = '\0';
	assert_int_equal(write_it("/etc/toy/new", big, 0600), SCALE_OK);
	assert_int_equal(read_it("/etc/toy/new", NULL), SCALE_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		TEST(what_is_written_is_read_again),
		TEST(a_missing_file_is_not_found),
		TEST(only_declared_paths_are_reached),
		TEST(no_link_is_followed),
		TEST(what_is_no_small_text_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
