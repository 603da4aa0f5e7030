/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of node/ share: the node, and the volume a verb is about. */
#ifndef SCALE_CSI_NODE_NODE_IMPL_H
#define SCALE_CSI_NODE_NODE_IMPL_H

#include "backend/id.h"
#include "backend/invoke.h"
#include "node/left.h"
#include "node/node.h"

/* Constant after node_new(), but for `left`, which locks itself. */
struct node {
	char *name;
	char *path_root; /* kubelet's directory; NULL: anywhere */
	char *real_root; /* the same as mountinfo names it */
	char *filesystem;
	char **addresses; /* ends in NULL; NULL: of the interfaces */
	const struct backend_table *backends;
	struct host *host;
	struct log *log;
	struct left left;
};

/* The volume a verb is about; lives as long as the call. */
struct subject {
	struct node *node;
	struct backend *backend;
	struct id id;
	struct scale_volume volume; /* as the backend is given it */
};

/*
 * subject_find - from the id alone.
 * NOT_FOUND when it is no volume id of ours; FAILED_PRECONDITION when its
 * backend is not loaded here.
 */
scale_status subject_find(struct call *call, struct node *node,
			  const char *volume_id, struct subject *ret_subject);

/*
 * subject_take_context - and from what NodeStage and NodePublish bring along:
 * checks the context's version and chooses the kind.
 */
scale_status subject_take_context(struct call *call, struct subject *subject,
				  const struct node_volume *given);

/* subject_invocation - a fresh one. */
struct invocation subject_invocation(const struct subject *subject);

/*
 * subject_explain - @what ("staging") and the volume before the recorded
 * reason, unless the reason names the volume itself.  Returns call->status.
 */
scale_status subject_explain(struct call *call, const char *what,
			     const char *volume_id);

#endif
