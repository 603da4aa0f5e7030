/* SPDX-License-Identifier: BSD-2-Clause */
/* It was built for a younger minor: everything is larger, but still fits. */
#include "sample.h"

static struct {
	struct scale_backend known;
	uint64_t younger[4];
} newer = {.younger = {1, 2, 3, 4}};

static struct {
	struct scale_controller_ops known;
	void *younger[2];
} newer_controller = {.younger = {&newer, &newer}};

static struct {
	struct scale_node_ops known;
	void *younger[2];
} newer_node = {.younger = {&newer, &newer}};

static struct {
	struct scale_param known;
	const char *younger;
} newer_params[2] = {{.younger = "a"}, {.younger = "b"}};

const struct scale_backend *scale_backend_entry(void)
{
	sample.name = "newer";
	newer.known = sample;
	newer.known.abi_minor = SCALE_ABI_MINOR + 1;
	newer.known.struct_size = sizeof(newer);
	newer_controller.known = sample_controller;
	newer_controller.known.struct_size = sizeof(newer_controller);
	newer.known.controller = &newer_controller.known;
	newer_node.known = sample_node;
	newer_node.known.struct_size = sizeof(newer_node);
	newer.known.node = &newer_node.known;
	newer_params[0].known = sample_params[0];
	newer_params[1].known = sample_params[1];
	newer.known.param_size = sizeof(newer_params[0]);
	newer.known.params = &newer_params[0].known;
	return &newer.known;
}
