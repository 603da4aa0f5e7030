/* SPDX-License-Identifier: BSD-2-Clause */
/* Made on a tmpfs of its own, and taken down with everything on it. */
#include "fixture.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "mount_space.h"

static int make_directories(struct fixture *f)
{
	static const char *const dirs[] = {
		"staging",           "pods",         "nas",
		"nas/tank",          "nas/tank/k8s", "nas/tank/k8s/pvc-1",
		"nas/tank/k8s/pvc-2"};

	for (size_t i = 0; i < sizeof(dirs) / sizeof(*dirs); i++)
		if (mkdir(arena_printf(f->arena, "%s/%s", f->dir, dirs[i]),
			  0755) == -1)
			return -1;
	f->staging = arena_printf(f->arena, "%s/staging", f->dir);
	f->target = arena_printf(f->arena, "%s/pods/a", f->dir);
	f->other_target = arena_printf(f->arena, "%s/pods/b", f->dir);
	f->raw_target = arena_printf(f->arena, "%s/pods/raw", f->dir);
	f->export = arena_printf(f->arena, "%s/nas/tank/k8s/pvc-1", f->dir);
	return 0;
}

static int begin(struct fixture **ret_fixture, uint32_t can)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return -1;
	*ret_fixture = f;
	f->arena = arena_new(16u << 20);
	call_init(&f->call, f->arena, NULL, NULL, CLOCK_NEVER);
	fake_backend_init(&f->fake, "fake", "scale-fake", can);
	f->backends[0] = &f->fake.backend;
	f->table = (struct backend_table){.backends = f->backends, .n = 1};
	f->publish[0] = (struct scale_kv){"wwid", "naa.1"};
	f->volume = (struct node_volume){
		.id = BLOCK_VOLUME,
		.context = {f->context, 0},
		.publish = {f->publish, 1},
		.access_mode = MODE_MULTI_WRITER,
		.fs_type = "",
	};
	if (mount_space_directory(f->dir) != 0 || make_directories(f) != 0)
		return -1;
	return node_new(&(struct node_config){.name = "node-1",
					      .backends = &f->table,
					      .path_root = f->dir},
			&f->node);
}

int fixture_new_device(struct fixture **ret_fixture, uint64_t size_bytes)
{
	struct fixture *f;

	if (begin(ret_fixture, SCALE_CAN_BLOCK) != 0)
		return -1;
	f = *ret_fixture;
	if (loop_device_open(size_bytes, &f->fake.loop) != 0)
		return -1;
	f->fake.device = f->fake.loop.path;
	return 0;
}

int fixture_new_files(struct fixture **ret_fixture)
{
	struct fixture *f;

	if (begin(ret_fixture, SCALE_CAN_FILESYSTEM) != 0)
		return -1;
	f = *ret_fixture;
	f->fake.fs_type = "bind";
	f->fake.sources[0] = f->export;
	return 0;
}

void fixture_free(struct fixture *f)
{
	umount2(f->dir, MNT_DETACH); /* with all that is below it */
	rmdir(f->dir);
	if (f->fake.loop.fd >= 0)
		loop_device_close(&f->fake.loop);
	node_free(f->node);
	arena_free(f->arena);
	free(f);
}

const struct mountinfo_entry *fixture_find(struct fixture *f, const char *path)
{
	struct mountinfo info;

	if (mountinfo_read(f->arena, NULL, &info) != 0)
		abort();
	return mountinfo_find_target(&info, path);
}

void fixture_put_context(struct fixture *f, const char *key, const char *value)
{
	if (f->volume.context.n == sizeof(f->context) / sizeof(*f->context))
		abort();
	f->context[f->volume.context.n++] = (struct scale_kv){key, value};
}

bool fixture_write(struct fixture *f, const char *dir, const char *name,
		   const char *text)
{
	size_t len = strlen(text);
	int fd = open(arena_printf(f->arena, "%s/%s", dir, name),
		      O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0644);
	bool done = fd != -1 && write(fd, text, len) == (ssize_t)len;

	if (fd != -1)
		close(fd);
	return done;
}

bool fixture_has(struct fixture *f, const char *dir, const char *name,
		 const char *text)
{
	char found[256] = "";
	int fd = open(arena_printf(f->arena, "%s/%s", dir, name),
		      O_RDONLY | O_CLOEXEC);

	if (fd == -1)
		return false;
	if (read(fd, found, sizeof(found) - 1) == -1)
		found[0] = '\0';
	close(fd);
	return strcmp(found, text) == 0;
}

scale_status fixture_stage(struct fixture *f)
{
	return node_stage(&f->call, f->node, &f->volume, f->staging);
}

scale_status fixture_publish(struct fixture *f, const char *target,
			     bool readonly)
{
	return node_publish(&f->call, f->node, &f->volume, f->staging, target,
			    readonly);
}

scale_status fixture_unpublish(struct fixture *f, const char *target)
{
	return node_unpublish(&f->call, f->node, f->volume.id, target);
}

scale_status fixture_unstage(struct fixture *f)
{
	return node_unstage(&f->call, f->node, f->volume.id, f->staging);
}
