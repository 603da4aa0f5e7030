/* SPDX-License-Identifier: BSD-2-Clause */
/* In which ways a backend's volumes can be used. */
#include "volume/access.h"

#include <string.h>

#include "volume/service.h"

#define FILESYSTEM_DEFAULT "ext4"

static const char *const mode_names[] = {
	[0] = "UNKNOWN",
	[ACCESS_SINGLE_NODE_WRITER] = "SINGLE_NODE_WRITER",
	[ACCESS_SINGLE_NODE_READER] = "SINGLE_NODE_READER_ONLY",
	[ACCESS_MULTI_NODE_READER] = "MULTI_NODE_READER_ONLY",
	[ACCESS_MULTI_NODE_SINGLE_WRITER] = "MULTI_NODE_SINGLE_WRITER",
	[ACCESS_MULTI_NODE_WRITER] = "MULTI_NODE_MULTI_WRITER",
	[ACCESS_SINGLE_NODE_SINGLE_WRITER] = "SINGLE_NODE_SINGLE_WRITER",
	[ACCESS_SINGLE_NODE_MULTI_WRITER] = "SINGLE_NODE_MULTI_WRITER",
};

/* What the host can make on a block device. */
static const char *const block_filesystems[] = {"ext4", "xfs", "btrfs"};

static bool is_known_mode(uint32_t mode)
{
	return mode >= ACCESS_SINGLE_NODE_WRITER &&
	       mode <= ACCESS_SINGLE_NODE_MULTI_WRITER;
}

const char *access_mode_name(uint32_t mode)
{
	return is_known_mode(mode) ? mode_names[mode] : mode_names[0];
}

bool access_is_single_node(uint32_t mode)
{
	return mode == ACCESS_SINGLE_NODE_WRITER ||
	       mode == ACCESS_SINGLE_NODE_READER ||
	       mode == ACCESS_SINGLE_NODE_SINGLE_WRITER ||
	       mode == ACCESS_SINGLE_NODE_MULTI_WRITER;
}

bool access_is_reader(uint32_t mode)
{
	return mode == ACCESS_SINGLE_NODE_READER ||
	       mode == ACCESS_MULTI_NODE_READER;
}

static bool is_block_filesystem(const char *fs_type)
{
	for (size_t i = 0;
	     i < sizeof(block_filesystems) / sizeof(*block_filesystems); i++)
		if (strcmp(fs_type, block_filesystems[i]) == 0)
			return true;
	return false;
}

/* Several nodes with a writer among them. */
static bool shares_writes(uint32_t mode)
{
	return mode == ACCESS_MULTI_NODE_SINGLE_WRITER ||
	       mode == ACCESS_MULTI_NODE_WRITER;
}

static const char *refuse_mode(struct call *call, const struct backend *backend,
			       uint32_t kind,
			       const struct volume_access *access)
{
	const char *name = backend->descriptor.name;

	if (!shares_writes(access->mode))
		return NULL;
	if (kind == SCALE_BLOCK && !access->is_raw)
		return call_printf(call,
				   "access mode %s needs a file system that "
				   "several nodes can write, and a file system "
				   "on a '%s' block device is not one: use raw "
				   "block volumes or a file protocol",
				   access_mode_name(access->mode), name);
	if ((backend->descriptor.can & SCALE_CAN_SHARE) == 0)
		return call_printf(call,
				   "access mode %s is refused: volumes of the "
				   "backend '%s' cannot be written by several "
				   "nodes",
				   access_mode_name(access->mode), name);
	return NULL;
}

static const char *refuse_one(struct call *call, const struct backend *backend,
			      uint32_t kind, const struct volume_access *access)
{
	const char *name = backend->descriptor.name;

	if (!is_known_mode(access->mode))
		return call_printf(call, "access mode %u is unknown",
				   access->mode);
	if (kind != SCALE_BLOCK && access->is_raw)
		return call_printf(
			call,
			"raw block access is refused: the backend "
			"'%s' serves a file system, use a class with "
			"a block protocol",
			name);
	if (kind == SCALE_BLOCK && !access->is_raw &&
	    access->fs_type[0] != '\0' && !is_block_filesystem(access->fs_type))
		return call_printf(call,
				   "file system '%s' is not supported: use "
				   "ext4, xfs or btrfs",
				   access->fs_type);
	return refuse_mode(call, backend, kind, access);
}

const char *access_refuse(struct call *call, const struct backend *backend,
			  uint32_t kind, const struct volume_access *accesses,
			  size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *why = refuse_one(call, backend, kind, &accesses[i]);

		if (why != NULL)
			return why;
		if (accesses[i].is_raw != accesses[0].is_raw)
			return "raw block and mounted access were asked for at "
			       "once: a volume can be used in one of these "
			       "ways "
			       "only";
		if (kind == SCALE_BLOCK &&
		    strcmp(accesses[i].fs_type, accesses[0].fs_type) != 0)
			return call_printf(call,
					   "two file systems, '%s' and '%s', "
					   "were asked for on one volume",
					   accesses[0].fs_type,
					   accesses[i].fs_type);
	}
	return NULL;
}

/*
 * A backend with both kinds gives a zvol where a device or a file system of the
 * node was asked for, else a dataset.
 */
static uint32_t choose_kind(const struct backend *backend,
			    const struct volume_access *first,
			    const char *class_filesystem)
{
	uint32_t kind = backend_kind(backend);

	if (kind != 0)
		return kind;
	return first->is_raw || class_filesystem[0] != '\0' ||
			       is_block_filesystem(first->fs_type)
		       ? SCALE_BLOCK
		       : SCALE_FILESYSTEM;
}

static scale_status choose_filesystem(struct call *call,
				      const struct volume_access *first,
				      const char *class_filesystem,
				      const char **ret)
{
	const char *asked = first->fs_type;

	if (class_filesystem[0] != '\0' && asked[0] != '\0' &&
	    strcmp(class_filesystem, asked) != 0)
		return call_fail(call, SCALE_INVALID_ARGUMENT,
				 "the class says file system '%s' and the "
				 "volume capability '%s': remove "
				 "'csi.storage.k8s.io/fstype' or 'filesystem'",
				 class_filesystem, asked);
	if (asked[0] != '\0')
		*ret = asked;
	else if (class_filesystem[0] != '\0')
		*ret = class_filesystem;
	else
		*ret = FILESYSTEM_DEFAULT;
	return SCALE_OK;
}

scale_status access_choose(struct call *call, const struct backend *backend,
			   const struct volume_access *accesses, size_t n,
			   const char *class_filesystem, uint32_t *ret_kind,
			   const char **ret_filesystem)
{
	static const struct volume_access none = {.fs_type = "",
						  .is_raw = false};
	const struct volume_access *first = n > 0 ? accesses : &none;
	uint32_t kind = choose_kind(backend, first, class_filesystem);
	const char *why = access_refuse(call, backend, kind, accesses, n);

	if (why != NULL)
		return call_fail(call, SCALE_INVALID_ARGUMENT, "%s", why);
	*ret_kind = kind;
	*ret_filesystem = "";
	if (kind == SCALE_BLOCK && !first->is_raw)
		return choose_filesystem(call, first, class_filesystem,
					 ret_filesystem);
	if (class_filesystem[0] != '\0' && kind != SCALE_BLOCK)
		return call_fail(call, SCALE_INVALID_ARGUMENT,
				 "class parameter 'filesystem' is for block "
				 "protocols, the backend '%s' serves the NAS's "
				 "own file system: remove it",
				 backend->descriptor.name);
	return SCALE_OK;
}
