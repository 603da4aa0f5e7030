/* SPDX-License-Identifier: BSD-2-Clause */
/* A backend's descriptor in C++17, which has no designated initialisers. */
#include <scale_backend.h>

static scale_status work(void *, struct scale_call *call,
			 const struct scale_volume *volume)
{
	struct scale_rpc rpc;
	const char *quoted = call->host->json_quote(call, volume->object);

	if (SCALE_HAS(volume, source) && volume->source != nullptr)
		return scale_fail(call, SCALE_INVALID_ARGUMENT,
				  "'%s' cannot be a copy", volume->id);
	return scale_rpc_run(call, &rpc, "toy.query",
			     scale_text(call, "[%s]", quoted), SCALE_RPC_READ);
}

static scale_status admit(void *self, struct scale_call *call,
			  const struct scale_volume *volume,
			  const struct scale_grant *)
{
	return work(self, call, volume);
}

static const struct scale_controller_ops controller = {sizeof(controller),
						       0,
						       work,
						       work,
						       admit,
						       nullptr,
						       nullptr,
						       nullptr,
						       nullptr,
						       nullptr,
						       nullptr,
						       nullptr};

static const struct scale_param params[] = {
	{SCALE_UINT, SCALE_PARAM_CLASS, "blocks", "8", "1..64", "How many."}};

static const char *const methods[] = {"toy.*", nullptr};

static const struct scale_backend backend = {SCALE_BACKEND_HEAD,
					     0,
					     "toy",
					     "scale-toy",
					     "0.1",
					     "A toy",
					     SCALE_CAN_BLOCK,
					     SCALE_PARALLEL,
					     0,
					     sizeof(struct scale_param),
					     1,
					     0,
					     params,
					     nullptr,
					     methods,
					     nullptr,
					     nullptr,
					     nullptr,
					     nullptr,
					     &controller,
					     nullptr};

const struct scale_backend *scale_backend_entry(void)
{
	return &backend;
}
