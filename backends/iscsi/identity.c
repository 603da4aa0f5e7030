/* SPDX-License-Identifier: BSD-2-Clause */
/* Who this node is, what it has attached, what it lacks. */
#include <string.h>

#include "iscsi.h"
#include "node.h"

#define PUT_MAX 128

/* "InitiatorName=iqn.1993-08.org.debian:01:abc" on a line of its own. */
const char *iscsi_initiator(struct scale_call *call)
{
	static const char key[] = "InitiatorName=";
	const char *text = NULL;

	if (call->host->host_read(call, ISCSI_NAME_FILE, &text) != SCALE_OK)
		return NULL;
	while (*text != '\0') {
		size_t len = strcspn(text, "\r\n");

		if (strncmp(text, key, sizeof(key) - 1) == 0 &&
		    len > sizeof(key) - 1)
			return scale_text(call, "%.*s",
					  (int)(len - (sizeof(key) - 1)),
					  text + sizeof(key) - 1);
		text += len;
		text += strspn(text, "\r\n");
	}
	return NULL;
}

/* A node without open-iscsi has no name, and the other protocols none the less.
 */
scale_status iscsi_identify(void *self, struct scale_call *call)
{
	const char *iqn = iscsi_initiator(call);

	(void)self;
	if (iqn == NULL || strlen(iqn) > PUT_MAX)
		return SCALE_OK;
	return call->host->put(call, SCALE_PUT_IDENTITY, ISCSI_IDENTITY_IQN,
			       iqn);
}

/* Everything that could be a volume's: "basename:object" with LUN 0. */
scale_status iscsi_list(void *self, struct scale_call *call)
{
	const char *root = sysfs_root(self), *name = "";
	struct iscsi_session session;
	struct iscsi_disk disk;
	scale_status st = SCALE_OK;

	while (st == SCALE_OK &&
	       iscsi_session_next(call, root, NULL, &name, &session)) {
		const char *colon = strrchr(session.iqn, ':');

		if (colon == NULL || colon[1] == '\0' ||
		    strlen(colon) > PUT_MAX)
			continue;
		if (!iscsi_session_disk(call, root, &session, "0", &disk) ||
		    *disk.device == '\0')
			continue;
		st = call->host->put(call, SCALE_PUT_FOUND, colon + 1,
				     disk.device);
	}
	return st;
}

/* iscsiadm writes to sysfs and waits for the disk, so that it can be killed. */
scale_status iscsi_rescan(void *self, struct scale_call *call,
			  const struct scale_volume *volume,
			  const struct scale_attached *found)
{
	const char *root = sysfs_root(self), *name = "";
	struct iscsi_session session;
	struct iscsi_disk disk;
	scale_status st;

	(void)found; /* the session is what is rescanned */
	if (!iscsi_session_next(call, root, volume->object, &name, &session))
		return scale_fail(call, SCALE_FAILED_PRECONDITION,
				  "volume '%s' is not attached here any more; "
				  "its new size is seen with the next attach",
				  volume->id);
	st = iscsi_admin_rescan(call, session.id);
	if (st != SCALE_OK ||
	    !iscsi_session_disk(call, root, &session, "0", &disk) ||
	    *disk.block == '\0')
		return st;
	return sysfs_wait_size(call, disk.block, volume->bytes);
}

scale_status iscsi_node_probe(void *self, struct scale_call *call)
{
	static const char *const words[] = {"--version", NULL};
	int32_t code;

	(void)self;
	if (iscsi_admin(call, &code, words) != SCALE_OK || code != 0)
		call->host->report(
			call, SCALE_ERROR, "NoInitiator",
			"iscsiadm does not run on this node; install "
			"open-iscsi");
	if (iscsi_initiator(call) == NULL)
		call->host->report(
			call, SCALE_ERROR, "NoInitiatorName",
			"this node has no iSCSI name in " ISCSI_NAME_FILE
			"; start iscsid once, which makes one");
	return SCALE_OK;
}
