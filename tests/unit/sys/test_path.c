/* SPDX-License-Identifier: BSD-2-Clause */
/* Nobody's link leads us out of kubelet's directory. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "sys/path.h"

struct fixture {
	struct arena *arena;
	char base[64]; /* base/root/pods, base/other, base/alias -> root */
	int base_fd;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return -1;
	f->arena = arena_new(1u << 20);
	snprintf(f->base, sizeof(f->base), "/tmp/scale-path-XXXXXX");
	if (mkdtemp(f->base) == NULL)
		return -1;
	f->base_fd = open(f->base, O_RDONLY | O_DIRECTORY);
	*state = f;
	return mkdirat(f->base_fd, "root", 0755) ||
	       mkdirat(f->base_fd, "root/pods", 0755) ||
	       mkdirat(f->base_fd, "other", 0755) ||
	       symlinkat("root", f->base_fd, "alias") ||
	       symlinkat("../other", f->base_fd, "root/link") ||
	       symlinkat("pods", f->base_fd, "root/inner");
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	unlinkat(f->base_fd, "root/inner", 0);
	unlinkat(f->base_fd, "root/link", 0);
	unlinkat(f->base_fd, "alias", 0);
	unlinkat(f->base_fd, "other", AT_REMOVEDIR);
	unlinkat(f->base_fd, "root/pods", AT_REMOVEDIR);
	unlinkat(f->base_fd, "root", AT_REMOVEDIR);
	close(f->base_fd);
	rmdir(f->base);
	arena_free(f->arena);
	free(f);
	return 0;
}

static int open_in(struct fixture *f, const char *root, const char *path,
		   const char **ret_name, const char **ret_real)
{
	const char *full = arena_printf(f->arena, "%s/%s", f->base, path);
	const char *below =
		root == NULL ? NULL
			     : arena_printf(f->arena, "%s/%s", f->base, root);

	return path_open_parent(f->arena, below, full, ret_name, ret_real);
}

static void the_parent_is_opened_and_the_rest_is_named(void **state)
{
	struct fixture *f = *state;
	const char *name, *real;
	int fd = open_in(f, "root", "root/pods/target", &name, &real);

	assert_true(fd >= 0);
	assert_string_equal(name, "target");
	assert_string_equal(
		real, arena_printf(f->arena, "%s/root/pods/target", f->base));
	close(fd);
	fd = open_in(f, "root", "root/target", &name, &real);
	assert_true(fd >= 0);
	close(fd);
}

static void links_below_the_root_are_refused(void **state)
{
	struct fixture *f = *state;
	const char *name, *real;

	assert_int_equal(open_in(f, "root", "root/link/target", &name, &real),
			 -ELOOP);
	assert_int_equal(open_in(f, "root", "root/inner/target", &name, &real),
			 -ELOOP);
	assert_int_equal(open_in(f, NULL, "alias/pods/x", &name, &real),
			 -ELOOP);
}

static void the_root_itself_may_be_a_link(void **state)
{
	struct fixture *f = *state;
	const char *name, *real;
	int fd = open_in(f, "alias", "alias/pods/target", &name, &real);

	assert_true(fd >= 0);
	/* as mountinfo will call it */
	assert_string_equal(
		real, arena_printf(f->arena, "%s/root/pods/target", f->base));
	close(fd);
}

static void what_is_not_below_the_root_is_refused(void **state)
{
	struct fixture *f = *state;
	const char *name, *real;

	assert_int_equal(open_in(f, "root", "other/x", &name, &real), -EXDEV);
	assert_int_equal(open_in(f, "root", "root2/x", &name, &real), -EXDEV);
	assert_int_equal(open_in(f, "root", "root", &name, &real), -EXDEV);
}

static void crooked_paths_are_refused(void **state)
{
	static const char *const bad[] = {"some/path", "",       "/",
					  "/a//b",     "/a/./b", "/a/../b",
					  "/a/",       "/.",     "/.."};
	struct fixture *f = *state;
	const char *name, *real;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(
			path_open_parent(f->arena, NULL, bad[i], &name, &real),
			-EINVAL);
}

static void an_absent_parent_is_told_apart(void **state)
{
	const char *name, *real;

	assert_int_equal(open_in(*state, "root", "root/gone/x", &name, &real),
			 -ENOENT);
}

static void making_twice_is_fine_and_another_kind_is_not(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(path_make_directory(f->base_fd, "d"), 0);
	assert_int_equal(path_make_directory(f->base_fd, "d"), 0);
	assert_int_equal(path_make_file(f->base_fd, "d"), -EISDIR);
	assert_int_equal(path_make_file(f->base_fd, "f"), 0);
	assert_int_equal(path_make_file(f->base_fd, "f"), 0);
	assert_int_equal(path_make_directory(f->base_fd, "f"), -ENOTDIR);
	assert_int_equal(path_make_directory(f->base_fd, "alias"), -ENOTDIR);
	assert_int_equal(path_remove(f->base_fd, "d"), 0);
	assert_int_equal(path_remove(f->base_fd, "d"), 0);
	assert_int_equal(path_remove(f->base_fd, "f"), 0);
}

static void only_what_is_empty_is_removed(void **state)
{
	struct fixture *f = *state;
	int fd = openat(f->base_fd, "data", O_CREAT | O_WRONLY, 0600);

	assert_int_equal(write(fd, "x", 1), 1);
	close(fd);
	assert_int_equal(path_remove(f->base_fd, "data"), -ENOTEMPTY);
	assert_int_equal(path_remove(f->base_fd, "root"), -ENOTEMPTY);
	assert_int_equal(path_remove(f->base_fd, "alias"), -EPERM);
	assert_int_equal(unlinkat(f->base_fd, "data", 0), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_parent_is_opened_and_the_rest_is_named),
		TEST(links_below_the_root_are_refused),
		TEST(the_root_itself_may_be_a_link),
		TEST(what_is_not_below_the_root_is_refused),
		TEST(crooked_paths_are_refused),
		TEST(an_absent_parent_is_told_apart),
		TEST(making_twice_is_fine_and_another_kind_is_not),
		TEST(only_what_is_empty_is_removed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
