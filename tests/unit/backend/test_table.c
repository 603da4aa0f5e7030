/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of loaded backends: found, unique, opened, closed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "backend/table.h"
#include "harness.h"

static char error[SCALE_TEXT_MAX];

static int load(const char *const *names, struct backend_table *table)
{
	return backend_table_load(SAMPLE_DIR, names, table, error,
				  sizeof(error));
}

static void backends_are_found_by_name_and_prefix(void **state)
{
	const char *names[] = {"serial", "good", NULL};
	struct backend_table table;

	(void)state;
	assert_int_equal(load(names, &table), 0);
	assert_int_equal(table.n, 2);
	assert_string_equal(table.backends[0]->descriptor.name, "good");
	assert_ptr_equal(backend_find_name(&table, "serial"),
			 table.backends[1]);
	assert_ptr_equal(backend_find_prefix(&table, "scale-sample"),
			 table.backends[0]);
	assert_null(backend_find_name(&table, "smb"));
	assert_null(backend_find_prefix(&table, "scale-smb"));
	backend_table_close(&table);
	assert_int_equal(table.n, 0);
}

static void one_prefix_has_one_backend(void **state)
{
	const char *names[] = {"good", "twin", NULL};
	struct backend_table table;

	(void)state;
	assert_int_equal(load(names, &table), -EEXIST);
	assert_non_null(strstr(error, "backend_good.so"));
	assert_non_null(strstr(error, "backend_twin.so"));
	assert_non_null(strstr(error, "'scale-sample'"));
}

static void a_backend_is_named_once(void **state)
{
	const char *names[] = {"good", "good", NULL};
	struct backend_table table;

	(void)state;
	assert_int_equal(load(names, &table), -EEXIST);
	assert_non_null(strstr(error, "'good' is named twice"));
}

static void one_that_does_not_load_ends_it(void **state)
{
	const char *names[] = {"good", "magic", NULL};
	struct backend_table table;

	(void)state;
	assert_int_equal(load(names, &table), -ENOEXEC);
	assert_non_null(strstr(error, "backend_magic.so"));
}

static void without_names_every_file_is_loaded(void **state)
{
	struct backend_table table;

	(void)state;
	/* Most of what is there is broken: the first of it is told. */
	assert_int_equal(load(NULL, &table), -EINVAL);
	assert_non_null(strstr(error, "backend_default.so"));
}

static void a_directory_that_is_not_there_is_named(void **state)
{
	struct backend_table table;

	(void)state;
	assert_int_equal(backend_table_load("/nowhere", NULL, &table, error,
					    sizeof(error)),
			 -ENOENT);
	assert_non_null(strstr(error, "'/nowhere'"));
}

static void open_that_fails_is_told_with_its_reason(void **state)
{
	const char *names[] = {"good", "openfails", NULL};
	struct backend_table table;
	struct harness harness;

	(void)state;
	harness_init(&harness, (struct host_config){0});
	assert_int_equal(load(names, &table), 0);
	assert_int_equal(
		backend_table_open(&table, &harness.call, harness.host),
		SCALE_FAILED_PRECONDITION);
	assert_string_equal(harness.call.reason,
			    "backend 'openfails' could not be started: the "
			    "moon is not full");
	assert_true(table.backends[0]->is_open);
	assert_false(table.backends[1]->is_open);
	backend_table_close(&table);
	harness_done(&harness);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(backends_are_found_by_name_and_prefix),
		cmocka_unit_test(one_prefix_has_one_backend),
		cmocka_unit_test(a_backend_is_named_once),
		cmocka_unit_test(one_that_does_not_load_ends_it),
		cmocka_unit_test(without_names_every_file_is_loaded),
		cmocka_unit_test(a_directory_that_is_not_there_is_named),
		cmocka_unit_test(open_that_fails_is_told_with_its_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
