/* SPDX-License-Identifier: BSD-2-Clause */
/* A description is stable, line by line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "backend/describe.h"
#include "harness.h"

static void a_backend_is_described_line_by_line(void **state)
{
	static const char want[] =
		"name=toy\nid_prefix=scale-toy\nversion=0.1\nsummary=A toy\n"
		"abi=0.0\nfile=/lib/backend_toy.so\n"
		"can=block,fence\nthreads=parallel\n"
		"has_create=1\nhas_destroy=1\nhas_publish=1\n"
		"has_unpublish=1\nhas_attach=1\nhas_detach=1\n"
		"methods=toy.*\ntools=cat,sleep,toytool\n"
		"paths=/etc/toy/,/etc/exact\n"
		"service=toyd\nnas_min=251000\n"
		"param=hosts type=string flags=config default=* help=Who.\n"
		"param=password type=string flags=secret help=Word.\n"
		"param=blocks type=uint flags=class default=8 limits=1..64 "
		"help=Many.\n";
	struct harness harness;
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	(void)state;
	harness_init(&harness, (struct host_config){0});
	describe_backend(&harness.backend, out);
	assert_int_equal(fclose(out), 0);
	assert_string_equal(text, want);
	free(text);
	harness_done(&harness);
}

static void a_line_is_for_people(void **state)
{
	struct harness harness;
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	(void)state;
	harness_init(&harness, (struct host_config){0});
	describe_line(&harness.backend, out);
	assert_int_equal(fclose(out), 0);
	assert_string_equal(text, "toy        0.1        A toy\n");
	free(text);
	harness_done(&harness);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_backend_is_described_line_by_line),
		cmocka_unit_test(a_line_is_for_people),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
