/* SPDX-License-Identifier: BSD-2-Clause */
/* detach(): log out of every session of the volume's target, and forget it. */
#include <string.h>

#include "node.h"

#define GONE_TRIES  60
#define GONE_TRY_MS 250

/*
 * Whether no session of @object is left, after a while: the kernel ends them
 * behind iscsiadm's back.
 */
static scale_status wait_gone(struct scale_call *call, const char *root,
			      const char *object)
{
	struct iscsi_session session;
	scale_status st = SCALE_OK;
	const char *name = "";

	for (int i = 0; i < GONE_TRIES && st == SCALE_OK; i++) {
		name = "";
		if (!iscsi_session_next(call, root, object, &name, &session))
			return SCALE_OK;
		st = call->host->wait_event(call, "block", GONE_TRY_MS);
	}
	if (st != SCALE_OK)
		return st;
	return scale_fail(call, SCALE_UNAVAILABLE,
			  "the session with '%s' does not end: something on "
			  "this node still uses its disk",
			  session.iqn);
}

/*
 * The SCSI device is not deleted first: with a dead NAS that hangs for minutes,
 * while the logout fails what is outstanding and takes the device along
 * (vmrig.md 10.4).
 */
scale_status iscsi_detach(void *self, struct scale_call *call,
			  const struct scale_volume *volume,
			  const struct scale_attached *found)
{
	const char *root = sysfs_root(self), *name = "";
	struct iscsi_session session;
	scale_status st = SCALE_OK;

	(void)found; /* a session may have lost its disk */
	/* a record outlives its session, when that was ended by a reboot */
	if (!iscsi_session_next(call, root, volume->object, &name, &session))
		return iscsi_admin_forget_object(call, volume->object);
	name = "";
	while (st == SCALE_OK && iscsi_session_next(call, root, volume->object,
						    &name, &session)) {
		st = iscsi_admin_logout(call, &session);
		if (st == SCALE_OK)
			st = iscsi_admin_forget(call, session.iqn);
	}
	return st == SCALE_OK ? wait_gone(call, root, volume->object) : st;
}
