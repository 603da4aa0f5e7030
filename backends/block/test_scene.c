/* SPDX-License-Identifier: BSD-2-Clause */
/* A block backend, a scripted NAS and a sysfs of files, for one test. */
#include "test_scene.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define PATH_ROOM 512

int scene_set_up(void **state)
{
	const struct scale_backend *backend = scale_backend_entry();
	struct scene *scene = calloc(1, sizeof(*scene));

	assert_non_null(scene);
	scene->sys = strdup("/tmp/scale-csi-sys.XXXXXX");
	assert_non_null(scene->sys);
	assert_non_null(mkdtemp(scene->sys));
	scene->fake = fake_new(backend);
	scene->fake->export_path = "zvol/tank/k8s/pvc-1";
	fake_config(scene->fake, "server", "10.0.0.5");
	scene->volume = fake_volume(scene->fake, SCALE_BLOCK);
	scene->controller = backend->controller;
	scene->node = backend->node;
	*state = scene;
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int type,
		      struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

int scene_tear_down(void **state)
{
	struct scene *scene = *state;

	assert_string_equal(fake_complaints(scene->fake), "");
	fake_free(scene->fake);
	(void)nftw(scene->sys, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	free(scene->sys);
	free(scene);
	return 0;
}

void scene_say(struct scene *scene, const char *method, const char *result)
{
	fake_reply(scene->fake,
		   (struct fake_reply){.method = method, .result = result});
}

void scene_say_once(struct scene *scene, const char *method, const char *result)
{
	fake_reply(scene->fake, (struct fake_reply){.method = method,
						    .result = result,
						    .times = 1});
}

void scene_refuse(struct scene *scene, const char *method, scale_status status)
{
	fake_reply(scene->fake,
		   (struct fake_reply){.method = method, .status = status});
}

scale_status scene_create(struct scene *scene)
{
	struct scale_call *call = fake_begin(scene->fake);

	return fake_end(scene->fake,
			scene->controller->create(NULL, call, scene->volume));
}

scale_status scene_destroy(struct scene *scene)
{
	struct scale_call *call = fake_begin(scene->fake);

	return fake_end(scene->fake,
			scene->controller->destroy(NULL, call, scene->volume));
}

scale_status scene_publish(struct scene *scene)
{
	const struct scale_grant grant = {.struct_size = sizeof(grant)};
	struct scale_call *call = fake_begin(scene->fake);

	return fake_end(
		scene->fake,
		scene->controller->publish(NULL, call, scene->volume, &grant));
}

scale_status scene_attach(struct scene *scene, struct scale_map publish,
			  struct scale_attached *ret_attached)
{
	const struct scale_attach attach = {.struct_size = sizeof(attach),
					    .publish = publish};
	struct scale_call *call = fake_begin(scene->fake);

	*ret_attached =
		(struct scale_attached){.struct_size = sizeof(*ret_attached)};
	return fake_end(scene->fake,
			scene->node->attach(scene->sys, call, scene->volume,
					    &attach, ret_attached));
}

scale_status scene_detach(struct scene *scene)
{
	const struct scale_attached found = {.struct_size = sizeof(found)};
	struct scale_call *call = fake_begin(scene->fake);

	return fake_end(
		scene->fake,
		scene->node->detach(scene->sys, call, scene->volume, &found));
}

scale_status scene_rescan(struct scene *scene)
{
	const struct scale_attached found = {.struct_size = sizeof(found)};
	struct scale_call *call = fake_begin(scene->fake);

	return fake_end(
		scene->fake,
		scene->node->rescan(scene->sys, call, scene->volume, &found));
}

scale_status scene_list(struct scene *scene)
{
	struct scale_call *call = fake_begin(scene->fake);

	return fake_end(scene->fake, scene->node->list(scene->sys, call));
}

scale_status scene_identify(struct scene *scene)
{
	struct scale_call *call = fake_begin(scene->fake);

	return fake_end(scene->fake, scene->node->identify(scene->sys, call));
}

static void below(const struct scene *scene, const char *path,
		  char full[PATH_ROOM])
{
	int n = snprintf(full, PATH_ROOM, "%s/%s", scene->sys, path);

	assert_true(n > 0 && n < PATH_ROOM);
}

void scene_file(struct scene *scene, const char *path, const char *text)
{
	char full[PATH_ROOM];
	FILE *file;

	below(scene, path, full);
	for (char *c = full + 1; *c != '\0'; c++)
		if (*c == '/') {
			*c = '\0';
			(void)mkdir(full, 0700); /* most are there */
			*c = '/';
		}
	file = fopen(full, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

void scene_node(struct scene *scene, const char *path, const char *name)
{
	char number[PATH_ROOM], node[PATH_ROOM];
	int len = (int)(strrchr(path, '/') - path);

	/* a plain file is device 0:0 */
	(void)snprintf(number, sizeof(number), "%.*s/dev", len, path);
	(void)snprintf(node, sizeof(node), "dev/%s", name);
	scene_file(scene, number, "0:0\n");
	scene_file(scene, node, "");
}

const char *scene_text(struct scene *scene, const char *path)
{
	static char text[PATH_ROOM];
	char full[PATH_ROOM];
	size_t n;
	FILE *file;

	below(scene, path, full);
	file = fopen(full, "r");
	if (file == NULL)
		return NULL;
	n = fread(text, 1, sizeof(text) - 1, file);
	text[n] = '\0';
	(void)fclose(file); /* was only read */
	return text;
}

void scene_remove(struct scene *scene, const char *path)
{
	char full[PATH_ROOM];

	below(scene, path, full);
	assert_int_equal(nftw(full, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
}

int scene_failed_with(struct scene *scene, const char *words)
{
	if (strstr(scene->fake->fail_text, words) != NULL)
		return 1;
	print_error("'%s' is not in '%s'\n", words, scene->fake->fail_text);
	return 0;
}

void scene_starve(struct scene *scene, scale_status (*run)(struct scene *))
{
	uint32_t n;

	assert_int_equal(run(scene), SCALE_OK);
	n = scene->fake->n_allocs;
	assert_true(n > 0);
	for (uint32_t i = 1; i <= n; i++) {
		scene->fake->alloc_fails_at = i;
		assert_int_not_equal(run(scene), SCALE_INTERNAL);
	}
	scene->fake->alloc_fails_at = 0;
}

void scene_cut_off(struct scene *scene, scale_status (*run)(struct scene *))
{
	uint32_t n;

	assert_int_equal(run(scene), SCALE_OK);
	n = scene->fake->n_services;
	for (uint32_t i = 1; i < n; i++) {
		scale_status st;

		scene->fake->over_after = i;
		st = run(scene);
		assert_true(st == SCALE_CANCELLED || st == SCALE_UNAVAILABLE ||
			    st == SCALE_OK);
	}
	scene->fake->over_after = 0;
}
