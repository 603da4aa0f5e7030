/* SPDX-License-Identifier: BSD-2-Clause */
/* Block devices by number: sysfs attributes, ioctls, and plain reads. */
#include "sys/blockdev.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/text.h"

#define SECTOR_BYTES                                                           \
	512u /* sysfs counts in these, whatever the device does                \
	      */
#define READ_BYTES  (1u << 20)
#define READ_ALIGN  4096u
#define VALUE_BYTES 128u

/*
 * States in which I/O does not reach the target: drivers/scsi/scsi_sysfs.c
 * (sdev_states) and drivers/nvme/host/sysfs.c (state_name).
 */
static const char *const stalled_states[] = {
	"blocked",          "transport-offline",
	"offline",          "created-blocked",
	"cancel",           "deleted",
	"resetting",        "connecting",
	"deleting",         "dead",
	"deleting (no IO)", NULL};

/* One line of the attribute @name of the directory @dir, without its end. */
static int read_attribute(int dir, const char *name, char *ret_value)
{
	auto_fd int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd == -1)
		return -errno;
	n = read(fd, ret_value, VALUE_BYTES - 1);
	if (n == -1)
		return -errno;
	ret_value[n] = '\0';
	ret_value[strcspn(ret_value, "\n")] = '\0';
	return 0;
}

static int read_number(int dir, const char *name, uint64_t *ret_number)
{
	char value[VALUE_BYTES];
	int rc = read_attribute(dir, name, value);

	return rc == 0 ? text_parse_u64(value, ret_number) : rc;
}

static bool is_stalled(int dir)
{
	char state[VALUE_BYTES];

	if (read_attribute(dir, "device/state", state) != 0)
		return false; /* loop and the like have none */
	for (size_t i = 0; stalled_states[i] != NULL; i++)
		if (strcmp(state, stalled_states[i]) == 0)
			return true;
	return false;
}

/* Opens a stream on the directory @name of @dir; NULL when there is none. */
static DIR *open_directory(int dir, const char *name)
{
	int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = fd != -1 ? fdopendir(fd) : NULL;

	if (stream == NULL && fd != -1)
		(void)close(fd); /* nothing was read */
	return stream;
}

static bool has_entry(int dir, const char *name)
{
	DIR *stream = open_directory(dir, name);
	bool found = false;

	if (stream == NULL)
		return false;
	for (struct dirent *entry = readdir(stream); entry != NULL && !found;
	     entry = readdir(stream))
		found = entry->d_name[0] != '.';
	(void)closedir(stream); /* it was only read */
	return found;
}

/*
 * With native NVMe multipath the block device belongs to the subsystem, and its
 * controllers say how they are: stalled when there is none that lives.
 */
static bool has_no_live_controller(int dir)
{
	DIR *stream = open_directory(dir, "device");
	bool any = false, live = false;

	if (stream == NULL)
		return false;
	for (struct dirent *entry = readdir(stream); entry != NULL;
	     entry = readdir(stream)) {
		char name[sizeof(entry->d_name) + sizeof("device//state")];
		char state[VALUE_BYTES];

		if (!text_starts(entry->d_name, "nvme") ||
		    strchr(entry->d_name + 4, 'n') != NULL)
			continue; /* a namespace or its path: "nvme0c0n1" */
		(void)snprintf(name, sizeof(name), "device/%s/state",
			       entry->d_name); /* fits */
		if (read_attribute(dir, name, state) != 0)
			continue;
		any = true;
		live = live || strcmp(state, "live") == 0;
	}
	(void)closedir(stream); /* it was only read */
	return any && !live;
}

/* The last part of what /sys/dev/block/M:m links to is the kernel's name. */
static const char *kernel_name(struct arena *arena, const char *path)
{
	char target[PATH_MAX];
	ssize_t len = readlink(path, target, sizeof(target) - 1);
	const char *slash;

	if (len == -1)
		return NULL;
	target[len] = '\0';
	slash = strrchr(target, '/');
	return arena_strdup(arena, slash != NULL ? slash + 1 : target);
}

int blockdev_read(struct arena *arena, const char *sysfs, dev_t dev,
		  struct blockdev *ret_blockdev)
{
	const char *path = arena_printf(arena, "%s/dev/block/%u:%u", sysfs,
					major(dev), minor(dev));
	struct blockdev found = {.dev = dev};
	uint64_t sectors, readonly;
	auto_fd int dir = -1;
	int rc;

	if (path == NULL)
		return -ENOMEM;
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir == -1)
		return errno == ENOENT ? -ENODEV : -errno;
	found.name = kernel_name(arena, path);
	if (found.name == NULL)
		return -ENODEV;
	rc = read_number(dir, "size", &sectors);
	if (rc == 0)
		rc = read_number(dir, "ro", &readonly);
	if (rc != 0)
		return rc == -ENOENT ? -ENODEV : rc;
	if (sectors > UINT64_MAX / SECTOR_BYTES)
		return -ERANGE;
	found.size_bytes = sectors * SECTOR_BYTES;
	found.is_readonly = readonly != 0;
	found.has_holder = has_entry(dir, "holders");
	found.is_stalled = is_stalled(dir) || has_no_live_controller(dir);
	*ret_blockdev = found;
	return 0;
}

int blockdev_find(const char *path, dev_t *ret_dev)
{
	struct stat st;

	if (stat(path, &st) == -1)
		return -errno;
	if (!S_ISBLK(st.st_mode))
		return -ENOTBLK;
	*ret_dev = st.st_rdev;
	return 0;
}

int blockdev_is_busy(const char *path)
{
	auto_fd int fd = open(path, O_RDONLY | O_EXCL | O_CLOEXEC | O_NONBLOCK);

	if (fd != -1)
		return 0;
	return errno == EBUSY ? 1 : -errno;
}

/* btrfs lists its devices below the file system's UUID. */
static bool is_in_btrfs(int dir, const char *name)
{
	DIR *stream = open_directory(dir, "btrfs");
	bool found = false;

	if (stream == NULL)
		return false;
	for (struct dirent *entry = readdir(stream); entry != NULL && !found;
	     entry = readdir(stream)) {
		char path[PATH_MAX];
		int n = snprintf(path, sizeof(path), "btrfs/%s/devices/%s",
				 entry->d_name, name);

		found = n > 0 && (size_t)n < sizeof(path) &&
			faccessat(dir, path, F_OK, 0) == 0;
	}
	(void)closedir(stream); /* it was only read */
	return found;
}

bool blockdev_has_superblock(const char *sysfs, const char *name)
{
	static const char *const types[] = {"ext4", "xfs"};
	char path[PATH_MAX];
	auto_fd int dir = -1;

	(void)snprintf(path, sizeof(path), "%s/fs", sysfs);
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir == -1)
		return false;
	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", types[i], name);
		if (faccessat(dir, path, F_OK, 0) == 0)
			return true;
	}
	return is_in_btrfs(dir, name);
}

static bool is_zero(const char *buf, size_t len)
{
	return len == 0 || (buf[0] == 0 && memcmp(buf, buf + 1, len - 1) == 0);
}

/* Whether [@from, @to) reads as zeros: 0, 1, or a negative errno. */
static int range_is_zero(int fd, char *buf, uint64_t from, uint64_t to)
{
	while (from < to) {
		size_t want = to - from < READ_BYTES ? (size_t)(to - from)
						     : READ_BYTES;
		ssize_t n = pread(fd, buf, want, (off_t)from);

		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -errno;
		if (n == 0)
			return -EIO; /* shorter than it said */
		if (!is_zero(buf, (size_t)n))
			return 0;
		from += (uint64_t)n;
	}
	return 1;
}

int blockdev_is_blank(const char *path, uint64_t size_bytes)
{
	auto_fd int fd = open(path, O_RDONLY | O_CLOEXEC | O_DIRECT);
	uint64_t head = BLOCKDEV_BLANK_HEAD_BYTES;
	uint64_t tail = BLOCKDEV_BLANK_TAIL_BYTES;
	auto_free void *buf = NULL;
	int rc;

	if (fd == -1)
		return -errno;
	if (size_bytes <= head + tail)
		head = size_bytes; /* all of it */
	if (posix_memalign(&buf, READ_ALIGN, READ_BYTES) != 0)
		return -ENOMEM;
	rc = range_is_zero(fd, buf, 0, head);
	if (rc == 1 && head < size_bytes)
		rc = range_is_zero(fd, buf,
				   (size_bytes - tail) &
					   ~(uint64_t)(READ_ALIGN - 1),
				   size_bytes);
	return rc;
}

int blockdev_get_size(int fd, uint64_t *ret_bytes)
{
	return ioctl(fd, BLKGETSIZE64, ret_bytes) == -1 ? -errno : 0;
}

int blockdev_set_readonly(const char *path, bool readonly)
{
	auto_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
	int flag = readonly;

	if (fd == -1)
		return -errno;
	return ioctl(fd, BLKROSET, &flag) == -1 ? -errno : 0;
}
