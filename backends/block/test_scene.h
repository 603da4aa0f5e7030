/* SPDX-License-Identifier: BSD-2-Clause */
/* A block backend, a scripted NAS and a sysfs of files, for one test. */
#ifndef SCALE_CSI_BACKENDS_BLOCK_TEST_SCENE_H
#define SCALE_CSI_BACKENDS_BLOCK_TEST_SCENE_H

#include "fake_host.h"

struct scene {
	struct fake_host *fake;
	struct scale_volume *volume;
	const struct scale_controller_ops *controller;
	const struct scale_node_ops *node;
	char *sys; /* a temporary directory in the place of /sys */
};

/* CMocka's set-up and tear-down; a promise the backend broke fails the test. */
int scene_set_up(void **state);
int scene_tear_down(void **state);

/* say - @method answers with @result from now on.  say_once - one time.
 * refuse - it fails with @status. */
void scene_say(struct scene *scene, const char *method, const char *result);
void scene_say_once(struct scene *scene, const char *method,
		    const char *result);
void scene_refuse(struct scene *scene, const char *method, scale_status status);

/* The operations, as the host calls them. */
scale_status scene_create(struct scene *scene);
scale_status scene_destroy(struct scene *scene);
scale_status scene_publish(struct scene *scene);
scale_status scene_attach(struct scene *scene, struct scale_map publish,
			  struct scale_attached *ret_attached);
scale_status scene_detach(struct scene *scene);
scale_status scene_rescan(struct scene *scene);
scale_status scene_list(struct scene *scene);
scale_status scene_identify(struct scene *scene);

/* file - below the scene's sysfs; its directories are made.  text - what is in
 * it now, NULL: no such file.  remove - it, and all that is below. */
void scene_file(struct scene *scene, const char *path, const char *text);
const char *scene_text(struct scene *scene, const char *path);
/* node - the device whose "size" is at @path can be opened as "/dev/<name>". */
void scene_node(struct scene *scene, const char *path, const char *name);
void scene_remove(struct scene *scene, const char *path);

/* has - whether what the operation failed with says @words. */
int scene_failed_with(struct scene *scene, const char *words);

/* Each of these runs @run again and again, with the memory, or the call, ending
 * one step later each time, and demands that it copes. */
void scene_starve(struct scene *scene, scale_status (*run)(struct scene *));
void scene_cut_off(struct scene *scene, scale_status (*run)(struct scene *));

#endif
