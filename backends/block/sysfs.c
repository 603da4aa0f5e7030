/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading what the kernel says of devices. */
#include "sysfs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define TEXT_MAX        4096 /* sysfs: one page */
#define SECTOR_BYTES    512  /* Documentation/ABI/stable/sysfs-block: size */
#define SIZE_TRIES      100
#define REQUEST_MAX_KIB 1024u
#define SIZE_TRY_MS     100

const char *sysfs_text(struct scale_call *call, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char buf[TEXT_MAX + 1];
	ssize_t n;

	if (fd < 0)
		return "";
	n = read(fd, buf, TEXT_MAX);
	(void)close(fd); /* was only read */
	if (n <= 0)
		return "";
	buf[n] = '\0';
	return scale_text(call, "%.*s", (int)strcspn(buf, "\n"), buf);
}

static int is_shown(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

const char *const *sysfs_names(struct scale_call *call, const char *path)
{
	static const char *const none[] = {NULL};
	struct dirent **entries = NULL;
	const char **names;
	int n = scandir(path, &entries, is_shown, alphasort);

	if (n < 0)
		return none;
	names = call->host->alloc(call, ((size_t)n + 1) * sizeof(*names));
	for (int i = 0; i < n; i++) {
		if (names != NULL)
			names[i] = scale_text(call, "%s", entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	return names != NULL ? names : none;
}

int sysfs_numbers(const char *name, const char *pattern)
{
	for (; *pattern != '\0'; pattern++) {
		size_t digits = strspn(name, "0123456789");

		if (*pattern == '#' && digits == 0)
			return 0;
		if (*pattern == '#')
			name += digits;
		else if (*name++ != *pattern)
			return 0;
	}
	return *name == '\0';
}

int sysfs_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t n;
	int err;

	if (fd < 0)
		return -errno;
	n = write(fd, text, strlen(text));
	err = n < 0 ? -errno : 0;
	(void)close(fd); /* write() has told */
	return err;
}

int sysfs_ends_in(const char *name, const char *object)
{
	size_t have = strlen(name), want = strlen(object);

	return want > 0 && have > want && name[have - want - 1] == ':' &&
	       strcmp(name + have - want, object) == 0;
}

int sysfs_has_node(struct scale_call *call, const char *root, const char *dir,
		   const char *name)
{
	/* a test has both in one place */
	const char *dev = strcmp(root, SYSFS_ROOT) == 0
				  ? "/dev"
				  : scale_text(call, "%s/dev", root);
	const char *number = sysfs_text(call, scale_text(call, "%s/dev", dir));
	struct stat st;

	if (stat(scale_text(call, "%s/%s", dev, name), &st) != 0)
		return 0;
	return strcmp(number, scale_text(call, "%u:%u", major(st.st_rdev),
					 minor(st.st_rdev))) == 0;
}

void sysfs_limit_requests(struct scale_call *call, const char *dir)
{
	const char *path = scale_text(call, "%s/queue/max_sectors_kb", dir);
	unsigned long now = strtoul(sysfs_text(call, path), NULL, 10);

	if (now > REQUEST_MAX_KIB &&
	    sysfs_write(path, scale_text(call, "%u\n", REQUEST_MAX_KIB)) != 0)
		call->host->log(call, SCALE_WARNING,
				scale_text(call,
					   "cannot limit requests in '%s': "
					   "writes above 4 MiB may fail",
					   path));
}

scale_status sysfs_wait_size(struct scale_call *call, const char *dir,
			     uint64_t bytes)
{
	const char *path = scale_text(call, "%s/size", dir);
	scale_status st = SCALE_OK;

	for (int i = 0; i < SIZE_TRIES && st == SCALE_OK; i++) {
		const char *text = sysfs_text(call, path);

		if (strtoull(text, NULL, 10) >= bytes / SECTOR_BYTES)
			return SCALE_OK;
		st = call->host->wait_event(call, "block", SIZE_TRY_MS);
	}
	return st;
}
