/* SPDX-License-Identifier: BSD-2-Clause */
/* NodePublishVolume: the way, its rules, and files. */
#include "node/publish.h"

#include <string.h>

#include "node/device.h"
#include "sys/mounter.h"
#include "sys/mountopts.h"
#include "sys/path.h"

#define SINGLE_NODE_SINGLE_WRITER 6 /* csi.proto, AccessMode */

bool publish_is_single(const struct node_volume *given)
{
	return given->access_mode == SINGLE_NODE_SINGLE_WRITER;
}

scale_status publish_refuse_target(struct call *call,
				   const struct subject *subject,
				   const struct place *target)
{
	return call_fail(
		call, SCALE_ALREADY_EXISTS,
		"volume '%s' cannot be published at '%s': '%s' is "
		"there already, %s; unpublish it first",
		subject->id.volume, target->real, target->entry->source,
		mountinfo_has_option(target->entry, "ro") ? "read-only"
							  : "writable");
}

scale_status publish_refuse_second(struct call *call,
				   const struct subject *subject,
				   const struct mountinfo_entry *other)
{
	return call_fail(call, SCALE_FAILED_PRECONDITION,
			 "volume '%s' is for a single writer and is published "
			 "at '%s' already",
			 subject->id.volume, other->target);
}

scale_status publish_undo(struct call *call, struct place *target)
{
	scale_status failed = call->status;
	const char *reason = call->reason;

	if (place_look(call, target) != SCALE_OK ||
	    place_unmount(call, target) != SCALE_OK)
		failed = SCALE_UNAVAILABLE;
	else
		/* what it holds now is not ours, and then it stays */
		(void)path_remove(target->parent_fd, target->name);
	return call_fail(call, failed, "%s", reason);
}

/* Whether two mounts show the same thing. */
static bool is_same(const struct mountinfo_entry *a,
		    const struct mountinfo_entry *b)
{
	return a->dev == b->dev && strcmp(a->root, b->root) == 0 &&
	       strcmp(a->fs_type, b->fs_type) == 0;
}

static scale_status check_second(struct call *call,
				 const struct subject *subject,
				 const struct node_volume *given,
				 const struct place *staged,
				 const struct place *target)
{
	if (!publish_is_single(given))
		return SCALE_OK;
	for (size_t i = 0; i < target->mounts.n; i++) {
		const struct mountinfo_entry *entry =
			&target->mounts.entries[i];

		if (is_same(entry, staged->entry) &&
		    place_is_other(subject->node, entry, staged->real,
				   target->real))
			return publish_refuse_second(call, subject, entry);
	}
	return SCALE_OK;
}

static scale_status bind_files(struct call *call, const struct subject *subject,
			       const struct place *staged, struct place *target,
			       bool readonly)
{
	int rc = path_make_directory(target->parent_fd, target->name);
	scale_status st;

	if (rc != 0)
		return call_fail(call, SCALE_INTERNAL,
				 "cannot make the directory '%s': %s",
				 target->real, strerrordesc_np(-rc));
	st = mounter_bind(call, staged->real, target->real, readonly);
	if (st == SCALE_OK)
		st = place_look(call, target);
	if (st == SCALE_OK &&
	    (target->entry == NULL ||
	     mountinfo_has_option(target->entry, "ro") != readonly))
		st = call_fail(call, SCALE_INTERNAL,
			       "volume '%s' is not %s at '%s', though its "
			       "mount reported success",
			       subject->id.volume,
			       readonly ? "read-only" : "writable",
			       target->real);
	return st == SCALE_OK ? SCALE_OK : publish_undo(call, target);
}

scale_status publish_files(struct call *call, struct subject *subject,
			   const struct node_volume *given,
			   const struct place *staged, struct place *target,
			   bool readonly)
{
	enum device_owner owner;
	scale_status st;

	if (staged->entry == NULL)
		return call_fail(call, SCALE_FAILED_PRECONDITION,
				 "volume '%s' is not staged at '%s'",
				 subject->id.volume, staged->real);
	st = device_owner_of(call, subject, staged->entry, &owner);
	if (st == SCALE_OK && owner == DEVICE_GONE)
		return call_fail(call, SCALE_FAILED_PRECONDITION,
				 "the device of volume '%s' that is staged at "
				 "'%s' has gone away; end the pods that use "
				 "it, and it is attached anew",
				 subject->id.volume, staged->real);
	if (st == SCALE_OK && owner == DEVICE_OTHERS)
		return call_fail(call, SCALE_FAILED_PRECONDITION,
				 "what is staged at '%s' is not volume '%s' "
				 "but '%s'",
				 staged->real, subject->id.volume,
				 staged->entry->source);
	if (st != SCALE_OK)
		return st;
	/* a bind of what is mounted read-only is so, whatever is asked */
	readonly = readonly || mountinfo_has_option(staged->entry, "ro");
	if (target->entry != NULL)
		return is_same(target->entry, staged->entry) &&
				       mountinfo_has_option(target->entry,
							    "ro") == readonly
			       ? SCALE_OK
			       : publish_refuse_target(call, subject, target);
	st = check_second(call, subject, given, staged, target);
	if (st != SCALE_OK)
		return st;
	return bind_files(call, subject, staged, target, readonly);
}

static scale_status publish(struct call *call, struct subject *subject,
			    const struct node_volume *given,
			    const char *staging, struct place *target,
			    bool readonly)
{
	auto_place staged = PLACE_NONE;
	scale_status st;

	if (given->is_raw)
		return publish_device(call, subject, given, target, readonly);
	st = place_open(call, subject->node, staging, &staged);
	if (st != SCALE_OK)
		return st;
	return publish_files(call, subject, given, &staged, target, readonly);
}

scale_status node_publish(struct call *call, struct node *node,
			  const struct node_volume *volume, const char *staging,
			  const char *target, bool readonly)
{
	auto_place place = PLACE_NONE;
	struct subject subject;
	scale_status st = subject_find(call, node, volume->id, &subject);

	if (st == SCALE_OK)
		st = subject_take_context(call, &subject, volume);
	if (st != SCALE_OK)
		return st;
	if (staging == NULL || staging[0] == '\0')
		return call_fail(call, SCALE_FAILED_PRECONDITION,
				 "volume '%s' cannot be published without the "
				 "path at which it is staged",
				 volume->id);
	st = place_open(call, node, target, &place);
	if (st != SCALE_OK)
		return st;
	if (place.parent_fd < 0)
		return call_fail(call, SCALE_FAILED_PRECONDITION,
				 "the directory above '%s' to publish volume "
				 "'%s' at does not exist",
				 target, volume->id);
	readonly = readonly || volume->is_readonly ||
		   mountopts_have(volume->options, "ro");
	st = publish(call, &subject, volume, staging, &place, readonly);
	if (st == SCALE_OK)
		return SCALE_OK;
	return subject_explain(call, "publishing", volume->id);
}
