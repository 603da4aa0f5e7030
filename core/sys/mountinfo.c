/* SPDX-License-Identifier: BSD-2-Clause */
/* /proc/self/mountinfo, line by line. */
#include "sys/mountinfo.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/cleanup.h"

#define FILE_BYTES_FIRST (64u << 10)
#define FILE_BYTES_MAX   (8u << 20)

/* Up to the blank; *@rest moves behind it.  NULL at the end of the line. */
static char *take_word(char **rest)
{
	char *word = *rest;

	if (word == NULL || *word == '\0')
		return NULL;
	*rest = strchr(word, ' ');
	if (*rest != NULL)
		*(*rest)++ = '\0';
	return word;
}

static bool is_octal(const char *text)
{
	return text[0] >= '0' && text[0] <= '3' && text[1] >= '0' &&
	       text[1] <= '7' && text[2] >= '0' && text[2] <= '7';
}

/* Blank, tab, line feed, backslash and '#' come as \ooo. */
static void decode(char *text)
{
	char *to = text;

	for (const char *from = text; *from != '\0'; to++) {
		if (from[0] == '\\' && is_octal(from + 1)) {
			*to = (char)((from[1] - '0') << 6 |
				     (from[2] - '0') << 3 | (from[3] - '0'));
			from += 4;
		} else {
			*to = *from++;
		}
	}
	*to = '\0';
}

static int parse_dev(const char *word, dev_t *ret_dev)
{
	char *end;
	unsigned long major, minor;

	major = strtoul(word, &end, 10);
	if (end == word || *end != ':' || major > 0xfff)
		return -EBADMSG;
	word = end + 1;
	minor = strtoul(word, &end, 10);
	if (end == word || *end != '\0' || minor > 0xfffff)
		return -EBADMSG;
	*ret_dev = makedev((unsigned int)major, (unsigned int)minor);
	return 0;
}

/* "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw" */
static int parse_line(char *line, struct mountinfo_entry *ret_entry)
{
	char *words[6], *optional, *fs_type, *source;

	for (size_t i = 0; i < 6; i++) {
		words[i] = take_word(&line);
		if (words[i] == NULL)
			return -EBADMSG;
	}
	do {
		optional = take_word(&line);
		if (optional == NULL)
			return -EBADMSG;
	} while (strcmp(optional, "-") != 0);
	fs_type = take_word(&line);
	source = take_word(&line);
	if (fs_type == NULL || source == NULL)
		return -EBADMSG;
	decode(words[3]);
	decode(words[4]);
	decode(fs_type);
	decode(source);
	ret_entry->root = words[3];
	ret_entry->target = words[4];
	ret_entry->options = words[5];
	ret_entry->fs_type = fs_type;
	ret_entry->source = source;
	return parse_dev(words[2], &ret_entry->dev);
}

int mountinfo_parse(struct arena *arena, char *text, struct mountinfo *ret_info)
{
	struct mountinfo info = {0};
	size_t lines = 1;

	for (const char *c = text; *c != '\0'; c++)
		lines += *c == '\n';
	info.entries = arena_array(arena, lines, sizeof(*info.entries));
	if (info.entries == NULL)
		return -ENOMEM;
	while (*text != '\0') {
		char *line = text;
		size_t len = strcspn(line, "\n");
		int rc;

		text += len + (line[len] == '\n' ? 1 : 0);
		line[len] = '\0';
		if (len == 0)
			continue;
		rc = parse_line(line, &info.entries[info.n]);
		if (rc != 0)
			return rc;
		info.n++;
	}
	*ret_info = info;
	return 0;
}

/* Reads @fd from its beginning into @buf; -ENOBUFS when it does not fit. */
static int read_whole(int fd, char *buf, size_t size)
{
	size_t len = 0;

	for (;;) {
		ssize_t n = pread(fd, buf + len, size - 1 - len, (off_t)len);

		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -errno;
		if (n == 0)
			break;
		len += (size_t)n;
		if (len == size - 1)
			return -ENOBUFS;
	}
	buf[len] = '\0';
	return 0;
}

int mountinfo_read(struct arena *arena, const char *file,
		   struct mountinfo *ret_info)
{
	auto_fd int fd = open(file != NULL ? file : "/proc/self/mountinfo",
			      O_RDONLY | O_CLOEXEC);

	if (fd == -1)
		return -errno;
	for (size_t size = FILE_BYTES_FIRST; size <= FILE_BYTES_MAX;
	     size *= 2) {
		auto_free char *buf = malloc(size);
		int rc = buf != NULL ? read_whole(fd, buf, size) : -ENOMEM;
		char *text;

		if (rc == -ENOBUFS)
			continue;
		if (rc != 0)
			return rc;
		text = arena_strdup(arena, buf);
		if (text == NULL)
			return -ENOMEM;
		return mountinfo_parse(arena, text, ret_info);
	}
	return -EFBIG;
}

const struct mountinfo_entry *
mountinfo_find_target(const struct mountinfo *info, const char *target)
{
	for (size_t i = info->n; i > 0; i--)
		if (strcmp(info->entries[i - 1].target, target) == 0)
			return &info->entries[i - 1];
	return NULL;
}

const struct mountinfo_entry *
mountinfo_next_device(const struct mountinfo *info, dev_t dev,
		      const struct mountinfo_entry *after)
{
	size_t i = after != NULL ? (size_t)(after - info->entries) + 1 : 0;

	for (; i < info->n; i++)
		if (info->entries[i].dev == dev)
			return &info->entries[i];
	return NULL;
}

bool mountinfo_has_option(const struct mountinfo_entry *entry, const char *name)
{
	size_t want = strlen(name);

	for (const char *word = entry->options; *word != '\0';) {
		size_t len = strcspn(word, ",");

		if (len == want && strncmp(word, name, len) == 0)
			return true;
		word += len + (word[len] == ',' ? 1 : 0);
	}
	return false;
}
