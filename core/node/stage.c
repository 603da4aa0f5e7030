/* SPDX-License-Identifier: BSD-2-Clause */
/* NodeStageVolume: which way, and what both have in common. */
#include "node/stage.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

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

/*
 * A program that mounts there would follow a link.  What is mounted already is
 * no link, and is not looked at, because its server may be dead.
 */
static scale_status check_directory(struct call *call, const char *volume_id,
				    const struct place *place)
{
	struct stat st;
	int rc = 0;

	if (place->entry != NULL)
		return SCALE_OK;
	if (fstatat(place->parent_fd, place->name, &st, AT_SYMLINK_NOFOLLOW) ==
	    -1)
		rc = errno;
	else if (S_ISLNK(st.st_mode))
		return call_fail(call, SCALE_PERMISSION_DENIED,
				 "volume '%s' cannot be staged at '%s', which "
				 "is a symbolic link; kubelet never makes one",
				 volume_id, place->real);
	else if (!S_ISDIR(st.st_mode))
		rc = ENOTDIR;
	return rc == 0 ? SCALE_OK
		       : call_fail(call, SCALE_FAILED_PRECONDITION,
				   "volume '%s' cannot be staged at '%s': %s",
				   volume_id, place->real, strerrordesc_np(rc));
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
	st = check_directory(call, volume->id, &place);
	if (st != SCALE_OK)
		return st;
	return subject.volume.kind == SCALE_BLOCK
		       ? stage_device(call, &subject, volume, &place)
		       : stage_files(call, &subject, volume, &place);
}
