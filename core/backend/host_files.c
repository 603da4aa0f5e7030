/* SPDX-License-Identifier: BSD-2-Clause */
/* The node's files for a backend: small texts below declared paths. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backend/host_impl.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "sys/path.h"

#define FILE_MAX_BYTES (64u << 10)
#define NAME_TRIES     8

/* "/etc/iscsi/" declares all below it, "/etc/iscsi/a.conf" that and all below.
 */
static bool is_declared(const char *const *paths, const char *path)
{
	for (; paths != NULL && *paths != NULL; paths++) {
		size_t len = strlen(*paths);

		if (text_starts(path, *paths) &&
		    (path[len] == '\0' || path[len] == '/' ||
		     (len > 0 && (*paths)[len - 1] == '/')))
			return true;
	}
	return false;
}

static scale_status tell(struct running *running, const char *verb,
			 const char *path, int err)
{
	struct call *call = running->call;

	switch (err) {
	case -ENOENT:
	case -ENOTDIR:
		return call_fail(call, SCALE_NOT_FOUND,
				 "there is no file '%s' on this node", path);
	case -ELOOP:
		return call_fail(call, SCALE_FAILED_PRECONDITION,
				 "a part of '%s' is a symbolic link on this "
				 "node, which is not followed",
				 path);
	case -EFBIG:
		return call_fail(call, SCALE_FAILED_PRECONDITION,
				 "the file '%s' on this node is larger than "
				 "64 KiB",
				 path);
	case -EBADMSG:
		return call_fail(call, SCALE_FAILED_PRECONDITION,
				 "the file '%s' on this node is no text", path);
	case -EACCES:
	case -EPERM:
		return call_fail(call, SCALE_PERMISSION_DENIED,
				 "%s '%s' is not allowed on this node", verb,
				 path);
	case -ENOSPC:
	case -EDQUOT:
		return call_fail(call, SCALE_RESOURCE_EXHAUSTED,
				 "%s '%s': this node has no space left", verb,
				 path);
	case -ENOMEM:
		return call_nomem(call);
	default:
		return call_fail(call, SCALE_INTERNAL, "%s '%s' failed: %s",
				 verb, path, strerrordesc_np(-err));
	}
}

/* The door of both services: the open directory and the name in it. */
static scale_status enter(struct running *running, const char *verb,
			  const char *path, int *ret_dir, const char **ret_name)
{
	struct arena *arena = running->call->arena;
	const char *root = running->host->host_root;
	const char *full, *real;
	scale_status st = host_enter(running);
	int fd;

	if (running->host->nas_services != NULL)
		return call_fail(running->call, SCALE_UNIMPLEMENTED,
				 "a node's files are reached on nodes only");
	if (st != SCALE_OK)
		return st;
	if (!is_declared(running->backend->descriptor.paths, path))
		return host_blame(running,
				  "it asked for the file '%s', which it does "
				  "not declare",
				  path);
	full = arena_printf(arena, "%s%s", root, path);
	if (full == NULL)
		return call_nomem(running->call);
	fd = path_open_parent(arena, root[0] == '\0' ? NULL : root, full,
			      ret_name, &real);
	if (fd == -EINVAL || fd == -EXDEV)
		return host_blame(running,
				  "it asked for the file '%s', which is not a "
				  "plain absolute path",
				  path);
	if (fd < 0)
		return tell(running, verb, path, fd);
	*ret_dir = fd;
	return SCALE_OK;
}

/* At most @size bytes into @buf; how many, or a negative errno. */
static ssize_t read_all(int fd, char *buf, size_t size)
{
	size_t len = 0;

	while (len < size) {
		ssize_t n = read(fd, buf + len, size - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		len += (size_t)n;
	}
	return (ssize_t)len;
}

static int read_text(struct arena *arena, int dir_fd, const char *name,
		     const char **ret_text)
{
	/* Not to be held up by a pipe that somebody put there. */
	auto_fd int fd = openat(dir_fd, name,
				O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	auto_free char *buf = NULL;
	struct stat st;
	ssize_t len;

	if (fd < 0 || fstat(fd, &st) != 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EBADMSG;
	buf = malloc(FILE_MAX_BYTES + 1);
	if (buf == NULL)
		return -ENOMEM;
	len = read_all(fd, buf, FILE_MAX_BYTES + 1);
	if (len < 0)
		return (int)len;
	if ((size_t)len > FILE_MAX_BYTES)
		return -EFBIG;
	if (memchr(buf, '\0', (size_t)len) != NULL)
		return -EBADMSG;
	*ret_text = arena_strndup(arena, buf, (size_t)len);
	explicit_bzero(buf, (size_t)len); /* it may hold a password */
	return *ret_text != NULL ? 0 : -ENOMEM;
}

scale_status host_read(struct scale_call *abi, const char *path,
		       const char **ret_text)
{
	struct running *running = running_of(abi);
	auto_fd int dir_fd = -1;
	const char *name;
	scale_status st = enter(running, "reading", path, &dir_fd, &name);
	int err;

	if (st != SCALE_OK)
		return st;
	err = read_text(running->call->arena, dir_fd, name, ret_text);
	return err == 0 ? SCALE_OK : tell(running, "reading", path, err);
}

static int write_all(int fd, const char *text, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, text, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		text += n;
		len -= (size_t)n;
	}
	return 0;
}

/* A new, empty file beside @name that nobody else can have opened. */
static int open_temporary(struct arena *arena, int dir_fd, const char *name,
			  const char **ret_temp)
{
	for (int i = 0; i < NAME_TRIES; i++) {
		uint64_t salt;
		int fd;

		if (getrandom(&salt, sizeof(salt), 0) != sizeof(salt))
			return -EIO;
		*ret_temp =
			arena_printf(arena, ".%.200s.%016" PRIx64, name, salt);
		if (*ret_temp == NULL)
			return -ENOMEM;
		fd = openat(dir_fd, *ret_temp,
			    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW |
				    O_CLOEXEC,
			    0600);
		if (fd >= 0)
			return fd;
		if (errno != EEXIST)
			return -errno;
	}
	return -EEXIST;
}

static int fill_and_rename(int dir_fd, int fd, const char *temp,
			   const char *name, uint32_t mode, const char *text)
{
	auto_fd int sync_fd = -1;
	int err = write_all(fd, text, strlen(text));

	if (err != 0)
		return err;
	if (fchmod(fd, mode & 0777) != 0 || fsync(fd) != 0 ||
	    renameat(dir_fd, temp, dir_fd, name) != 0)
		return -errno;
	/* The descriptor we have is O_PATH, which cannot be synced. */
	sync_fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (sync_fd < 0 || fsync(sync_fd) != 0)
		return -errno;
	return 0;
}

static int write_text(struct arena *arena, int dir_fd, const char *name,
		      uint32_t mode, const char *text)
{
	const char *temp = NULL;
	auto_fd int fd = open_temporary(arena, dir_fd, name, &temp);
	int err;

	if (fd < 0)
		return fd;
	err = fill_and_rename(dir_fd, fd, temp, name, mode, text);
	if (err != 0)
		(void)unlinkat(dir_fd, temp, 0); /* ours; gone if renamed */
	return err;
}

scale_status host_write(struct scale_call *abi, const char *path, uint32_t mode,
			const char *text)
{
	struct running *running = running_of(abi);
	auto_fd int dir_fd = -1;
	const char *name;
	scale_status st = enter(running, "writing", path, &dir_fd, &name);
	int err;

	if (st != SCALE_OK)
		return st;
	if (strlen(text) > FILE_MAX_BYTES)
		return tell(running, "writing", path, -EFBIG);
	err = write_text(running->call->arena, dir_fd, name, mode, text);
	return err == 0 ? SCALE_OK : tell(running, "writing", path, err);
}
