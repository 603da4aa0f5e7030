/* SPDX-License-Identifier: BSD-2-Clause */
/* A table of flags, and what is left for the file system. */
#include "sys/mountopts.h"

#include <errno.h>
#include <string.h>
#include <sys/mount.h>

#include "base/text.h"

/* mount(8), "filesystem-independent mount options". */
static const struct {
	const char *name;
	unsigned long set, clear;
} flag_options[] = {
	{"ro", MS_RDONLY, 0},
	{"rw", 0, MS_RDONLY},
	{"nosuid", MS_NOSUID, 0},
	{"suid", 0, MS_NOSUID},
	{"nodev", MS_NODEV, 0},
	{"dev", 0, MS_NODEV},
	{"noexec", MS_NOEXEC, 0},
	{"exec", 0, MS_NOEXEC},
	{"sync", MS_SYNCHRONOUS, 0},
	{"async", 0, MS_SYNCHRONOUS},
	{"dirsync", MS_DIRSYNC, 0},
	{"noatime", MS_NOATIME, MS_RELATIME | MS_STRICTATIME},
	{"atime", 0, MS_NOATIME},
	{"nodiratime", MS_NODIRATIME, 0},
	{"diratime", 0, MS_NODIRATIME},
	{"relatime", MS_RELATIME, MS_NOATIME | MS_STRICTATIME},
	{"norelatime", 0, MS_RELATIME},
	{"strictatime", MS_STRICTATIME, MS_NOATIME | MS_RELATIME},
	{"nostrictatime", 0, MS_STRICTATIME},
	{"lazytime", MS_LAZYTIME, 0},
	{"nolazytime", 0, MS_LAZYTIME},
	{"silent", MS_SILENT, 0},
	{"loud", 0, MS_SILENT},
};

/* For mount(8), fstab and systemd only. */
static const char *const ignored_options[] = {
	"defaults", "auto",  "noauto", "user",    "nouser", "users",
	"owner",    "group", "nofail", "_netdev", NULL};

/* These would make something else than a new mount of this device. */
static const char *const refused_options[] = {
	"bind",  "rbind",      "move",      "remount",  "shared", "private",
	"slave", "unbindable", "rshared",   "rprivate", "rslave", "runbindable",
	"loop",  "offset",     "sizelimit", NULL};

static bool is_word(const char *option, size_t len, const char *word)
{
	return strncmp(option, word, len) == 0 && word[len] == '\0';
}

/* Whether the name of "name=value" is one of @words. */
static bool is_among(const char *option, size_t len, const char *const *words)
{
	const char *equals = memchr(option, '=', len);

	if (equals != NULL)
		len = (size_t)(equals - option);
	for (; *words != NULL; words++)
		if (is_word(option, len, *words))
			return true;
	return false;
}

static bool set_flag(const char *option, size_t len, unsigned long *flags)
{
	for (size_t i = 0; i < sizeof(flag_options) / sizeof(*flag_options);
	     i++) {
		if (!is_word(option, len, flag_options[i].name))
			continue;
		*flags &= ~flag_options[i].clear;
		*flags |= flag_options[i].set;
		return true;
	}
	return false;
}

/* The length of the first option of a list. */
static size_t option_len(const char *list)
{
	bool is_quoted = false;
	size_t len = 0;

	for (; list[len] != '\0'; len++) {
		if (list[len] == '"')
			is_quoted = !is_quoted;
		else if (list[len] == ',' && !is_quoted)
			break;
	}
	return len;
}

int mountopts_parse(const char *const *options, struct mountopts *ret_opts,
		    char *ret_bad, size_t size)
{
	struct text data, bad;

	text_init(&data, ret_opts->data, sizeof(ret_opts->data));
	text_init(&bad, ret_bad, size);
	ret_opts->flags = 0;
	for (; options != NULL && *options != NULL; options++) {
		const char *option = *options;

		while (*option != '\0') {
			size_t len = option_len(option);

			if (is_among(option, len, refused_options)) {
				text_put_n(&bad, option, len);
				return -EINVAL;
			}
			if (len > 0 && strncmp(option, "x-", 2) != 0 &&
			    !is_among(option, len, ignored_options) &&
			    !set_flag(option, len, &ret_opts->flags)) {
				if (data.len > 0)
					text_put_char(&data, ',');
				text_put_n(&data, option, len);
			}
			option += len + (option[len] == ',' ? 1 : 0);
		}
	}
	return data.overflow ? -E2BIG : 0;
}

bool mountopts_have(const char *const *options, const char *name)
{
	for (; options != NULL && *options != NULL; options++) {
		const char *option = *options;

		while (*option != '\0') {
			size_t len = option_len(option);

			if (is_word(option, len, name))
				return true;
			option += len + (option[len] == ',' ? 1 : 0);
		}
	}
	return false;
}
