/* SPDX-License-Identifier: BSD-2-Clause */
/* The node's half: a zvol's file becomes a device, a directory is bound. */
#include "loop.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define GONE_TRIES 100 /* of at most 100 ms: somebody may still look at it */

static const char *map_find(const struct scale_map *map, const char *key)
{
	for (size_t i = 0; i < map->n; i++)
		if (strcmp(map->kv[i].key, key) == 0)
			return map->kv[i].value;
	return NULL;
}

/* The root as the kernel writes it, with a slash behind. */
static scale_status find_root(struct scale_call *call, const char **ret_root)
{
	const char *given = call->host->config(call, LOOP_KEY_ROOT);
	char *real;

	if (given == NULL)
		return scale_fail(call, SCALE_FAILED_PRECONDITION,
				  "nobody has said where the files of volumes "
				  "are; set backends.loop.root");
	real = realpath(given, NULL);
	if (real == NULL)
		return scale_fail(call, SCALE_FAILED_PRECONDITION,
				  "the directory '%s' of backends.loop.root "
				  "cannot be used: %s",
				  given, strerrordesc_np(errno));
	*ret_root = scale_text(call, "%s/", real);
	free(real);
	return SCALE_OK;
}

/* What @device is to others: its file below the root; NULL: not of the root. */
static const char *identity_of(const struct loop_device *device,
			       const char *root)
{
	size_t len = strlen(root);

	return strncmp(device->file, root, len) == 0 ? device->file + len
						     : NULL;
}

static int find_by_file(struct scale_call *call, const char *file,
			struct loop_device *ret_device)
{
	unsigned int number = 0;

	while (loop_device_next(call, &number, ret_device))
		if (strcmp(ret_device->file, file) == 0)
			return 1;
	return 0;
}

/* Ours of that name; a device of another root may bear it, too. */
static int find_by_object(struct scale_call *call, const char *root,
			  const char *object, struct loop_device *ret_device)
{
	unsigned int number = 0;

	while (loop_device_next(call, &number, ret_device))
		if (strcmp(ret_device->object, object) == 0 &&
		    identity_of(ret_device, root) != NULL)
			return 1;
	return 0;
}

static scale_status attach_directory(struct scale_call *call,
				     const struct scale_volume *volume,
				     const char *path,
				     struct scale_attached *ret_attached)
{
	const char **sources = call->host->alloc(call, 2 * sizeof(*sources));
	struct stat st;

	if (sources == NULL)
		return scale_fail(call, SCALE_RESOURCE_EXHAUSTED,
				  "the call has used up its memory");
	if (stat(path, &st) != 0 || !S_ISDIR(st.st_mode))
		return scale_fail(call, SCALE_NOT_FOUND,
				  "the directory '%s' of volume '%s' is not "
				  "there",
				  path, volume->id);
	sources[0] = path;
	ret_attached->fs_type = "bind";
	ret_attached->sources = sources;
	return SCALE_OK;
}

static scale_status attach_file(struct scale_call *call,
				const struct scale_volume *volume,
				const char *path, struct loop_device *device)
{
	int rc;

	if (find_by_file(call, path, device)) {
		if (strcmp(device->object, volume->object) == 0)
			return SCALE_OK;
		return scale_fail(call, SCALE_FAILED_PRECONDITION,
				  "the file '%s' of volume '%s' is in use as "
				  "'%s', which this driver did not set up; end "
				  "that with losetup -d",
				  path, volume->id, device->path);
	}
	rc = loop_device_make(call, path, volume->object, device);
	if (rc == 0)
		return SCALE_OK;
	return scale_fail(call,
			  rc == -ENOENT ? SCALE_NOT_FOUND : SCALE_UNAVAILABLE,
			  "attaching the file '%s' of volume '%s': %s", path,
			  volume->id, strerrordesc_np(-rc));
}

scale_status loop_attach(void *self, struct scale_call *call,
			 const struct scale_volume *volume,
			 const struct scale_attach *attach,
			 struct scale_attached *ret_attached)
{
	const char *below = map_find(&attach->publish, LOOP_PUBLISH_PATH);
	struct loop_device device;
	const char *root = NULL;
	scale_status st;

	(void)self;
	if (below == NULL)
		return scale_fail(call, SCALE_FAILED_PRECONDITION,
				  "the publish context of '%s' names no path; "
				  "publish the volume again",
				  volume->id);
	st = find_root(call, &root);
	if (st == SCALE_OK && volume->kind == SCALE_FILESYSTEM)
		return attach_directory(call, volume,
					scale_text(call, "%s%s", root, below),
					ret_attached);
	if (st == SCALE_OK)
		st = attach_file(call, volume,
				 scale_text(call, "%s%s", root, below),
				 &device);
	if (st != SCALE_OK)
		return st;
	ret_attached->device = device.path;
	ret_attached->wwid = identity_of(&device, root);
	return SCALE_OK;
}

/*
 * The kernel ends a device at its last close, and udev or blkid may have it
 * open for a moment: so look until it is gone.  A volume of files is not found
 * here, and that is as it should be: the host unmounts.
 */
scale_status loop_detach(void *self, struct scale_call *call,
			 const struct scale_volume *volume,
			 const struct scale_attached *found)
{
	struct loop_device device;
	const char *root = NULL;
	scale_status st = find_root(call, &root);
	int rc;

	(void)self;
	(void)found; /* the object's name says more than a device's number */
	for (int i = 0; st == SCALE_OK && i < GONE_TRIES; i++) {
		if (!find_by_object(call, root, volume->object, &device))
			return SCALE_OK;
		rc = loop_device_clear(device.path);
		if (rc != 0)
			return scale_fail(call, SCALE_UNAVAILABLE,
					  "detaching '%s' of volume '%s': %s",
					  device.path, volume->id,
					  strerrordesc_np(-rc));
		if (find_by_object(call, root, volume->object, &device))
			st = call->host->wait_event(call, "block", 100);
	}
	if (st != SCALE_OK)
		return st;
	return scale_fail(call, SCALE_UNAVAILABLE,
			  "the device '%s' of volume '%s' is still in use by a "
			  "program of this node",
			  device.path, volume->id);
}

scale_status loop_rescan(void *self, struct scale_call *call,
			 const struct scale_volume *volume,
			 const struct scale_attached *found)
{
	int rc = loop_device_grow(found->device);

	(void)self;
	if (rc == 0)
		return SCALE_OK;
	return scale_fail(call, SCALE_UNAVAILABLE,
			  "telling '%s' of volume '%s' its new size: %s",
			  found->device, volume->id, strerrordesc_np(-rc));
}

scale_status loop_list(void *self, struct scale_call *call)
{
	struct loop_device device;
	unsigned int number = 0;
	const char *root = NULL;
	scale_status st = find_root(call, &root);

	(void)self;
	while (st == SCALE_OK && loop_device_next(call, &number, &device))
		if (device.object[0] != '\0' &&
		    identity_of(&device, root) != NULL)
			st = call->host->put(call, SCALE_PUT_FOUND,
					     device.object, device.path);
	return st;
}

scale_status loop_probe(void *self, struct scale_call *call)
{
	const char *root;

	(void)self;
	if (access("/dev/loop-control", R_OK | W_OK) != 0)
		call->host->report(call, SCALE_WARNING, "NoLoopDevices",
				   "this node has no loop devices, so only "
				   "volumes of files can be attached; load the "
				   "module loop");
	return find_root(call, &root);
}
