/* SPDX-License-Identifier: BSD-2-Clause */
/* A block of text near the end of the device. */
#include "sys/marker.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

/* On a multiple of its own size, so that it never tears across two sectors. */
static int marker_at(uint64_t size_bytes, off_t *ret_at)
{
	if (size_bytes < 2 * (uint64_t)MARKER_FROM_END_BYTES ||
	    size_bytes > INT64_MAX)
		return -ERANGE;
	*ret_at = (off_t)((size_bytes - MARKER_FROM_END_BYTES) &
			  ~(uint64_t)(MARKER_BYTES - 1));
	return 0;
}

static int marker_fill(const char *volume, uint64_t size_bytes, char *ret_block)
{
	struct text text;

	memset(ret_block, 0, MARKER_BYTES);
	text_init(&text, ret_block, MARKER_BYTES);
	text_printf(&text,
		    "scale-csi is making a file system\n"
		    "layout=1\nvolume=%s\nsize=%" PRIu64 "\n",
		    volume, size_bytes);
	return text.overflow ? -E2BIG : 0;
}

static int write_block(int fd, const char *block, off_t at)
{
	ssize_t n = pwrite(fd, block, MARKER_BYTES, at);

	if (n == -1)
		return -errno;
	if (n != (ssize_t)MARKER_BYTES)
		return -EIO;
	return fsync(fd) == -1 ? -errno : 0;
}

int marker_write(int fd, const char *volume, uint64_t size_bytes)
{
	char block[MARKER_BYTES];
	off_t at;
	int rc = marker_at(size_bytes, &at);

	if (rc == 0)
		rc = marker_fill(volume, size_bytes, block);
	return rc == 0 ? write_block(fd, block, at) : rc;
}

int marker_is_there(int fd, const char *volume, uint64_t size_bytes)
{
	char want[MARKER_BYTES], found[MARKER_BYTES];
	off_t at;
	int rc = marker_at(size_bytes, &at);
	ssize_t n;

	if (rc == 0)
		rc = marker_fill(volume, size_bytes, want);
	if (rc != 0)
		return rc;
	n = pread(fd, found, sizeof(found), at);
	if (n == -1)
		return -errno;
	return n == (ssize_t)sizeof(found) &&
	       memcmp(want, found, sizeof(found)) == 0;
}

int marker_erase(int fd, const char *volume, uint64_t size_bytes)
{
	char block[MARKER_BYTES] = {0};
	off_t at;
	int rc = marker_is_there(fd, volume, size_bytes);

	if (rc != 1)
		return rc;
	rc = marker_at(size_bytes, &at);
	return rc == 0 ? write_block(fd, block, at) : rc;
}
