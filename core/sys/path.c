/* SPDX-License-Identifier: BSD-2-Clause */
/* openat2() below a root. */
#include "sys/path.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"

#define DIR_FLAGS    (O_PATH | O_DIRECTORY | O_CLOEXEC)
#define TARGET_MODE  0750
#define PROC_FD_ROOM 32

static bool is_plain(const char *path)
{
	if (path[0] != '/')
		return false;
	while (*path != '\0') {
		size_t len = strcspn(++path, "/");

		if (len == 0 || (len == 1 && path[0] == '.') ||
		    (len == 2 && path[0] == '.' && path[1] == '.'))
			return false;
		path += len;
	}
	return true;
}

/* @path relative to @root, or NULL. */
static const char *path_below(const char *root, const char *path)
{
	size_t len = strlen(root);

	while (len > 0 && root[len - 1] == '/')
		len--;
	if (strncmp(path, root, len) != 0 || path[len] != '/' ||
	    path[len + 1] == '\0')
		return NULL;
	return path + len + 1;
}

/* What the kernel calls the directory behind @fd. */
static int real_name(struct arena *arena, int fd, const char **ret_name)
{
	char link[PROC_FD_ROOM], name[PATH_MAX];
	ssize_t len;

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd); /* fits */
	len = readlink(link, name, sizeof(name));
	if (len == -1)
		return -errno;
	if ((size_t)len == sizeof(name))
		return -ENAMETOOLONG;
	*ret_name = arena_strndup(arena, name, (size_t)len);
	return *ret_name != NULL ? 0 : -ENOMEM;
}

static int open_below(int root_fd, const char *path)
{
	struct open_how how = {
		.flags = DIR_FLAGS,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS,
	};
	long fd = syscall(SYS_openat2, root_fd, path, &how, sizeof(how));

	return fd == -1 ? -errno : (int)fd;
}

int path_open_parent(struct arena *arena, const char *root, const char *path,
		     const char **ret_name, const char **ret_real)
{
	const char *below, *slash, *parent, *name, *real;
	auto_fd int root_fd = -1, fd = -1;
	int rc;

	if (!is_plain(path))
		return -EINVAL;
	if (root == NULL)
		root = "/";
	below = path_below(root, path);
	if (below == NULL)
		return -EXDEV;
	slash = strrchr(below, '/');
	parent = slash == NULL
			 ? "."
			 : arena_strndup(arena, below, (size_t)(slash - below));
	name = arena_strdup(arena, slash == NULL ? below : slash + 1);
	if (parent == NULL || name == NULL)
		return -ENOMEM;
	root_fd = open(root, DIR_FLAGS);
	if (root_fd == -1)
		return -errno;
	fd = open_below(root_fd, parent);
	if (fd < 0)
		return fd;
	rc = real_name(arena, fd, &real);
	if (rc != 0)
		return rc;
	real = arena_printf(arena, "%s/%s", strcmp(real, "/") == 0 ? "" : real,
			    name);
	if (real == NULL)
		return -ENOMEM;
	*ret_name = name;
	*ret_real = real;
	return take_fd(&fd);
}

int path_make_directory(int parent_fd, const char *name)
{
	struct stat st;

	if (mkdirat(parent_fd, name, TARGET_MODE) == 0)
		return 0;
	if (errno != EEXIST)
		return -errno;
	if (fstatat(parent_fd, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return -errno;
	return S_ISDIR(st.st_mode) ? 0 : -ENOTDIR;
}

int path_make_file(int parent_fd, const char *name)
{
	auto_fd int fd = openat(parent_fd, name,
				O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0640);
	struct stat st;

	if (fd != -1)
		return 0;
	if (errno != EEXIST)
		return -errno;
	if (fstatat(parent_fd, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return -errno;
	return S_ISREG(st.st_mode) ? 0 : -EISDIR;
}

int path_remove(int parent_fd, const char *name)
{
	struct stat st;

	if (fstatat(parent_fd, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return errno == ENOENT ? 0 : -errno;
	if (S_ISREG(st.st_mode) && st.st_size > 0)
		return -ENOTEMPTY;
	if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
		return -EPERM;
	if (unlinkat(parent_fd, name, S_ISDIR(st.st_mode) ? AT_REMOVEDIR : 0) ==
		    -1 &&
	    errno != ENOENT)
		return -errno;
	return 0;
}
