/* SPDX-License-Identifier: BSD-2-Clause */
/* The methods of CSI as rows: what each is, locks, costs and does. */
#ifndef SCALE_CSI_CSI_VERB_H
#define SCALE_CSI_CSI_VERB_H

#include <stdbool.h>
#include <stddef.h>

#include <protobuf-c/protobuf-c.h>

#include "csi/csi.h"
#include "work/admit.h"
#include "work/call.h"

/* What an operation for this request locks; names live in the call's arena. */
struct csi_plan {
	const char *volume; /* exclusive, and what identical requests share;
			     * NULL: nothing is locked or joined */
	const char *also;   /* or NULL */
	bool also_shared;
	const char *unique; /* or NULL: exclusive too */
};

/* How long an operation may run once it has begun. */
#define CSI_BUDGET_READ_NS   (60 * CLOCK_NS_PER_S)
#define CSI_BUDGET_CHANGE_NS (300 * CLOCK_NS_PER_S)

struct csi_verb {
	const char *service; /* "csi.v1.Controller" */
	const char *method;  /* "CreateVolume" */
	const ProtobufCMessageDescriptor *input;
	enum admit_class class;
	int64_t budget_ns;
	bool is_mutation; /* its good result may be kept for a retry */
	bool is_inline;   /* answered at once, on the wire's thread: run() must
			   * not block and gets no operation */
	bool is_quiet;    /* logged at debug level when it went well */
	/* NULL: locks nothing. */
	scale_status (*plan)(struct call *call, const struct csi *csi,
			     const ProtobufCMessage *request,
			     struct csi_plan *ret_plan);
	/* The reply is made in the call's arena. */
	scale_status (*run)(struct call *call, const struct csi *csi,
			    const ProtobufCMessage *request,
			    ProtobufCMessage **ret_reply);
};

/*
 * The tables of the two programs, each ending in a row whose service is NULL.
 * They are apart so that the node's does not drag in the NAS, nor the
 * controller's the mounts.
 */
const struct csi_verb *csi_controller_verbs(void);
const struct csi_verb *csi_node_verbs(void);

/*
 * reply_new - an initialised message in the call's arena; NULL when it is out
 * of memory (then return call_nomem(call)).
 */
void *reply_new(struct call *call, const ProtobufCMessageDescriptor *type);

/* One function per method, in the file named after it. */
#define CSI_PLAN(name)                                                         \
	scale_status plan_##name(struct call *, const struct csi *,            \
				 const ProtobufCMessage *, struct csi_plan *)
#define CSI_RUN(name)                                                          \
	scale_status run_##name(struct call *, const struct csi *,             \
				const ProtobufCMessage *, ProtobufCMessage **)

CSI_RUN(get_plugin_info);
CSI_RUN(get_plugin_capabilities);
CSI_RUN(probe);
CSI_RUN(controller_get_capabilities);
CSI_RUN(node_get_capabilities);
CSI_PLAN(create_volume);
CSI_RUN(create_volume);
CSI_PLAN(delete_volume);
CSI_RUN(delete_volume);
CSI_PLAN(controller_publish);
CSI_RUN(controller_publish);
CSI_PLAN(controller_unpublish);
CSI_RUN(controller_unpublish);
CSI_RUN(validate_volume);
CSI_RUN(list_volumes);
CSI_RUN(get_capacity);
CSI_PLAN(create_snapshot);
CSI_RUN(create_snapshot);
CSI_PLAN(delete_snapshot);
CSI_RUN(delete_snapshot);
CSI_RUN(list_snapshots);
CSI_PLAN(controller_expand);
CSI_RUN(controller_expand);
CSI_RUN(controller_get_volume);
CSI_PLAN(node_stage);
CSI_RUN(node_stage);
CSI_PLAN(node_unstage);
CSI_RUN(node_unstage);
CSI_PLAN(node_publish);
CSI_RUN(node_publish);
CSI_PLAN(node_unpublish);
CSI_RUN(node_unpublish);
CSI_PLAN(node_expand);
CSI_RUN(node_expand);
CSI_RUN(node_get_stats);
CSI_RUN(node_get_info);

#endif
