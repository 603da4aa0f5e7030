/* SPDX-License-Identifier: BSD-2-Clause */
/* NodeUnstageVolume: flush, unmount, detach, in an order that loses nothing. */
#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "node/device.h"
#include "node/place.h"
#include "node/unstage.h"
#include "sys/spawn.h"

#define SYNC_MS 15000

/*
 * The volume is still shown somewhere else: it stays.  So does its session, for
 * the pods there.
 */
static scale_status refuse_published(struct call *call,
				     const struct subject *subject,
				     const struct mountinfo_entry *other)
{
	return call_fail(call, SCALE_FAILED_PRECONDITION,
			 "volume '%s' is still mounted at '%s'; unpublish it "
			 "there first",
			 subject->id.volume, other->target);
}

static const struct mountinfo_entry *
find_other_files(const struct subject *subject, const struct place *place)
{
	for (size_t i = 0; i < place->mounts.n; i++) {
		const struct mountinfo_entry *entry = &place->mounts.entries[i];

		if (entry->dev == place->entry->dev &&
		    strcmp(entry->root, place->entry->root) == 0 &&
		    strcmp(entry->source, place->entry->source) == 0 &&
		    place_is_other(subject->node, entry, place->real, NULL))
			return entry;
	}
	return NULL;
}

/* Whether what was written still has to reach a server: "host:/path",
 * "//host/share".  A directory of this node has nothing more to lose. */
static bool has_server(const struct mountinfo_entry *entry)
{
	return strstr(entry->source, ":/") != NULL ||
	       text_starts(entry->source, "//");
}

/*
 * A file system of files is unmounted even if its server is dead, because the
 * pod is gone and nobody else can; but what was not written is said to be lost.
 */
static scale_status unstage_files(struct call *call, struct subject *subject,
				  struct place *place)
{
	const struct mountinfo_entry *other = find_other_files(subject, place);
	struct spawn sync = {
		.argv = (const char *const[]){"sync", "-f", place->real, NULL},
		.deadline_ns = clock_after_ms(SYNC_MS),
	};
	scale_status st;
	int rc;

	if (other != NULL)
		return refuse_published(call, subject, other);
	if (!has_server(place->entry))
		return place_unmount(call, place);
	rc = spawn_tool(call, &sync);
	if (rc == -ECANCELED)
		return call_check(call);
	st = place_unmount(call, place);
	if (st != SCALE_OK || (rc == 0 && sync.exit_code == 0))
		return st;
	return unstage_tell_lost(call, subject, spawn_says(call, &sync, rc));
}

scale_status unstage_tell_lost(struct call *call, const struct subject *subject,
			       const char *why)
{
	return call_fail(
		call, SCALE_INTERNAL,
		"volume '%s' is unmounted, but not everything that was "
		"written to it on this node has reached the NAS: %s",
		subject->id.volume, why);
}

static scale_status detach_files(struct call *call, struct subject *subject)
{
	struct invocation inv = subject_invocation(subject);

	return invoke_detach(call, subject->backend, &inv, &subject->volume,
			     NULL);
}

static scale_status unstage(struct call *call, struct subject *subject,
			    struct place *place)
{
	enum device_owner owner = DEVICE_OTHERS;
	scale_status st = SCALE_OK;

	if (place->entry != NULL)
		st = device_owner_of(call, subject, place->entry, &owner);
	if (st != SCALE_OK)
		return st;
	if (place->entry != NULL && owner == DEVICE_OTHERS) {
		call_log(call, SCALE_NOTICE,
			 "'%s' at '%s' is another volume's and stays",
			 place->entry->source, place->real);
		st = device_check_uncovered(call, subject, &place->mounts,
					    place->entry);
		if (st != SCALE_OK)
			return st;
		place->entry = NULL;
	}
	if (place->entry != NULL &&
	    !device_is_block_mount(subject, place->entry)) {
		st = unstage_files(call, subject, place);
		return st == SCALE_OK ? detach_files(call, subject) : st;
	}
	if ((subject->backend->descriptor.can & SCALE_CAN_BLOCK) == 0)
		return detach_files(call, subject);
	return unstage_device(call, subject, place);
}

scale_status node_unstage(struct call *call, struct node *node,
			  const char *volume_id, const char *staging)
{
	auto_place place = PLACE_NONE;
	struct subject subject;
	scale_status st = place_open(call, node, staging, &place);

	if (st != SCALE_OK)
		return st;
	st = subject_find(call, node, volume_id, &subject);
	/* what never was a volume cannot be staged */
	if (st == SCALE_NOT_FOUND && place.entry == NULL)
		return SCALE_OK;
	if (st == SCALE_OK)
		st = unstage(call, &subject, &place);
	if (st == SCALE_OK)
		return SCALE_OK;
	return subject_explain(call, "unstaging", volume_id);
}
