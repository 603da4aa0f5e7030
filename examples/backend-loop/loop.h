/* SPDX-License-Identifier: BSD-2-Clause */
/* The parts of the loop backend. */
#ifndef BACKEND_LOOP_H
#define BACKEND_LOOP_H

#include <scale_backend.h>

#define LOOP_KEY_ROOT "root" /* configuration: backends.loop.root */

#define LOOP_PUBLISH_PATH "path" /* below the root: "tank/k8s/pvc-1.zvol" */
#define LOOP_PUBLISH_WWID "wwid" /* the same, for volumes that are devices */

/* controller.c */
scale_volume_fn loop_create, loop_destroy;
scale_grant_fn loop_publish;

/* node.c */
scale_status loop_attach(void *self, struct scale_call *call,
			 const struct scale_volume *volume,
			 const struct scale_attach *attach,
			 struct scale_attached *ret_attached);
scale_status loop_detach(void *self, struct scale_call *call,
			 const struct scale_volume *volume,
			 const struct scale_attached *found);
scale_status loop_rescan(void *self, struct scale_call *call,
			 const struct scale_volume *volume,
			 const struct scale_attached *found);
scale_plain_fn loop_list;
scale_plain_fn loop_probe;

/* A loop device that serves a file, as the kernel tells it. */
struct loop_device {
	const char *path;   /* "/dev/loop3" */
	const char *file;   /* "/srv/files/tank/k8s/pvc-1.zvol" */
	const char *object; /* whose it is: what loop_device_make() was told */
};

/*
 * loop_device_next - walk the loop devices that serve a file.
 * @number: 0 to begin with; the walk's own afterwards.
 * Returns 1 and a device, or 0 at the end.
 */
int loop_device_next(struct scale_call *call, unsigned int *number,
		     struct loop_device *ret_device);

/*
 * loop_device_make - serve @file through a free device.
 * @object: kept by the kernel beside it, where loop_device_next() finds it.
 * Returns 0 or a negative errno.
 */
int loop_device_make(struct scale_call *call, const char *file,
		     const char *object, struct loop_device *ret_device);

/* loop_device_clear - end it; loop_device_grow - see the file's new size.
 * Both return 0 or a negative errno. */
int loop_device_clear(const char *path);
int loop_device_grow(const char *path);

#endif
