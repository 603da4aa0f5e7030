/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line, by one table per command. */
#include "cli/options.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define OPTIONS_MAX 16

static const struct option_spec *options_find(const struct option_spec *specs,
					      const char *name, size_t len)
{
	for (; specs->name != NULL; specs++)
		if (strlen(specs->name) == len &&
		    strncmp(specs->name, name, len) == 0)
			return specs;
	return NULL;
}

static int options_fail_unknown(const struct option_spec *specs,
				const char *command, const char *word)
{
	const char *known[OPTIONS_MAX + 1] = {NULL};
	const char *nearest = NULL;
	size_t n = 0;

	for (; specs->name != NULL && n < OPTIONS_MAX; specs++)
		known[n++] = specs->name;
	if (text_starts(word, "--"))
		nearest = text_nearest(word + 2, known);
	(void)fprintf(stderr, "%s: '%s' is not an option", command, word);
	if (nearest != NULL)
		(void)fprintf(stderr, "; did you mean '--%s'?", nearest);
	(void)fputc('\n', stderr);
	return 2;
}

int options_parse(int argc, char **argv, const char *command,
		  const struct option_spec *specs)
{
	for (int i = 0; i < argc; i++) {
		const char *word = argv[i];
		size_t len = strcspn(word, "=");
		const struct option_spec *spec = NULL;

		if (text_starts(word, "--"))
			spec = options_find(specs, word + 2, len - 2);
		if (spec == NULL)
			return options_fail_unknown(specs, command, word);
		if (word[len] == '=') {
			*spec->value = word + len + 1;
		} else if (i + 1 < argc) {
			*spec->value = argv[++i];
		} else {
			(void)fprintf(stderr, "%s: --%s needs a value\n",
				      command, spec->name);
			return 2;
		}
	}
	for (; specs->name != NULL; specs++)
		if (specs->is_required && *specs->value == NULL) {
			(void)fprintf(stderr, "%s: --%s is missing: %s\n",
				      command, specs->name, specs->meaning);
			return 2;
		}
	return 0;
}
