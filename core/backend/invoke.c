/* SPDX-License-Identifier: BSD-2-Clause */
/* The one place that calls a backend's functions. */
#include "backend/invoke.h"

#include <assert.h>
#include <string.h>

#include "backend/frame.h"

static scale_status refuse_half(struct call *call,
				const struct backend *backend, const char *half)
{
	return call_fail(call, SCALE_UNIMPLEMENTED,
			 "backend '%s' has no %s half",
			 backend->descriptor.name, half);
}

static scale_status refuse_controller(struct call *call,
				      const struct backend *backend)
{
	return refuse_half(call, backend, "controller");
}

/* A function on a volume; NULL is its default: OK, nothing put. */
static scale_status run_volume(struct call *call, struct backend *backend,
			       struct invocation *inv, const char *function,
			       scale_volume_fn *fn,
			       const struct scale_volume *volume)
{
	struct frame frame;
	scale_status st;

	if (backend->descriptor.controller == NULL)
		return refuse_controller(call, backend);
	st = frame_enter(&frame, call, backend, inv, function, volume);
	if (st == SCALE_OK && fn != NULL)
		st = fn(backend->self, &call->abi, volume);
	return frame_leave(&frame, st);
}

static scale_status run_grant(struct call *call, struct backend *backend,
			      struct invocation *inv, const char *function,
			      scale_grant_fn *fn,
			      const struct scale_volume *volume,
			      const struct scale_grant *grant)
{
	struct frame frame;
	scale_status st;

	if (backend->descriptor.controller == NULL)
		return refuse_controller(call, backend);
	st = frame_enter(&frame, call, backend, inv, function, volume);
	if (st == SCALE_OK && fn != NULL)
		st = fn(backend->self, &call->abi, volume, grant);
	return frame_leave(&frame, st);
}

static scale_status run_plain(struct call *call, struct backend *backend,
			      struct invocation *inv, const char *function,
			      scale_plain_fn *fn)
{
	struct frame frame;
	scale_status st =
		frame_enter(&frame, call, backend, inv, function, NULL);

	if (st == SCALE_OK && fn != NULL)
		st = fn(backend->self, &call->abi);
	return frame_leave(&frame, st);
}

scale_status invoke_validate(struct call *call, struct backend *backend,
			     struct invocation *inv,
			     const struct scale_volume *volume)
{
	return run_volume(call, backend, inv, "validate",
			  backend->controller.validate, volume);
}

scale_status invoke_create(struct call *call, struct backend *backend,
			   struct invocation *inv,
			   const struct scale_volume *volume)
{
	return run_volume(call, backend, inv, "create",
			  backend->controller.create, volume);
}

scale_status invoke_destroy(struct call *call, struct backend *backend,
			    struct invocation *inv,
			    const struct scale_volume *volume)
{
	return run_volume(call, backend, inv, "destroy",
			  backend->controller.destroy, volume);
}

scale_status invoke_resize(struct call *call, struct backend *backend,
			   struct invocation *inv,
			   const struct scale_volume *volume)
{
	return run_volume(call, backend, inv, "resize",
			  backend->controller.resize, volume);
}

scale_status invoke_modify(struct call *call, struct backend *backend,
			   struct invocation *inv,
			   const struct scale_volume *volume)
{
	return run_volume(call, backend, inv, "modify",
			  backend->controller.modify, volume);
}

scale_status invoke_publish(struct call *call, struct backend *backend,
			    struct invocation *inv,
			    const struct scale_volume *volume,
			    const struct scale_grant *grant)
{
	return run_grant(call, backend, inv, "publish",
			 backend->controller.publish, volume, grant);
}

scale_status invoke_unpublish(struct call *call, struct backend *backend,
			      struct invocation *inv,
			      const struct scale_volume *volume,
			      const struct scale_grant *grant)
{
	return run_grant(call, backend, inv, "unpublish",
			 backend->controller.unpublish, volume, grant);
}

scale_status invoke_probe(struct call *call, struct backend *backend,
			  struct invocation *inv, bool on_node)
{
	return run_plain(call, backend, inv, "probe",
			 on_node ? backend->node.probe
				 : backend->controller.probe);
}

scale_status invoke_identify(struct call *call, struct backend *backend,
			     struct invocation *inv)
{
	return run_plain(call, backend, inv, "identify",
			 backend->node.identify);
}

scale_status invoke_list(struct call *call, struct backend *backend,
			 struct invocation *inv, bool on_node)
{
	return run_plain(call, backend, inv, "list",
			 on_node ? backend->node.list
				 : backend->controller.list);
}

/* What attach() must have filled in. */
static scale_status check_attached(struct running *running,
				   const struct scale_volume *volume,
				   const struct scale_attached *attached)
{
	if (volume->kind == SCALE_BLOCK &&
	    (attached->device == NULL ||
	     strncmp(attached->device, "/dev/", 5) != 0))
		return host_blame(running, "attach gave no device below /dev");
	if (volume->kind == SCALE_FILESYSTEM &&
	    (attached->fs_type == NULL || attached->fs_type[0] == '\0' ||
	     attached->sources == NULL || attached->sources[0] == NULL))
		return host_blame(running,
				  "attach gave nothing that can be mounted");
	return SCALE_OK;
}

scale_status invoke_attach(struct call *call, struct backend *backend,
			   struct invocation *inv,
			   const struct scale_volume *volume,
			   const struct scale_attach *attach,
			   struct scale_attached *ret_attached)
{
	struct scale_attached attached = {.struct_size = sizeof(attached)};
	struct frame frame;
	scale_status st;

	if (backend->descriptor.node == NULL)
		return refuse_half(call, backend, "node");
	st = frame_enter(&frame, call, backend, inv, "attach", volume);
	if (st == SCALE_OK)
		st = backend->node.attach(backend->self, &call->abi, volume,
					  attach, &attached);
	if (st == SCALE_OK)
		st = check_attached(&frame.running, volume, &attached);
	st = frame_leave(&frame, st);
	if (st == SCALE_OK)
		*ret_attached = attached;
	return st;
}

typedef scale_status found_fn(void *self, struct scale_call *,
			      const struct scale_volume *,
			      const struct scale_attached *);

static scale_status run_found(struct call *call, struct backend *backend,
			      struct invocation *inv, const char *function,
			      found_fn *fn, const struct scale_volume *volume,
			      const struct scale_attached *found)
{
	struct frame frame;
	scale_status st;

	if (backend->descriptor.node == NULL)
		return refuse_half(call, backend, "node");
	st = frame_enter(&frame, call, backend, inv, function, volume);
	if (st == SCALE_OK && fn != NULL)
		st = fn(backend->self, &call->abi, volume, found);
	return frame_leave(&frame, st);
}

scale_status invoke_detach(struct call *call, struct backend *backend,
			   struct invocation *inv,
			   const struct scale_volume *volume,
			   const struct scale_attached *found)
{
	return run_found(call, backend, inv, "detach", backend->node.detach,
			 volume, found);
}

scale_status invoke_rescan(struct call *call, struct backend *backend,
			   struct invocation *inv,
			   const struct scale_volume *volume,
			   const struct scale_attached *found)
{
	return run_found(call, backend, inv, "rescan", backend->node.rescan,
			 volume, found);
}

scale_status invoke_open(struct call *call, struct backend *backend,
			 struct host *host)
{
	struct invocation inv = {.host = host};
	struct frame frame;
	scale_status st;

	assert(!backend->is_open);
	st = frame_enter(&frame, call, backend, &inv, "open", NULL);
	if (st == SCALE_OK && backend->descriptor.open != NULL)
		st = backend->descriptor.open(&call->abi, &backend->self);
	st = frame_leave(&frame, st);
	backend->is_open = st == SCALE_OK;
	return st;
}

void invoke_close(struct backend *backend)
{
	if (backend->is_open && backend->descriptor.close != NULL)
		backend->descriptor.close(backend->self);
	backend->is_open = false;
	backend->self = NULL;
}
