/* SPDX-License-Identifier: BSD-2-Clause */
/* From a volume id to its backend and the names that follow from it. */
#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "node/node_impl.h"

#define CONTEXT_VERSION 1

/* The kind a backend has when it has one only; 0: both. */
static uint32_t only_kind(const struct backend *backend)
{
	switch (backend->descriptor.can &
		(SCALE_CAN_FILESYSTEM | SCALE_CAN_BLOCK)) {
	case SCALE_CAN_FILESYSTEM:
		return SCALE_FILESYSTEM;
	case SCALE_CAN_BLOCK:
		return SCALE_BLOCK;
	default:
		return 0;
	}
}

scale_status subject_find(struct call *call, struct node *node,
			  const char *volume_id, struct subject *ret_subject)
{
	struct subject subject = {.node = node};
	uint32_t kind;
	int rc = id_parse(call->arena, volume_id, &subject.id);

	left_reap(&node->left);
	if (rc == -ENOMEM)
		return call_nomem(call);
	if (rc != 0 || subject.id.snapshot != NULL)
		return call_fail(call, SCALE_NOT_FOUND,
				 "there is no volume '%s': ids of this driver "
				 "look like 'scale-nfs:pool/parent/name'",
				 volume_id);
	subject.backend =
		backend_find_prefix(node->backends, subject.id.prefix);
	if (subject.backend == NULL)
		return call_fail(call, SCALE_FAILED_PRECONDITION,
				 "no backend for '%s:' is loaded on this node, "
				 "which volume '%s' needs; install the driver "
				 "with that backend",
				 subject.id.prefix, volume_id);
	kind = only_kind(subject.backend);
	subject.volume = (struct scale_volume){
		.struct_size = sizeof(subject.volume),
		.kind = kind != 0 ? kind : SCALE_BLOCK,
		.id = subject.id.volume,
		.dataset = subject.id.dataset,
		.object = id_make_object(call->arena, subject.id.volume),
	};
	if (subject.volume.object == NULL)
		return call_nomem(call);
	*ret_subject = subject;
	return SCALE_OK;
}

scale_status subject_take_context(struct call *call, struct subject *subject,
				  const struct node_volume *given)
{
	const char *version = map_get(&given->context, "scale-context");
	const char *bytes = map_get(&given->context, "bytes");
	uint64_t number;

	if (version != NULL &&
	    (text_parse_u64(version, &number) != 0 || number > CONTEXT_VERSION))
		return call_fail(call, SCALE_FAILED_PRECONDITION,
				 "the context of volume '%s' is of version "
				 "'%s', which this node plugin does not know; "
				 "upgrade it",
				 given->id, version);
	subject->volume.context = given->context;
	if (bytes != NULL && text_parse_u64(bytes, &number) == 0)
		subject->volume.bytes = number;
	if (only_kind(subject->backend) == 0)
		subject->volume.kind =
			given->is_raw || map_get(&given->context,
						 "filesystem") != NULL
				? SCALE_BLOCK
				: SCALE_FILESYSTEM;
	if (given->is_raw && subject->volume.kind != SCALE_BLOCK)
		return call_fail(call, SCALE_INVALID_ARGUMENT,
				 "volume '%s' is a file system on the NAS and "
				 "cannot be used as a raw block device",
				 given->id);
	return SCALE_OK;
}

struct invocation subject_invocation(const struct subject *subject)
{
	return (struct invocation){.host = subject->node->host};
}

scale_status subject_explain(struct call *call, const char *what,
			     const char *volume_id)
{
	if (strstr(call->reason, volume_id) != NULL)
		return call->status;
	return call_prefix(call, "%s volume '%s'", what, volume_id);
}
