/* SPDX-License-Identifier: BSD-2-Clause */
/* The node's half of the iSCSI backend. */
#ifndef SCALE_CSI_BACKENDS_ISCSI_NODE_H
#define SCALE_CSI_BACKENDS_ISCSI_NODE_H

#include <scale_backend.h>

#include "block/sysfs.h"

#define ISCSI_NAME_DIR  "/etc/iscsi/"
#define ISCSI_NAME_FILE ISCSI_NAME_DIR "initiatorname.iscsi"
#define ISCSI_TOOL      "scale-iscsi-probe"
#define ISCSI_ADMIN     "iscsiadm"

/* ---- session.c: what the kernel says ----------------------------------------
 */

/* A session, as /sys/class/iscsi_session/session# shows it. */
struct iscsi_session {
	const char *id;     /* "3": iscsiadm's SID */
	const char *iqn;    /* the target's */
	const char *device; /* directory of the session's devices */
	int is_up;          /* LOGGED_IN */
};

/* A LUN of a session. */
struct iscsi_disk {
	const char *dir;    /* of its SCSI device */
	const char *block;  /* of its block device; "" until there is one */
	const char *device; /* "/dev/sdb"; "" until it can be opened */
	const char *wwid;   /* "naa.6589cfc..." */
};

/*
 * iscsi_session_next - the first session behind @name that fits.
 * @object: the target's name ends in ":" and this; NULL: any target.
 * @name:   "" to begin with; the walk's own afterwards.
 * Returns 1, or 0 at the end.
 */
int iscsi_session_next(struct scale_call *call, const char *root,
		       const char *object, const char **name,
		       struct iscsi_session *ret_session);

/* iscsi_session_disk - LUN @lun of it; returns 1, or 0: there is none. */
int iscsi_session_disk(struct scale_call *call, const char *root,
		       const struct iscsi_session *session, const char *lun,
		       struct iscsi_disk *ret_disk);

/* ---- admin.c: the host's iscsiadm -------------------------------------------
 */

/* Exit codes of iscsiadm: open-iscsi, include/iscsi_err.h. */
enum iscsi_admin_code {
	ISCSI_ADMIN_OK = 0,
	ISCSI_ADMIN_GONE = 2,    /* the session */
	ISCSI_ADMIN_EXISTS = 15, /* the session */
	ISCSI_ADMIN_NO_ISCSID = 20,
	ISCSI_ADMIN_NONE = 21, /* no record or session found */
	ISCSI_ADMIN_AUTH = 24
};

/* iscsi_admin - run iscsiadm with the words that follow, up to a NULL.  OK says
 * that it ran; @ret_code says how it ended. */
scale_status iscsi_admin(struct scale_call *call, int32_t *ret_code,
			 const char *const *words);

/* iscsi_admin_login - a record for the portal, with our timeouts, and a login.
 * Logged in already: OK. */
scale_status iscsi_admin_login(struct scale_call *call, const char *iqn,
			       const char *portal, const char *timeout);
/* iscsi_admin_logout - of all sessions of its target that have a record, else
 * of this one.  Ended already: OK. */
scale_status iscsi_admin_logout(struct scale_call *call,
				const struct iscsi_session *session);
/* iscsi_admin_forget - delete the target's records, if there are any. */
scale_status iscsi_admin_forget(struct scale_call *call, const char *iqn);
/* iscsi_admin_forget_object - delete the records of the targets whose names end
 * in ":" and @object; for when no session says the rest of the name. */
scale_status iscsi_admin_forget_object(struct scale_call *call,
				       const char *object);
/* iscsi_admin_rescan - look for new LUNs and sizes of one session. */
scale_status iscsi_admin_rescan(struct scale_call *call, const char *id);

/* ---- the operations
 * ---------------------------------------------------------- */

/* attach.c */
scale_status iscsi_attach(void *self, struct scale_call *call,
			  const struct scale_volume *volume,
			  const struct scale_attach *attach,
			  struct scale_attached *ret_attached);
/* detach.c */
scale_status iscsi_detach(void *self, struct scale_call *call,
			  const struct scale_volume *volume,
			  const struct scale_attached *found);
/* identity.c */
scale_plain_fn iscsi_identify;
scale_plain_fn iscsi_list;
scale_plain_fn iscsi_node_probe;
scale_status iscsi_rescan(void *self, struct scale_call *call,
			  const struct scale_volume *volume,
			  const struct scale_attached *found);

/* iscsi_initiator - the node's own name, or NULL. */
const char *iscsi_initiator(struct scale_call *call);

#endif
