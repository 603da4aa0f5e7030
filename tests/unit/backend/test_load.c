/* SPDX-License-Identifier: BSD-2-Clause */
/* Every refusal of the loader, with its sentence. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "backend/load.h"

/* A directory of root's, with copies of what a test puts there. */
struct place {
	char dir[256];
	char file[300];
	char error[SCALE_TEXT_MAX];
};

/* Whether every file system counts as mounted read-only. */
static bool all_readonly;

int __real_statvfs(const char *path, struct statvfs *fs);
int __wrap_statvfs(const char *path, struct statvfs *fs);

int __wrap_statvfs(const char *path, struct statvfs *fs)
{
	int rc = __real_statvfs(path, fs);

	if (all_readonly)
		fs->f_flag |= ST_RDONLY;
	return rc;
}

static void copy_sample(struct place *place, const char *name)
{
	char from[512];
	struct stat st;
	int in, out;

	(void)snprintf(from, sizeof(from), "%s/backend_%s.so", SAMPLE_DIR,
		       name);
	(void)snprintf(place->file, sizeof(place->file), "%s/backend_%s.so",
		       place->dir, name);
	in = open(from, O_RDONLY | O_CLOEXEC);
	out = open(place->file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	assert_true(in >= 0 && out >= 0);
	assert_int_equal(fstat(in, &st), 0);
	assert_int_equal(sendfile(out, in, NULL, (size_t)st.st_size),
			 st.st_size);
	assert_int_equal(fchmod(out, 0644), 0);
	(void)close(in);
	assert_int_equal(close(out), 0);
}

static int setup(void **state)
{
	struct place *place = calloc(1, sizeof(*place));

	if (place == NULL)
		return -1;
	(void)snprintf(place->dir, sizeof(place->dir), "%s/place-XXXXXX",
		       SAMPLE_DIR);
	if (mkdtemp(place->dir) == NULL)
		return -1;
	all_readonly = false;
	*state = place;
	return 0;
}

static int teardown(void **state)
{
	struct place *place = *state;

	(void)unlink(place->file); /* if there is one */
	(void)rmdir(place->dir);
	free(place);
	return 0;
}

static int load(struct place *place, const char *name, struct backend **ret)
{
	return backend_load(place->dir, name, ret, place->error,
			    sizeof(place->error));
}

static void a_good_backend_is_taken_over(void **state)
{
	struct place *place = *state;
	struct backend *backend = NULL;

	copy_sample(place, "good");
	assert_int_equal(load(place, "good", &backend), 0);
	assert_string_equal(backend->descriptor.id_prefix, "scale-sample");
	assert_string_equal(backend->file, place->file);
	assert_non_null(backend->controller.create);
	assert_null(backend->controller.validate);
	assert_string_equal(backend->params[1].key, "mode");
	assert_null(backend->serial);
	assert_false(backend->is_open);
	backend_free(backend);
}

static void a_serial_backend_gets_a_gate(void **state)
{
	struct place *place = *state;
	struct backend *backend = NULL;

	copy_sample(place, "serial");
	assert_int_equal(load(place, "serial", &backend), 0);
	assert_non_null(backend->serial);
	backend_free(backend);
}

static void a_newer_backend_is_read_as_far_as_we_know(void **state)
{
	struct place *place = *state;
	struct backend *backend = NULL;

	copy_sample(place, "newer");
	assert_int_equal(load(place, "newer", &backend), 0);
	assert_int_equal(backend->descriptor.abi_minor, SCALE_ABI_MINOR + 1);
	assert_int_equal(backend->descriptor.n_params, 2);
	assert_string_equal(backend->params[0].key, "blocks");
	assert_string_equal(backend->params[1].key, "mode");
	assert_non_null(backend->node.detach);
	backend_free(backend);
}

static void whatever_is_wrong_is_refused_by_its_sentence(void **state)
{
	static const struct {
		const char *name;
		int err;
		const char *says;
	} rows[] = {
		{"nosymbol", -ENOEXEC, "exports no scale_backend_entry"},
		{"dependency", -ENOEXEC, "which it depends on"},
		{"undefined", -ENOEXEC, "undefined_nowhere"},
		{"nulldescriptor", -ENOEXEC, "gave no descriptor"},
		{"magic", -ENOEXEC, "begins with 0x12345678, not with"},
		{"major", -ENOEXEC, "built for ABI 7.0, this program has 0.0"},
		{"demanding", -ENOEXEC, "needs a host with ABI 0.5"},
		{"small", -ENOEXEC, "its descriptor has 64 bytes"},
		{"smallcontroller", -ENOEXEC, "controller table has 16 bytes"},
		{"smallnode", -ENOEXEC, "node table has 16 bytes"},
		{"smallparam", -ENOEXEC, "parameters have 8 bytes each"},
		{"nocreate", -ENOEXEC, "lacks the function 'create'"},
		{"nodetach", -ENOEXEC, "lacks the function 'detach'"},
		{"nofence", -ENOEXEC, "lacks the function 'unpublish'"},
		{"nomodify", -ENOEXEC, "lacks the function 'modify'"},
		{"nohalves", -ENOEXEC, "neither a controller nor a node"},
		{"misnamed", -EINVAL, "calls itself 'other'"},
		{"prefix", -EINVAL, "its id prefix 'Scale:'"},
		{"twicekey", -EINVAL, "'blocks' is declared twice"},
		{"default", -EINVAL, "'blocks' has a default outside"},
		{"toolpath", -EINVAL, "its tool '/bin/sh' is not a bare"},
		{"idle", -EINVAL, "neither file systems nor block devices"},
	};
	struct place *place = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct backend *backend = NULL;

		copy_sample(place, rows[i].name);
		assert_int_equal(load(place, rows[i].name, &backend),
				 rows[i].err);
		assert_null(backend);
		if (strstr(place->error, rows[i].says) == NULL)
			fail_msg("%s: %s", rows[i].name, place->error);
		assert_non_null(strstr(place->error, place->file));
		assert_int_equal(unlink(place->file), 0);
	}
}

static void a_name_that_could_be_a_path_is_refused(void **state)
{
	static const char *const names[] = {
		"", "../good", "Good", "good.so", "9p", "a23456789012345x"};
	struct place *place = *state;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		struct backend *backend = NULL;

		assert_int_equal(load(place, names[i], &backend), -EINVAL);
		assert_non_null(strstr(place->error, "[a-z][a-z0-9-]{0,14}"));
	}
}

static void a_missing_file_is_named(void **state)
{
	struct place *place = *state;
	struct backend *backend = NULL;

	assert_int_equal(load(place, "absent", &backend), -ENOENT);
	assert_non_null(strstr(place->error, "there is no '"));
	assert_non_null(strstr(place->error, "backend_absent.so"));
}

static void others_may_not_write_the_file(void **state)
{
	struct place *place = *state;
	struct backend *backend = NULL;

	copy_sample(place, "good");
	assert_int_equal(chmod(place->file, 0646), 0);
	assert_int_equal(load(place, "good", &backend), -EPERM);
	assert_non_null(strstr(place->error, "has mode 0646"));
	assert_int_equal(chmod(place->file, 0664), 0);
	assert_int_equal(load(place, "good", &backend), -EPERM);
	assert_non_null(strstr(place->error, "has mode 0664"));
}

static void a_group_may_not_write_the_directory(void **state)
{
	struct place *place = *state;
	struct backend *backend = NULL;

	copy_sample(place, "good");
	assert_int_equal(chmod(place->dir, 0775), 0);
	assert_int_equal(load(place, "good", &backend), -EPERM);
	assert_non_null(strstr(place->error, "has mode 0775"));
}

static void file_and_directory_are_roots(void **state)
{
	struct place *place = *state;
	struct backend *backend = NULL;

	copy_sample(place, "good");
	assert_int_equal(chown(place->file, 65534, (gid_t)-1), 0);
	assert_int_equal(load(place, "good", &backend), -EPERM);
	assert_non_null(strstr(place->error, "belongs to user 65534"));
	assert_int_equal(chown(place->file, 0, (gid_t)-1), 0);
	assert_int_equal(chown(place->dir, 65534, (gid_t)-1), 0);
	assert_int_equal(load(place, "good", &backend), -EPERM);
	assert_non_null(strstr(place->error, "belongs to user 65534"));
}

static void a_readonly_mount_excuses_owner_and_mode(void **state)
{
	struct place *place = *state;
	struct backend *backend = NULL;

	copy_sample(place, "good");
	assert_int_equal(chmod(place->file, 0666), 0);
	assert_int_equal(chown(place->dir, 65534, (gid_t)-1), 0);
	all_readonly = true;
	assert_int_equal(load(place, "good", &backend), 0);
	backend_free(backend);
}

static void a_symbolic_link_is_refused_even_there(void **state)
{
	struct place *place = *state;
	struct backend *backend = NULL;
	char link[300];

	copy_sample(place, "good");
	(void)snprintf(link, sizeof(link), "%s/backend_link.so", place->dir);
	assert_int_equal(symlink(place->file, link), 0);
	assert_int_equal(load(place, "link", &backend), -EPERM);
	assert_non_null(strstr(place->error, "is a symbolic link"));
	all_readonly = true;
	assert_int_equal(load(place, "link", &backend), -EPERM);
	assert_int_equal(unlink(link), 0);

	(void)snprintf(link, sizeof(link), "%s-link", place->dir);
	assert_int_equal(symlink(place->dir, link), 0);
	assert_int_equal(backend_load(link, "good", &backend, place->error,
				      sizeof(place->error)),
			 -EPERM);
	assert_non_null(strstr(place->error, "is a symbolic link"));
	assert_int_equal(unlink(link), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		TEST(a_good_backend_is_taken_over),
		TEST(a_serial_backend_gets_a_gate),
		TEST(a_newer_backend_is_read_as_far_as_we_know),
		TEST(whatever_is_wrong_is_refused_by_its_sentence),
		TEST(a_name_that_could_be_a_path_is_refused),
		TEST(a_missing_file_is_named),
		TEST(others_may_not_write_the_file),
		TEST(a_group_may_not_write_the_directory),
		TEST(file_and_directory_are_roots),
		TEST(a_readonly_mount_excuses_owner_and_mode),
		TEST(a_symbolic_link_is_refused_even_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
