/* SPDX-License-Identifier: BSD-2-Clause */
/* The parts of the iSCSI backend. */
#ifndef SCALE_CSI_BACKENDS_ISCSI_H
#define SCALE_CSI_BACKENDS_ISCSI_H

#include <scale_backend.h>

#include <stdint.h>

#include "block/wave.h"

/* Keys, once: the configuration's, the class's, the contexts'. */
#define ISCSI_KEY_SERVER    "server"
#define ISCSI_KEY_PORTAL    "portal"
#define ISCSI_KEY_PORTALS   "portals"
#define ISCSI_KEY_PORT      "port"
#define ISCSI_KEY_BLOCKSIZE "blocksize"
#define ISCSI_KEY_TIMEOUT   "replacementTimeout"

#define ISCSI_PUBLISH_IQN     "iqn"
#define ISCSI_PUBLISH_PORTALS "portals"
#define ISCSI_PUBLISH_LUN     "lun"
#define ISCSI_PUBLISH_WWID    "wwid"

#define ISCSI_IDENTITY_IQN "iqn"

/*
 * One target, one extent and the mapping that makes the extent LUN 0 of the
 * target, each named after the volume's object.  An id of 0: there is none.
 */
struct iscsi_export {
	int64_t target, extent, mapping;
	int has_portal;      /* the target can be reached */
	int is_enabled;      /* the extent is */
	int is_fresh;        /* this operation made the target, and there was
			      * no extent: so there is no mapping either */
	const char *naa;     /* the extent's, as the NAS writes it */
	const char *foreign; /* why what bears our name is not ours */
	const char *rival;   /* another extent of our zvol */
	size_t n_others;     /* mappings of other extents on the target */
	int64_t elsewhere;   /* a target not ours that has the extent too */
};

/* ---- find.c ------------------------------------------------------------- */

/*
 * iscsi_ask_* - add the query to @wave.  iscsi_read_* - after it, what it says
 * goes into @export; a query that failed fails the operation.
 */
void iscsi_ask_target(struct scale_call *call, struct wave *wave,
		      struct scale_rpc *rpc, const struct scale_volume *volume);
scale_status iscsi_read_target(struct scale_call *call,
			       const struct scale_rpc *rpc,
			       const struct scale_volume *volume,
			       struct iscsi_export *export);

void iscsi_ask_extent(struct scale_call *call, struct wave *wave,
		      struct scale_rpc *rpc, const struct scale_volume *volume);
/* iscsi_ask_disk - extents of our name or of our zvol under any name. */
void iscsi_ask_disk(struct scale_call *call, struct wave *wave,
		    struct scale_rpc *rpc, const struct scale_volume *volume);
scale_status iscsi_read_extent(struct scale_call *call,
			       const struct scale_rpc *rpc,
			       const struct scale_volume *volume,
			       struct iscsi_export *export);

/* iscsi_ask_mappings - of @target or @extent; 0: not of that. */
void iscsi_ask_mappings(struct scale_call *call, struct wave *wave,
			struct scale_rpc *rpc, int64_t target, int64_t extent);
/* iscsi_read_mappings - @export's target and extent are known by now. */
scale_status iscsi_read_mappings(struct scale_call *call,
				 const struct scale_rpc *rpc,
				 const struct scale_volume *volume,
				 struct iscsi_export *export);

/* iscsi_disk - "zvol/tank/k8s/pvc-1": the extent's disk. */
const char *iscsi_disk(struct scale_call *call,
		       const struct scale_volume *volume);

/*
 * iscsi_recall - the ids an earlier call of this volume has seen, for queries
 * that would otherwise have to wait for another one's answer; 0: forgotten.
 * They are checked against what is found by name.
 */
void iscsi_recall(struct scale_call *call, const struct scale_volume *volume,
		  struct iscsi_export *ret_seen);
void iscsi_remember(struct scale_call *call, const struct scale_volume *volume,
		    const struct iscsi_export *export);

/* ---- make.c ------------------------------------------------------------- */

/* iscsi_add_target - add the making of the target to @wave. */
void iscsi_add_target(struct scale_call *call, struct wave *wave,
		      struct scale_rpc *rpc, const struct scale_volume *volume,
		      int64_t portal);

/*
 * iscsi_complete - make what of @export is missing, of the zvol @path that
 * export_path() has named.  ALREADY_EXISTS if something of our name is somebody
 * else's.
 */
scale_status iscsi_complete(struct scale_call *call,
			    const struct scale_volume *volume, const char *path,
			    struct iscsi_export *export);

/* iscsi_put_state - the ids, as hints beside the dataset. */
scale_status iscsi_put_state(struct scale_call *call,
			     const struct iscsi_export *export);

/* ---- site.c ------------------------------------------------------------- */

/* What of the NAS's iSCSI set-up is the same for all volumes. */
struct iscsi_site {
	int64_t portal;       /* id of the portal targets are made for */
	const char *portals;  /* "10.0.0.5:3260,...": where nodes log in */
	const char *basename; /* "iqn.2005-10.org.freenas.ctl" */
	struct scale_rpc portal_rpc, global_rpc;
	int is_portal_asked, is_global_asked;
};

/* iscsi_site_ask - add to @wave what is not remembered. */
void iscsi_site_ask(struct scale_call *call, struct wave *wave,
		    struct iscsi_site *site);
/* iscsi_site_learn - after the wave: fills @site in. */
scale_status iscsi_site_learn(struct scale_call *call, struct iscsi_site *site);
/* iscsi_site_portal - the portal's id alone, asked for if need be. */
scale_status iscsi_site_portal(struct scale_call *call, int64_t *ret_portal);
/* iscsi_site_forget - what is remembered turned out to be wrong. */
void iscsi_site_forget(struct scale_call *call);

/* ---- portals.c ---------------------------------------------------------- */

/*
 * iscsi_portals_of - the listen addresses of @row of iscsi.portal.query as
 * "10.0.0.5:3260,[fd00::1]:3260"; any address is the configured server.  What
 * does not fit into a context's value is left out.
 * iscsi_portals_given - the same from the configuration's list.
 */
const char *iscsi_portals_of(struct scale_call *call, const char *rows,
			     size_t row);
const char *iscsi_portals_given(struct scale_call *call, const char *given);

/* iscsi_is_wildcard - whether @ip stands for every address of the NAS. */
int iscsi_is_wildcard(const char *ip);

/* ---- the operations ------------------------------------------------------ */

scale_volume_fn iscsi_create;   /* create.c */
scale_volume_fn iscsi_validate; /* create.c */
scale_volume_fn iscsi_destroy;  /* destroy.c */
scale_grant_fn iscsi_publish;   /* publish.c */
scale_plain_fn iscsi_probe;     /* publish.c */

#endif
