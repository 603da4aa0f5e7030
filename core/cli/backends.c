/* SPDX-License-Identifier: BSD-2-Clause */
/* `backends`: which ones are there, and what each declares. */
#include "cli/backends.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "backend/describe.h"
#include "backend/table.h"
#include "base/text.h"
#include "cli/options.h"

const char *backends_find_dir(char *buf, unsigned long size)
{
	char self[4096];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	struct text path;
	char *slash;

	if (n <= 0)
		return NULL;
	self[n] = '\0';
	for (int up = 0; up < 2; up++) { /* .../bin/scale-csi */
		slash = strrchr(self, '/');
		if (slash == NULL)
			return NULL;
		*slash = '\0';
	}
	text_init(&path, buf, size);
	text_printf(&path, "%s/lib/scale-csi", self);
	return path.overflow ? NULL : buf;
}

int backends_run(int argc, char **argv)
{
	const char *dir = NULL, *name = NULL;
	const struct option_spec specs[] = {
		{"backend-dir", &dir, 0, "folder of the backends"},
		{"dump", &name, 0, "describe one backend as key=value lines"},
		{NULL, NULL, 0, NULL},
	};
	struct backend_table table = {0};
	char error[1024], found[4096];
	const char *only[] = {NULL, NULL};
	int rc = options_parse(argc, argv, "backends", specs);

	if (rc != 0)
		return rc;
	only[0] = name;
	if (dir == NULL)
		dir = backends_find_dir(found, sizeof(found));
	if (dir == NULL) {
		(void)fprintf(stderr, "backends: --backend-dir is missing\n");
		return 2;
	}
	if (backend_table_load(dir, name != NULL ? only : NULL, &table, error,
			       sizeof(error)) < 0) {
		(void)fprintf(stderr, "%s\n", error);
		return 1;
	}
	for (size_t i = 0; i < table.n; i++)
		if (name != NULL)
			describe_backend(table.backends[i], stdout);
		else
			describe_line(table.backends[i], stdout);
	backend_table_close(&table);
	return 0;
}
