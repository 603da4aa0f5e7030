/* SPDX-License-Identifier: BSD-2-Clause */
/* All of invoke_*(), so that the real one is not linked. */
#include "fake_backend.h"

#include <string.h>

static scale_status never_called(void *self, struct scale_call *call)
{
	(void)self;
	(void)call;
	return SCALE_INTERNAL;
}

void fake_backend_init(struct fake_backend *fake, const char *name,
		       const char *prefix, uint32_t can)
{
	static const struct scale_node_ops half = {
		.struct_size = sizeof(half),
	};

	memset(fake, 0, sizeof(*fake));
	fake->loop.fd = fake->loop.file_fd = -1;
	fake->wwid = "naa.1";
	fake->backend.descriptor.name = name;
	fake->backend.descriptor.id_prefix = prefix;
	fake->backend.descriptor.can = can;
	fake->backend.descriptor.node = &half;
	fake->backend.node.list = never_called; /* invoke_list() is ours */
	fake->backend.self = fake;
}

void fake_backend_forget_list(struct fake_backend *fake)
{
	fake->backend.node.list = NULL;
}

scale_status invoke_attach(struct call *call, struct backend *backend,
			   struct invocation *inv,
			   const struct scale_volume *volume,
			   const struct scale_attach *attach,
			   struct scale_attached *ret_attached)
{
	struct fake_backend *fake = backend->self;

	(void)inv;
	fake->attached++;
	fake->attach_flags = attach->flags;
	if (fake->attach_status != SCALE_OK)
		return call_fail(call, fake->attach_status, "told to fail");
	*ret_attached = (struct scale_attached){
		.struct_size = sizeof(*ret_attached),
	};
	if (volume->kind == SCALE_BLOCK) {
		ret_attached->device = fake->device;
		ret_attached->wwid = fake->wwid;
		fake->object = arena_strdup(call->arena, volume->object);
	} else {
		ret_attached->fs_type = fake->fs_type;
		ret_attached->sources = fake->sources;
		ret_attached->options = fake->options;
	}
	return SCALE_OK;
}

scale_status invoke_detach(struct call *call, struct backend *backend,
			   struct invocation *inv,
			   const struct scale_volume *volume,
			   const struct scale_attached *found)
{
	struct fake_backend *fake = backend->self;

	(void)inv;
	(void)volume;
	fake->detached++;
	fake->detach_saw_device = found != NULL && found->device != NULL;
	if (fake->detach_status != SCALE_OK)
		return call_fail(call, fake->detach_status, "told to fail");
	fake->object = NULL;
	return SCALE_OK;
}

scale_status invoke_rescan(struct call *call, struct backend *backend,
			   struct invocation *inv,
			   const struct scale_volume *volume,
			   const struct scale_attached *found)
{
	struct fake_backend *fake = backend->self;

	(void)inv;
	(void)volume;
	(void)found;
	fake->rescanned++;
	if (fake->rescan_bytes != 0 &&
	    loop_device_resize(&fake->loop, fake->rescan_bytes) != 0)
		return call_fail(call, SCALE_INTERNAL, "cannot resize");
	return SCALE_OK;
}

scale_status invoke_list(struct call *call, struct backend *backend,
			 struct invocation *inv, bool on_node)
{
	struct fake_backend *fake = backend->self;

	(void)on_node;
	map_init(&inv->put[SCALE_PUT_FOUND], call->arena);
	if (fake->object != NULL)
		map_put(&inv->put[SCALE_PUT_FOUND], fake->object, fake->device);
	return SCALE_OK;
}

scale_status invoke_identify(struct call *call, struct backend *backend,
			     struct invocation *inv)
{
	struct fake_backend *fake = backend->self;

	map_init(&inv->put[SCALE_PUT_IDENTITY], call->arena);
	if (fake->identify_status != SCALE_OK)
		return call_fail(call, fake->identify_status, "told to fail");
	map_put(&inv->put[SCALE_PUT_IDENTITY], "iqn", fake->wwid);
	return SCALE_OK;
}

scale_status invoke_open(struct call *call, struct backend *backend,
			 struct host *host)
{
	(void)call;
	(void)backend;
	(void)host;
	return SCALE_OK;
}

void invoke_close(struct backend *backend)
{
	(void)backend;
}
