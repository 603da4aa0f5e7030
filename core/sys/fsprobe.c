/* SPDX-License-Identifier: BSD-2-Clause */
/* libblkid's low-level probe, and the superblocks it does not look into. */
#include "sys/fsprobe.h"

#include <blkid.h>
#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* xfs: struct xfs_dsb; all numbers big-endian. */
#define XFS_MAGIC         "XFSB"
#define XFS_UUID_AT       32
#define XFS_BLOCKSIZE_AT  4
#define XFS_DBLOCKS_AT    8
#define XFS_INPROGRESS_AT 126
#define XFS_SUPER_BYTES   512

/* ext2/3/4: struct ext2_super_block, at 1024; little-endian. */
#define EXT_SUPER_AT       1024
#define EXT_SUPER_BYTES    1024
#define EXT_BLOCKS_LO_AT   0x4
#define EXT_LOG_BLOCK_AT   0x18
#define EXT_INCOMPAT_AT    0x60
#define EXT_BLOCKS_HI_AT   0x150
#define EXT_INCOMPAT_64BIT 0x80u
#define EXT_LOG_BLOCK_MAX  6u

/* btrfs: struct btrfs_super_block, at 64 KiB; little-endian. */
#define BTRFS_SUPER_AT    65536
#define BTRFS_SUPER_BYTES 512
#define BTRFS_FSID_AT     32
#define BTRFS_MAGIC_AT    64
#define BTRFS_TOTAL_AT    112
#define BTRFS_TEMP_MAGIC  "!BHRfS_M" /* until mkfs.btrfs has written all */
#define BTRFS_MAGIC_BYTES 8

static int read_at(int fd, void *buf, size_t len, off_t at)
{
	ssize_t n = pread(fd, buf, len, at);

	if (n == -1)
		return -errno;
	return (size_t)n == len ? 0 : -EIO;
}

static uint32_t le32_at(const unsigned char *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return le32toh(value);
}

static uint64_t le64_at(const unsigned char *at)
{
	uint64_t value;

	memcpy(&value, at, sizeof(value));
	return le64toh(value);
}

static uint64_t product(uint64_t blocks, uint64_t block_bytes)
{
	uint64_t bytes;

	return __builtin_mul_overflow(blocks, block_bytes, &bytes) ? 0 : bytes;
}

static int look_into_ext(int fd, struct fsprobe *probe)
{
	unsigned char super[EXT_SUPER_BYTES];
	int rc = read_at(fd, super, sizeof(super), EXT_SUPER_AT);
	uint32_t log_block;
	uint64_t blocks;

	if (rc != 0)
		return rc;
	blocks = le32_at(super + EXT_BLOCKS_LO_AT);
	log_block = le32_at(super + EXT_LOG_BLOCK_AT);
	if ((le32_at(super + EXT_INCOMPAT_AT) & EXT_INCOMPAT_64BIT) != 0)
		blocks |= (uint64_t)le32_at(super + EXT_BLOCKS_HI_AT) << 32;
	if (log_block <= EXT_LOG_BLOCK_MAX)
		probe->fs_bytes = product(blocks, 1024u << log_block);
	return 0;
}

static int look_into_xfs(int fd, struct fsprobe *probe)
{
	unsigned char super[XFS_SUPER_BYTES];
	int rc = read_at(fd, super, sizeof(super), 0);
	uint32_t block_bytes;
	uint64_t blocks;

	if (rc != 0)
		return rc;
	memcpy(&block_bytes, super + XFS_BLOCKSIZE_AT, sizeof(block_bytes));
	memcpy(&blocks, super + XFS_DBLOCKS_AT, sizeof(blocks));
	probe->fs_bytes = product(be64toh(blocks), be32toh(block_bytes));
	if (super[XFS_INPROGRESS_AT] != 0)
		probe->kind = FSPROBE_UNFINISHED;
	return 0;
}

static int look_into_btrfs(int fd, struct fsprobe *probe)
{
	unsigned char super[BTRFS_SUPER_BYTES];
	int rc = read_at(fd, super, sizeof(super), BTRFS_SUPER_AT);

	if (rc == 0)
		probe->fs_bytes = le64_at(super + BTRFS_TOTAL_AT);
	return rc;
}

/* RFC 9562 text of 16 bytes. */
static void format_uuid(const unsigned char *bytes, char *ret_text)
{
	static const unsigned char groups[] = {4, 2, 2, 2, 6};
	char *to = ret_text;

	for (size_t g = 0; g < sizeof(groups); g++) {
		if (g > 0)
			*to++ = '-';
		for (unsigned int i = 0; i < groups[g]; i++, to += 2)
			(void)snprintf(to, 3, "%02x", *bytes++); /* fits */
	}
}

/* libblkid 2.41 does not know a superblock whose checksum is wrong, which is
 * one way for a cut off mkfs.xfs to leave it; 2.38 did. */
static int look_for_unfinished_xfs(int fd, uint64_t size_bytes,
				   struct fsprobe *probe)
{
	unsigned char super[XFS_SUPER_BYTES];
	int rc;

	if (size_bytes < sizeof(super))
		return 0;
	rc = read_at(fd, super, sizeof(super), 0);
	if (rc != 0 || memcmp(super, XFS_MAGIC, strlen(XFS_MAGIC)) != 0 ||
	    super[XFS_INPROGRESS_AT] == 0)
		return rc;
	probe->kind = FSPROBE_UNFINISHED;
	(void)snprintf(probe->type, sizeof(probe->type), "xfs"); /* fits */
	format_uuid(super + XFS_UUID_AT, probe->uuid);
	return 0;
}

/* libblkid does not know an mkfs.btrfs that has not ended. */
static int look_for_unfinished_btrfs(int fd, uint64_t size_bytes,
				     struct fsprobe *probe)
{
	unsigned char super[BTRFS_SUPER_BYTES];
	int rc;

	if (size_bytes < BTRFS_SUPER_AT + sizeof(super))
		return 0;
	rc = read_at(fd, super, sizeof(super), BTRFS_SUPER_AT);
	if (rc != 0 || memcmp(super + BTRFS_MAGIC_AT, BTRFS_TEMP_MAGIC,
			      BTRFS_MAGIC_BYTES) != 0)
		return rc;
	probe->kind = FSPROBE_UNFINISHED;
	(void)snprintf(probe->type, sizeof(probe->type), "btrfs"); /* fits */
	format_uuid(super + BTRFS_FSID_AT, probe->uuid);
	return 0;
}

static void copy_value(blkid_probe pr, const char *name, char *to, size_t size)
{
	const char *value;

	if (blkid_probe_lookup_value(pr, name, &value, NULL) == 0)
		(void)snprintf(to, size, "%s",
			       value); /* cut: told apart later */
}

static void read_values(blkid_probe pr, struct fsprobe *probe)
{
	const char *usage = NULL;

	copy_value(pr, "UUID", probe->uuid, sizeof(probe->uuid));
	if (blkid_probe_lookup_value(pr, "USAGE", &usage, NULL) == 0 &&
	    strcmp(usage, "filesystem") == 0)
		probe->kind = FSPROBE_FILESYSTEM;
	else
		probe->kind = FSPROBE_OTHER;
	copy_value(pr, "TYPE", probe->type, sizeof(probe->type));
	if (probe->type[0] == '\0')
		copy_value(pr, "PTTYPE", probe->type, sizeof(probe->type));
}

static int look_for_unfinished(int fd, uint64_t size_bytes,
			       struct fsprobe *probe)
{
	int rc = look_for_unfinished_xfs(fd, size_bytes, probe);

	if (rc != 0 || probe->kind != FSPROBE_NOTHING)
		return rc;
	return look_for_unfinished_btrfs(fd, size_bytes, probe);
}

static int look_inside(int fd, uint64_t size_bytes, struct fsprobe *probe)
{
	if (probe->kind == FSPROBE_NOTHING)
		return look_for_unfinished(fd, size_bytes, probe);
	if (probe->kind != FSPROBE_FILESYSTEM)
		return 0;
	if (strncmp(probe->type, "ext", 3) == 0)
		return look_into_ext(fd, probe);
	if (strcmp(probe->type, "xfs") == 0)
		return look_into_xfs(fd, probe);
	if (strcmp(probe->type, "btrfs") == 0)
		return look_into_btrfs(fd, probe);
	return 0;
}

/* libblkid 2.38 says -2 for signatures that contradict each other, 2.41 says
 * -1, as for a device that cannot be read: so they are counted. */
static bool is_ambivalent(blkid_probe pr)
{
	unsigned int n = 0;

	blkid_reset_probe(pr);
	while (n < 2 && blkid_do_probe(pr) == 0)
		n++;
	return n == 2;
}

static int probe_device(blkid_probe pr, int fd, struct fsprobe *probe)
{
	int rc;

	if (blkid_probe_set_device(pr, fd, 0, 0) != 0)
		return -EIO;
	if (blkid_probe_enable_superblocks(pr, 1) != 0 ||
	    blkid_probe_set_superblocks_flags(
		    pr, BLKID_SUBLKS_TYPE | BLKID_SUBLKS_UUID |
				BLKID_SUBLKS_USAGE | BLKID_SUBLKS_MAGIC) != 0 ||
	    blkid_probe_enable_partitions(pr, 1) != 0)
		return -ENOMEM;
	rc = blkid_do_safeprobe(pr);
	if (rc == 0)
		read_values(pr, probe);
	else if (rc == -2 || (rc < 0 && is_ambivalent(pr)))
		probe->kind = FSPROBE_AMBIVALENT;
	else if (rc != 1)
		return -EIO; /* libblkid does not say more */
	return look_inside(fd, (uint64_t)blkid_probe_get_size(pr), probe);
}

int fsprobe_read(int fd, struct fsprobe *ret_probe)
{
	blkid_probe pr = blkid_new_probe();
	struct fsprobe probe = {.kind = FSPROBE_NOTHING};
	int rc;

	if (pr == NULL)
		return -ENOMEM;
	rc = probe_device(pr, fd, &probe);
	blkid_free_probe(pr);
	if (rc == 0)
		*ret_probe = probe;
	return rc;
}
