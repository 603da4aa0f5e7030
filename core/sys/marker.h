/* SPDX-License-Identifier: BSD-2-Clause */
/* The note on a device that says: we are about to make a file system here. */
#ifndef SCALE_CSI_SYS_MARKER_H
#define SCALE_CSI_SYS_MARKER_H

#include <stdint.h>

/*
 * Written and synced before mkfs, erased before the first mount.  What a killed
 * mkfs leaves behind is neither blank nor a file system; the marker proves that
 * it is ours and may be made again.  It lies at the device's size less 4 MiB,
 * where libblkid does not look and mkfs.ext4, mkfs.xfs and mkfs.btrfs without
 * discard leave it alone.  Erased, because beside a file system that was used
 * it would later make damage pass for an mkfs that was cut off.
 */
#define MARKER_FROM_END_BYTES (4u << 20)
#define MARKER_BYTES          4096u

/*
 * marker_write - write it and wait until it is on stable storage.
 * @volume:     whose device this is; at most 128 bytes.
 * @size_bytes: of the device; at least twice MARKER_FROM_END_BYTES.
 * Returns 0 or a negative errno.
 */
int marker_write(int fd, const char *volume, uint64_t size_bytes);

/*
 * marker_is_there - whether exactly the marker of @volume for a device of
 * @size_bytes is there.  1, 0, or a negative errno.
 */
int marker_is_there(int fd, const char *volume, uint64_t size_bytes);

/*
 * marker_erase - overwrite it with zeros, and only it: bytes that are anything
 * else stay.  Waits for stable storage.  0 or a negative errno.
 */
int marker_erase(int fd, const char *volume, uint64_t size_bytes);

#endif
