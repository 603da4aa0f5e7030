/* SPDX-License-Identifier: BSD-2-Clause */
/* The parts of the NFS backend. */
#ifndef SCALE_CSI_BACKENDS_NFS_H
#define SCALE_CSI_BACKENDS_NFS_H

#include <scale_backend.h>

#include <stdint.h>

/* Keys, once: the class's, the configuration's, the contexts'. */
#define NFS_KEY_SERVER  "server"
#define NFS_KEY_HOSTS   "hosts"
#define NFS_KEY_NETS    "networks"
#define NFS_KEY_MAPROOT "maproot"
#define NFS_KEY_MAPALL  "mapall"
#define NFS_KEY_VERSION "version"
#define NFS_KEY_NCONN   "nconnect"

#define NFS_PUBLISH_SERVER "server"
#define NFS_PUBLISH_SHARE  "share"

#define NFS_STATE_SHARE "truenas_nfs_share_id"

/* A share on the NAS, as far as we look at it. */
struct nfs_share {
	int64_t id; /* 0: there is none */
	const char *path;
	int is_enabled;
	int is_locked;
	const char *comment; /* the volume's id, on those we make */
};

/*
 * nfs_share_query - submit the query for the share of @path.
 * nfs_share_found - after rpc_wait(): the share, or id 0.  Several on one path
 * are FAILED_PRECONDITION: which one is ours cannot be told.
 */
scale_status nfs_share_query(struct scale_call *call, const char *path,
			     struct scale_rpc *rpc);
scale_status nfs_share_found(struct scale_call *call,
			     const struct scale_rpc *rpc, const char *path,
			     struct nfs_share *ret_share);

/* nfs_share_params - the parameters of sharing.nfs.create for @path. */
const char *nfs_share_params(struct scale_call *call,
			     const struct scale_volume *volume,
			     const char *path);

/* nfs_dataset_path - where the NAS mounts the dataset of @volume. */
const char *nfs_dataset_path(struct scale_call *call,
			     const struct scale_volume *volume);

/* share.c */
scale_status nfs_create(void *self, struct scale_call *call,
			const struct scale_volume *volume);
scale_status nfs_destroy(void *self, struct scale_call *call,
			 const struct scale_volume *volume);
scale_status nfs_validate(void *self, struct scale_call *call,
			  const struct scale_volume *volume);
/*
 * nfs_share_ensure - the share that @query found, or a new one.
 * @query: submitted before; waited for here.
 */
scale_status nfs_share_ensure(struct scale_call *call,
			      const struct scale_volume *volume,
			      struct scale_rpc *query,
			      struct nfs_share *ret_share);

/* publish.c */
scale_status nfs_publish(void *self, struct scale_call *call,
			 const struct scale_volume *volume,
			 const struct scale_grant *grant);
scale_status nfs_probe(void *self, struct scale_call *call);

/* mount.c: the node's half */
scale_status nfs_attach(void *self, struct scale_call *call,
			const struct scale_volume *volume,
			const struct scale_attach *attach,
			struct scale_attached *ret_attached);
scale_status nfs_detach(void *self, struct scale_call *call,
			const struct scale_volume *volume,
			const struct scale_attached *found);

#endif
