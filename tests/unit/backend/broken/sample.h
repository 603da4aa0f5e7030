/* SPDX-License-Identifier: BSD-2-Clause */
/* A backend that is all right, for the files beside it to break in one way. */
#ifndef SCALE_CSI_TESTS_SAMPLE_H
#define SCALE_CSI_TESTS_SAMPLE_H

#include <scale_backend.h>

static scale_status sample_volume(void *self, struct scale_call *call,
				  const struct scale_volume *volume)
{
	(void)self;
	(void)call;
	(void)volume;
	return SCALE_OK;
}

static scale_status sample_grant(void *self, struct scale_call *call,
				 const struct scale_volume *volume,
				 const struct scale_grant *grant)
{
	(void)grant;
	return sample_volume(self, call, volume);
}

static scale_status sample_attach(void *self, struct scale_call *call,
				  const struct scale_volume *volume,
				  const struct scale_attach *attach,
				  struct scale_attached *attached)
{
	(void)attach;
	attached->device = "/dev/null";
	return sample_volume(self, call, volume);
}

static scale_status sample_detach(void *self, struct scale_call *call,
				  const struct scale_volume *volume,
				  const struct scale_attached *found)
{
	(void)found;
	return sample_volume(self, call, volume);
}

/* Not constant, so that a broken one can change what it likes. */
static struct scale_controller_ops sample_controller = {
	.struct_size = sizeof(struct scale_controller_ops),
	.create = sample_volume,
	.destroy = sample_volume,
	.publish = sample_grant,
};
static struct scale_node_ops sample_node = {
	.struct_size = sizeof(struct scale_node_ops),
	.attach = sample_attach,
	.detach = sample_detach,
};
static struct scale_param sample_params[] = {
	{SCALE_UINT, SCALE_PARAM_CLASS, "blocks", "8", "1..64", "How many."},
	{SCALE_CHOICE, SCALE_PARAM_CONFIG, "mode", "fast", "fast|safe", "How."},
};
static const char *const sample_methods[] = {"sample.*", NULL};
static const char *const sample_tools[] = {"sampleadm", NULL};
static const char *const sample_paths[] = {"/etc/sample/", NULL};

static struct scale_backend sample = {
	SCALE_BACKEND_HEAD,
	.id_prefix = "scale-sample",
	.version = "0.1",
	.summary = "A sample",
	.can = SCALE_CAN_BLOCK,
	.thread_model = SCALE_PARALLEL,
	.param_size = sizeof(struct scale_param),
	.n_params = 2,
	.params = sample_params,
	.service = "sampled",
	.methods = sample_methods,
	.tools = sample_tools,
	.paths = sample_paths,
	.controller = &sample_controller,
	.node = &sample_node,
};

/* The entry of a backend called @called, after @change. */
#define SAMPLE(called, change)                                                 \
	const struct scale_backend *scale_backend_entry(void)                  \
	{                                                                      \
		sample.name = called;                                          \
		change;                                                        \
		return &sample;                                                \
	}

#endif
