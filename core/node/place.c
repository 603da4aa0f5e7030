/* SPDX-License-Identifier: BSD-2-Clause */
/* Paths and mountinfo brought together. */
#include "node/place.h"

#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "sys/mounter.h"
#include "sys/path.h"
#include "sys/usage.h"

#define STACK_MAX        8 /* mounts over each other: races leave two */
#define LOCAL_MS         20000
#define REMOTE_MS        5000
#define REMOTE_FORCE_MAX 2 /* the first one may only end the waiting calls */

void place_close(struct place *place)
{
	cleanup_close_fd(&place->parent_fd);
	place->parent_fd = -1;
}

scale_status place_look(struct call *call, struct place *place)
{
	int rc = mountinfo_read(call->arena, NULL, &place->mounts);

	if (rc == -ENOMEM)
		return call_nomem(call);
	if (rc != 0)
		return call_fail(call, SCALE_INTERNAL,
				 "cannot read this node's mounts: %s",
				 strerrordesc_np(-rc));
	place->entry = mountinfo_find_target(&place->mounts, place->real);
	return SCALE_OK;
}

static scale_status fail_path(struct call *call, const char *path, int rc)
{
	switch (rc) {
	case -EINVAL:
		return call_fail(call, SCALE_INVALID_ARGUMENT,
				 "'%s' is not an absolute path", path);
	case -EXDEV:
		return call_fail(call, SCALE_PERMISSION_DENIED,
				 "'%s' is not below the directory of kubelet; "
				 "if kubelet's root was moved, tell the node "
				 "plugin",
				 path);
	case -ELOOP:
		return call_fail(call, SCALE_PERMISSION_DENIED,
				 "'%s' goes through a symbolic link, which "
				 "kubelet never makes",
				 path);
	default:
		return call_fail(call, SCALE_INTERNAL, "cannot open '%s': %s",
				 path, strerrordesc_np(-rc));
	}
}

scale_status place_open(struct call *call, const struct node *node,
			const char *path, struct place *ret_place)
{
	auto_place place = PLACE_NONE;
	scale_status st;
	int fd = path_open_parent(call->arena, node->path_root, path,
				  &place.name, &place.real);

	if (fd == -ENOMEM)
		return call_nomem(call);
	if (fd == -ENOENT || fd == -ENOTDIR) {
		place.name = place.real = path;
	} else if (fd < 0) {
		return fail_path(call, path, fd);
	}
	place.parent_fd = fd < 0 ? -1 : fd;
	st = place_look(call, &place);
	if (st != SCALE_OK)
		return st;
	*ret_place = place;
	place.parent_fd = -1; /* the caller's from here on */
	return SCALE_OK;
}

bool place_is_other(const struct node *node,
		    const struct mountinfo_entry *entry, const char *here,
		    const char *there)
{
	size_t len = node->real_root != NULL ? strlen(node->real_root) : 0;

	if (len > 0 && (strncmp(entry->target, node->real_root, len) != 0 ||
			entry->target[len] != '/'))
		return false;
	return strcmp(entry->target, here) != 0 &&
	       (there == NULL || strcmp(entry->target, there) != 0);
}

/* Whether an unmount of it can wait for a server; a device node never does. */
static bool is_remote(const struct mountinfo_entry *entry)
{
	return !usage_is_local(entry->fs_type) &&
	       strcmp(entry->fs_type, "devtmpfs") != 0;
}

/* How many mounts lie over each other there. */
static size_t depth(const struct place *place)
{
	size_t n = 0;

	for (size_t i = 0; i < place->mounts.n; i++)
		n += strcmp(place->mounts.entries[i].target, place->real) == 0;
	return n;
}

/* Takes the topmost mount away, in the end by force if it is remote. */
static scale_status unmount_top(struct call *call, struct place *place)
{
	bool remote = is_remote(place->entry);
	size_t before = depth(place);
	scale_status st = SCALE_OK;

	for (int i = 0; i <= (remote ? REMOTE_FORCE_MAX : 0); i++) {
		scale_status looked;

		st = mounter_unmount(
			call, place->real, i > 0,
			clock_after_ms(remote ? REMOTE_MS : LOCAL_MS));
		looked = place_look(call, place);
		if (looked != SCALE_OK)
			return looked;
		if (depth(place) < before)
			return SCALE_OK;
		if (st == SCALE_CANCELLED || st == SCALE_DEADLINE_EXCEEDED)
			return st;
	}
	return st != SCALE_OK
		       ? st
		       : call_fail(call, SCALE_INTERNAL,
				   "'%s' is still mounted after an unmount "
				   "that reported success",
				   place->real);
}

scale_status place_unmount(struct call *call, struct place *place)
{
	for (int i = 0; place->entry != NULL; i++) {
		scale_status st;

		if (i == STACK_MAX)
			return call_fail(
				call, SCALE_FAILED_PRECONDITION,
				"more than %d file systems are mounted "
				"over each other at '%s'; somebody "
				"mounts there all the time",
				STACK_MAX, place->real);
		st = unmount_top(call, place);
		if (st != SCALE_OK)
			return st;
	}
	return SCALE_OK;
}
