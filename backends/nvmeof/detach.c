/* SPDX-License-Identifier: BSD-2-Clause */
/* detach(), rescan(), list(): what is connected, by its subsystem's name. */
#include <string.h>

#include "node.h"
#include "nvmeof.h"

#define GONE_TRIES  60
#define GONE_TRY_MS 250
#define PUT_MAX     128

static scale_status wait_gone(struct scale_call *call, const char *root,
			      const char *object)
{
	struct nvmeof_controller controller;
	scale_status st = SCALE_OK;

	for (int i = 0; i < GONE_TRIES && st == SCALE_OK; i++) {
		const char *name = "";

		if (!nvmeof_controller_next(call, root, object, &name,
					    &controller))
			return SCALE_OK;
		st = call->host->wait_event(call, "nvme", GONE_TRY_MS);
	}
	if (st != SCALE_OK)
		return st;
	return scale_fail(call, SCALE_UNAVAILABLE,
			  "the connection to '%s' does not end: something on "
			  "this node still uses its disk",
			  controller.nqn);
}

scale_status nvmeof_detach(void *self, struct scale_call *call,
			   const struct scale_volume *volume,
			   const struct scale_attached *found)
{
	const char *root = sysfs_root(self), *name = "", *last = "";
	struct nvmeof_controller controller;
	scale_status st = SCALE_OK;

	(void)found; /* a controller may have lost its namespace */
	while (st == SCALE_OK &&
	       nvmeof_controller_next(call, root, volume->object, &name,
				      &controller)) {
		if (strcmp(controller.nqn, last) == 0)
			continue; /* one run ends all of a subsystem's */
		last = controller.nqn;
		st = nvmeof_tool(
			call,
			scale_text(call, "verb=disconnect\nnqn=%s\n", last),
			"disconnecting from", last);
	}
	return st == SCALE_OK ? wait_gone(call, root, volume->object) : st;
}

/* The NAS tells of a new size by itself; this is for when it did not. */
scale_status nvmeof_rescan(void *self, struct scale_call *call,
			   const struct scale_volume *volume,
			   const struct scale_attached *found)
{
	const char *root = sysfs_root(self), *name = "", *nqn = NULL;
	struct nvmeof_controller controller;
	struct nvmeof_disk disk;

	(void)found; /* the controllers are what is rescanned */
	while (nvmeof_controller_next(call, root, volume->object, &name,
				      &controller)) {
		nqn = controller.nqn;
		(void)sysfs_write(scale_text(call, "%s/rescan_controller",
					     controller.dir),
				  "1"); /* one path of several may be dead */
	}
	if (nqn == NULL)
		return scale_fail(call, SCALE_FAILED_PRECONDITION,
				  "volume '%s' is not attached here any more; "
				  "its new size is seen with the next attach",
				  volume->id);
	if (!nvmeof_disk_find(call, root, nqn, NULL, &disk))
		return SCALE_OK;
	return sysfs_wait_size(call, disk.dir, volume->bytes);
}

/* Everything that could be a volume's: "basenqn:object" with a namespace. */
scale_status nvmeof_list(void *self, struct scale_call *call)
{
	const char *root = sysfs_root(self), *name = "";
	struct nvmeof_controller controller;
	struct nvmeof_disk disk;
	scale_status st = SCALE_OK;

	while (st == SCALE_OK &&
	       nvmeof_controller_next(call, root, NULL, &name, &controller)) {
		const char *colon = strrchr(controller.nqn, ':');

		if (colon == NULL || colon[1] == '\0' ||
		    strlen(colon) > PUT_MAX)
			continue;
		if (nvmeof_disk_find(call, root, controller.nqn, NULL, &disk))
			st = call->host->put(call, SCALE_PUT_FOUND, colon + 1,
					     disk.device);
	}
	return st;
}
