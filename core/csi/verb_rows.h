/* SPDX-License-Identifier: BSD-2-Clause */
/* The words the two tables of methods are written in. */
#ifndef SCALE_CSI_CSI_VERB_ROWS_H
#define SCALE_CSI_CSI_VERB_ROWS_H

#include "csi.pb-c.h"
#include "csi/verb.h"

/* clang-format off */
#define METHOD(name_, input_) .method = name_, .input = &csi__v1__##input_##_request__descriptor
#define INLINE     .is_inline = true, .is_quiet = true
#define IDENTITY   .service = "csi.v1.Identity", INLINE
#define READ       .class = ADMIT_READ, .budget_ns = CSI_BUDGET_READ_NS
#define ATTACH     .class = ADMIT_PUBLISH, .budget_ns = CSI_BUDGET_CHANGE_NS, .is_mutation = true
#define CHANGE     .class = ADMIT_CHANGE, .budget_ns = CSI_BUDGET_CHANGE_NS, .is_mutation = true
#define DOES(fn)   .run = run_##fn
#define PLANS(fn)  .plan = plan_##fn, .run = run_##fn

#define IDENTITY_ROWS \
	{ IDENTITY, METHOD("GetPluginInfo", get_plugin_info), DOES(get_plugin_info) }, \
	{ IDENTITY, METHOD("GetPluginCapabilities", get_plugin_capabilities), DOES(get_plugin_capabilities) }, \
	{ IDENTITY, METHOD("Probe", probe), DOES(probe) }
/* clang-format on */

#endif
