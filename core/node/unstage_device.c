/* SPDX-License-Identifier: BSD-2-Clause */
/* Takes a block volume off this node. */
#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "node/device.h"
#include "node/unstage.h"
#include "sys/blockdev.h"
#include "sys/blockwait.h"
#include "sys/spawn.h"

#define FLUSH_MS   90000 /* of a NAS that answers; kubelet waits 120 s */
#define UNMOUNT_MS 30000
#define FREE_MS    10000 /* after the unmount: other mount namespaces, fput */
#define FAILING_MS 10000 /* for what waited, once the session was cut */

struct unstaging {
	struct subject *subject;
	struct place *place;
	struct device device; /* dev 0: none is known */
	bool is_detached;
	bool is_lost;
	const char *lost_why;
};

static void note_lost(struct unstaging *u, const char *why)
{
	if (!u->is_lost)
		u->lost_why = why;
	u->is_lost = true;
}

static scale_status detach(struct call *call, struct unstaging *u)
{
	struct invocation inv = subject_invocation(u->subject);
	struct scale_attached found = {.struct_size = sizeof(found),
				       .device = u->device.path};
	scale_status st;

	if (u->is_detached)
		return SCALE_OK;
	st = invoke_detach(call, u->subject->backend, &inv, &u->subject->volume,
			   u->device.dev != 0 ? &found : NULL);
	u->is_detached = st == SCALE_OK;
	return st;
}

/*
 * Waits for @child.  When it waits for a NAS that is dead, the session is cut
 * under it.  Returns what blockwait_child() does, -EHOSTDOWN when the session
 * could not be cut, with the reason recorded.
 */
static int wait_or_cut(struct call *call, struct unstaging *u,
		       const struct child *child, int64_t deadline_ns)
{
	int rc = blockwait_child(call, child, u->device.dev, deadline_ns);

	if (rc != -EHOSTDOWN)
		return rc;
	call_log(call, SCALE_WARNING,
		 "the NAS does not answer on %s: detaching it, which loses "
		 "what was not written",
		 u->device.path);
	note_lost(u, "the NAS has not answered");
	if (detach(call, u) != SCALE_OK)
		return -EHOSTDOWN;
	return blockwait_child(call, child, 0, clock_after_ms(FAILING_MS));
}

/* Runs a program whose I/O may hang; *@ret_code is its exit code. */
static int run_watched(struct call *call, struct unstaging *u,
		       const char *const *argv, int64_t deadline_ns,
		       int *ret_code)
{
	const char *path = spawn_find(call->arena, argv[0]);
	struct child child = CHILD_NONE;
	int rc;

	if (path == NULL)
		return -ENOENT;
	rc = child_start(path, argv, NULL, &child);
	if (rc != 0)
		return rc;
	rc = wait_or_cut(call, u, &child, deadline_ns);
	if (rc == 0 || child_has_ended(&child)) {
		*ret_code = child_reap(&child);
		return 0;
	}
	child_kill(&child);
	left_add(&u->subject->node->left, &child);
	return rc;
}

static scale_status fail_hanging(struct call *call, const struct unstaging *u,
				 int rc, const char *what)
{
	if (rc == -ECANCELED)
		return call_check(call);
	if (rc == -EHOSTDOWN)
		return call_prefix(call,
				   "the NAS does not answer, and the device "
				   "'%s' cannot be cut off from it",
				   u->device.path);
	if (rc == -ETIMEDOUT)
		return call_fail(call, SCALE_UNAVAILABLE,
				 "%s '%s' has not ended in time%s", what,
				 u->device.path,
				 u->is_lost ? ", and data was lost because the "
					      "NAS has not answered"
					    : "; it goes on and is asked for "
					      "again");
	return call_fail(call, SCALE_FAILED_PRECONDITION, "%s '%s': %s", what,
			 u->device.path, strerrordesc_np(-rc));
}

static scale_status flush(struct call *call, struct unstaging *u)
{
	const char *const argv[] = {"sync", "-f", u->place->real, NULL};
	int code = 0;
	int rc = run_watched(call, u, argv, clock_after_ms(FLUSH_MS), &code);

	if (rc != 0)
		return fail_hanging(call, u, rc, "writing out device");
	if (code != 0)
		note_lost(u, "writing it out failed; the node's kernel log "
			     "has the I/O errors");
	return SCALE_OK;
}

static scale_status unmount(struct call *call, struct unstaging *u)
{
	const char *const argv[] = {"umount", "-i",           "-n",
				    "-c",     u->place->real, NULL};
	int code = 0;
	int rc = run_watched(call, u, argv, clock_after_ms(UNMOUNT_MS), &code);
	scale_status st = place_look(call, u->place);

	if (st != SCALE_OK)
		return st;
	if (rc != 0)
		return fail_hanging(call, u, rc, "unmounting device");
	/* one of two, over each other, may still be there */
	if (u->place->entry == NULL || code == 0)
		return SCALE_OK;
	return call_fail(call, SCALE_FAILED_PRECONDITION,
			 "'%s' is in use by a program on this node (fuser -m "
			 "says which)",
			 u->place->real);
}

/* Not before the device is free is it true that nothing more is written. */
static scale_status wait_free(struct call *call, const struct unstaging *u)
{
	struct blockdev look;
	int rc = blockwait_free(call, u->device.path, clock_after_ms(FREE_MS));

	if (rc == -ECANCELED)
		return call_check(call);
	if (rc == -EBUSY)
		return call_fail(
			call, SCALE_UNAVAILABLE,
			"device '%s' is still in use on this node: an "
			"unmount has not ended, or a mount lives on in "
			"another container (grep '%s' "
			"/proc/*/mountinfo says where)%s",
			u->device.path, u->device.path,
			u->is_lost ? "; data was lost because the NAS "
				     "has not answered"
				   : "");
	if (blockdev_read(call->arena, BLOCKDEV_SYSFS, u->device.dev, &look) ==
		    0 &&
	    look.has_holder)
		return call_fail(call, SCALE_FAILED_PRECONDITION,
				 "another device is built on '%s' of volume "
				 "'%s' (lsblk shows it); take that away first",
				 u->device.path, u->subject->id.volume);
	return SCALE_OK;
}

/* What is mounted beside the place itself; it counts as being in use. */
static scale_status check_others(struct call *call, const struct unstaging *u)
{
	const struct mountinfo_entry *entry = NULL;

	for (;;) {
		entry = device_next_mount(&u->place->mounts, u->device.dev,
					  entry);
		if (entry == NULL)
			return SCALE_OK;
		if (place_is_other(u->subject->node, entry, u->place->real,
				   NULL))
			return call_fail(call, SCALE_FAILED_PRECONDITION,
					 "volume '%s' is still mounted at "
					 "'%s'; unpublish it there first",
					 u->subject->id.volume, entry->target);
	}
}

/* The device: of the mount, or else as the backend lists it. */
static scale_status find_device(struct call *call, struct unstaging *u)
{
	bool is_known;

	if (u->place->entry != NULL) {
		device_of_mount(call, u->place->entry, &u->device);
		if (u->device.dev == 0)
			return call_fail(call, SCALE_UNAVAILABLE,
					 "the device '%s' mounted at '%s' is "
					 "not in sysfs",
					 u->place->entry->source,
					 u->place->real);
		return SCALE_OK;
	}
	return device_of_volume(call, u->subject, &u->device, &is_known);
}

/*
 * An unmount that hangs has left mountinfo already, but the superblock lives:
 * cut the session when the device is stalled, then it ends.
 */
static scale_status end_stalled(struct call *call, struct unstaging *u)
{
	struct blockdev look;

	if (blockdev_is_busy(u->device.path) != 1 ||
	    blockdev_read(call->arena, BLOCKDEV_SYSFS, u->device.dev, &look) !=
		    0 ||
	    !look.is_stalled)
		return SCALE_OK;
	note_lost(u, "the NAS has not answered");
	return detach(call, u);
}

/* Lets nothing use the device: of the mount, or of the backend's list. */
static scale_status set_free(struct call *call, struct unstaging *u)
{
	scale_status st = find_device(call, u);

	if (st == SCALE_OK && u->device.dev != 0)
		st = check_others(call, u);
	if (st == SCALE_OK && u->place->entry != NULL)
		st = flush(call, u);
	while (st == SCALE_OK && u->place->entry != NULL)
		st = unmount(call, u);
	if (st == SCALE_OK && u->device.dev != 0)
		st = end_stalled(call, u);
	if (st == SCALE_OK && u->device.dev != 0)
		st = wait_free(call, u);
	return st;
}

scale_status unstage_device(struct call *call, struct subject *subject,
			    struct place *place)
{
	bool is_gone =
		place->entry != NULL && device_is_gone(call, place->entry);
	struct unstaging u = {.subject = subject, .place = place};
	scale_status st = set_free(call, &u);

	/* a session made since has a device of its own */
	if (st == SCALE_OK && is_gone)
		st = set_free(call, &u);
	if (st == SCALE_OK)
		st = detach(call, &u);
	if (st == SCALE_OK && u.is_lost)
		return unstage_tell_lost(call, subject, u.lost_why);
	return st;
}
