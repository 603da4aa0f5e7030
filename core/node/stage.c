/* SPDX-License-Identifier: BSD-2-Clause */
/* NodeStageVolume: which way, and what both have in common. */
#include "node/stage.h"

#include "sys/mountopts.h"

scale_status stage_refuse_other(struct call *call,
				const struct subject *subject,
				const struct place *place)
{
	return call_fail(call, SCALE_ALREADY_EXISTS,
			 "volume '%s' cannot be staged at '%s', where '%s' is "
			 "mounted; unmount that first",
			 subject->id.volume, place->real, place->entry->source);
}

scale_status stage_check_same(struct call *call, const struct subject *subject,
			      const struct node_volume *given,
			      const struct place *place)
{
	bool is_readonly = mountinfo_has_option(place->entry, "ro");
	bool wants_readonly =
		given->is_readonly || mountopts_have(given->options, "ro");

	if (is_readonly == wants_readonly)
		return SCALE_OK;
	return call_fail(call, SCALE_ALREADY_EXISTS,
			 "volume '%s' is staged %s at '%s' already, but %s was "
			 "asked for; unstage it first",
			 subject->id.volume,
			 is_readonly ? "read-only" : "writable", place->real,
			 wants_readonly ? "read-only" : "writable");
}

scale_status node_stage(struct call *call, struct node *node,
			const struct node_volume *volume, const char *staging)
{
	auto_place place = PLACE_NONE;
	struct subject subject;
	scale_status st = subject_find(call, node, volume->id, &subject);

	if (st == SCALE_OK)
		st = subject_take_context(call, &subject, volume);
	if (st == SCALE_OK)
		st = place_open(call, node, staging, &place);
	if (st != SCALE_OK)
		return st;
	if (place.parent_fd < 0)
		return call_fail(call, SCALE_FAILED_PRECONDITION,
				 "the directory '%s' to stage volume '%s' at "
				 "does not exist",
				 staging, volume->id);
	return subject.volume.kind == SCALE_BLOCK
		       ? stage_device(call, &subject, volume, &place)
		       : stage_files(call, &subject, volume, &place);
}
