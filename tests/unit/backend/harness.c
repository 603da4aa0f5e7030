/* SPDX-License-Identifier: BSD-2-Clause */
/* A call and a backend whose every function is one the test gives. */
#include "harness.h"

#include <assert.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"

static scale_status act_on_volume(void *self, struct scale_call *call,
				  const struct scale_volume *volume)
{
	struct harness *harness = self;

	(void)volume;
	return harness->act(call, harness->arg);
}

static scale_status act_on_grant(void *self, struct scale_call *call,
				 const struct scale_volume *volume,
				 const struct scale_grant *grant)
{
	(void)grant;
	return act_on_volume(self, call, volume);
}

static scale_status act_on_attach(void *self, struct scale_call *call,
				  const struct scale_volume *volume,
				  const struct scale_attach *attach,
				  struct scale_attached *attached)
{
	(void)attach;
	attached->device = "/dev/toy0";
	return act_on_volume(self, call, volume);
}

static scale_status act_on_found(void *self, struct scale_call *call,
				 const struct scale_volume *volume,
				 const struct scale_attached *found)
{
	(void)found;
	return act_on_volume(self, call, volume);
}

static struct scale_param toy_params[] = {
	{SCALE_STRING, SCALE_PARAM_CONFIG, "hosts", "*", NULL, "Who."},
	{SCALE_STRING, SCALE_PARAM_SECRET, "password", NULL, NULL, "Word."},
	{SCALE_UINT, SCALE_PARAM_CLASS, "blocks", "8", "1..64", "Many."},
};
static const char *const toy_methods[] = {"toy.*", NULL};
static const char *const toy_tools[] = {"cat", "sleep", "toytool", NULL};
static const char *const toy_paths[] = {"/etc/toy/", "/etc/exact", NULL};

static void make_backend(struct harness *harness)
{
	struct backend *backend = &harness->backend;

	*backend = (struct backend){
		.descriptor = {SCALE_BACKEND_HEAD, .name = "toy",
			       .id_prefix = "scale-toy", .version = "0.1",
			       .summary = "A toy",
			       .can = SCALE_CAN_BLOCK | SCALE_CAN_FENCE,
			       .thread_model = SCALE_PARALLEL,
			       .nas_min = 251000, .n_params = 3,
			       .service = "toyd", .methods = toy_methods,
			       .tools = toy_tools, .paths = toy_paths,
			       .controller = &backend->controller,
			       .node = &backend->node},
		.controller = {.create = act_on_volume,
			       .destroy = act_on_volume,
			       .publish = act_on_grant,
			       .unpublish = act_on_grant},
		.node = {.attach = act_on_attach, .detach = act_on_found},
		.params = toy_params,
		.self = harness,
	};
}

void harness_init(struct harness *harness, struct host_config config)
{
	struct arena *arena = arena_new(CALL_ARENA_BYTES);
	int err;

	*harness = (struct harness){0};
	harness->log_fd = memfd_create("log", MFD_CLOEXEC);
	harness->log = log_new(harness->log_fd, LOG_LOGFMT, SCALE_DEBUG);
	harness->cancel = cancel_new();
	assert(arena != NULL && harness->log != NULL &&
	       harness->cancel != NULL);
	call_init(&harness->call, arena, harness->log, harness->cancel,
		  clock_after_ms(30000));
	config.log = harness->log;
	err = host_new(&config, &harness->host);
	assert(err == 0);
	(void)err;
	make_backend(harness);
	harness->backend.file = arena_strdup(arena, "/lib/backend_toy.so");
	harness->inv.host = harness->host;
	harness->volume =
		(struct scale_volume){.struct_size = sizeof(harness->volume),
				      .kind = SCALE_BLOCK,
				      .id = "scale-toy:tank/k8s/pvc-1",
				      .dataset = "tank/k8s/pvc-1",
				      .object = "pvc-1",
				      .bytes = 1 << 30};
	harness->call.volume = harness->volume.id;
}

void harness_done(struct harness *harness)
{
	host_free(harness->host);
	arena_free(harness->call.arena);
	cancel_free(harness->cancel);
	log_free(harness->log);
	(void)close(harness->log_fd); /* memory */
}

scale_status harness_run(struct harness *harness, harness_fn *act, void *arg)
{
	harness->act = act;
	harness->arg = arg;
	return invoke_create(&harness->call, &harness->backend, &harness->inv,
			     &harness->volume);
}

const char *harness_log(struct harness *harness)
{
	struct stat st;
	char *text;

	if (fstat(harness->log_fd, &st) != 0)
		return "";
	text = arena_alloc(harness->call.arena, (size_t)st.st_size + 1);
	if (text == NULL ||
	    pread(harness->log_fd, text, (size_t)st.st_size, 0) < 0)
		return "";
	return text;
}
