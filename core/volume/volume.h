/* SPDX-License-Identifier: BSD-2-Clause */
/* The controller's verbs in plain words: what csi/ calls. */
#ifndef SCALE_CSI_VOLUME_VOLUME_H
#define SCALE_CSI_VOLUME_VOLUME_H

#include <stdbool.h>
#include <stdint.h>

#include <scale_backend.h>

#include "backend/host.h"
#include "backend/table.h"
#include "nas/nas.h"
#include "work/call.h"

/* Where volumes are made.  A parent is a file system dataset on the NAS. */
struct volume_pool {
	const char *name;   /* class key `pool`; the first one is the default */
	const char *parent; /* "tank/k8s" */
};

struct volumes_config {
	const char *driver;   /* "csi.scale.io" */
	const char *instance; /* whose volumes these are: csi_instance_id */
	const char *cluster;  /* for comments on the NAS; may be "" */
	const struct volume_pool *pools;
	size_t n_pools;
	const struct backend_table *backends;
	struct nas *nas;
	struct host *host;
	struct log *log;
};

/* Constant after volumes_new(); everything that changes is on the NAS. */
struct volumes;

/*
 * volumes_new - check the pools (a parent of at most ID_PARENT_MAX bytes, none
 * inside another, distinct names) and copy the configuration.
 * Returns 0 or -EINVAL with a sentence, -ENOMEM.
 */
int volumes_new(const struct volumes_config *config,
		struct volumes **ret_volumes, char *ret_error, size_t size);
void volumes_free(struct volumes *volumes); /* NULL is fine */

/* What the CO wants to do with a volume: CSI's capabilities, in short. */
struct volume_access {
	bool is_raw;                /* block access */
	uint32_t mode;              /* CSI's number */
	const char *fs_type;        /* mount access; "" when not given */
	const char *const *options; /* mount flags; ends in NULL */
};

enum volume_source_kind {
	VOLUME_BLANK,
	VOLUME_FROM_SNAPSHOT,
	VOLUME_FROM_VOLUME
};

struct volume_create {
	const char *name;
	uint64_t required_bytes; /* 0: not given */
	uint64_t limit_bytes;    /* 0: none */
	const struct volume_access *accesses;
	size_t n_accesses;
	struct scale_map parameters; /* as sent; csi.storage.k8s.io/ keys too */
	struct scale_map secrets;
	enum volume_source_kind source_kind;
	const char *source_id; /* snapshot or volume id */
};

/* A volume as CSI tells of it; memory is the call's. */
struct volume_info {
	const char *id;
	uint64_t bytes;           /* 0: unknown */
	struct scale_map context; /* volume context */
	enum volume_source_kind source_kind;
	const char *source_id;
	const char *const *nodes; /* published to; ends in NULL; or NULL */
};

/*
 * volume_plan_create - before anything is locked or sent: choose backend and
 * pool, check the class parameters, say which id it will be.
 * Returns OK with the id; INVALID_ARGUMENT, FAILED_PRECONDITION (backend not
 * loaded), OUT_OF_RANGE.
 */
scale_status volume_plan_create(struct call *call, struct volumes *volumes,
				const struct volume_create *create,
				const char **ret_id);

/*
 * volume_create - make it, or find that it is there and the same.
 * Answers through operation_answer() as soon as the volume can be used; the
 * hints are written behind the answer.
 */
scale_status volume_create(struct call *call, struct volumes *volumes,
			   const struct volume_create *create,
			   void (*answer)(struct call *call,
					  const struct volume_info *info,
					  void *arg),
			   void *arg, struct volume_info *ret_info);

/* volume_delete - refusals first; OK when it is proven to be gone. */
scale_status volume_delete(struct call *call, struct volumes *volumes,
			   const char *volume_id,
			   const struct scale_map *secrets);

struct volume_publish {
	const char *volume_id;
	const char *node_id; /* unpublish: "" means every node */
	struct volume_access access;
	bool is_readonly;
	struct scale_map context; /* as the CO keeps it */
	struct scale_map secrets;
};
/* volume_publish - publish context in *@ret. */
scale_status volume_publish(struct call *call, struct volumes *volumes,
			    const struct volume_publish *publish,
			    struct scale_map *ret);
scale_status volume_unpublish(struct call *call, struct volumes *volumes,
			      const struct volume_publish *publish);

/*
 * volume_expand - at least @required_bytes, never smaller.
 * @ret_node: whether the node must do its part.
 */
scale_status volume_expand(struct call *call, struct volumes *volumes,
			   const char *volume_id, uint64_t required_bytes,
			   uint64_t limit_bytes, uint64_t *ret_bytes,
			   bool *ret_node);

/* volume_get - NOT_FOUND when it is not there or not ours. */
scale_status volume_get(struct call *call, struct volumes *volumes,
			const char *volume_id, struct volume_info *ret_info);

/*
 * volume_check_access - whether it can be used in these ways; *@ret_why is NULL
 * when it can, else the sentence for ValidateVolumeCapabilities.
 */
scale_status volume_check_access(struct call *call, struct volumes *volumes,
				 const char *volume_id,
				 const struct volume_access *accesses, size_t n,
				 const struct scale_map *parameters,
				 const char **ret_why);

/*
 * volume_list - a page in the order of paths.
 * @max: 0 for all; a page also ends at 3 MiB of reply.
 * @token: "" for the first page, else what the page before gave; ABORTED when
 *         it is not ours.
 * @ret_next: "" at the end.
 */
scale_status volume_list(struct call *call, struct volumes *volumes,
			 uint32_t max, const char *token,
			 struct volume_info **ret_infos, size_t *ret_n,
			 const char **ret_next);

/* volume_get_capacity - bytes available for a class with these parameters. */
scale_status volume_get_capacity(struct call *call, struct volumes *volumes,
				 const struct scale_map *parameters,
				 uint64_t *ret_bytes);

struct snapshot_info {
	const char *id;
	const char *volume_id;
	uint64_t bytes;     /* what a restore needs at least */
	uint64_t created_s; /* seconds since 1970 */
};

/* snapshot_plan_create - the id that a snapshot of that name will have. */
scale_status snapshot_plan_create(struct call *call, struct volumes *volumes,
				  const char *name, const char *volume_id,
				  const char **ret_id);
scale_status volume_snapshot(struct call *call, struct volumes *volumes,
			     const char *name, const char *volume_id,
			     const struct scale_map *parameters,
			     struct snapshot_info *ret_info);
scale_status volume_snapshot_delete(struct call *call, struct volumes *volumes,
				    const char *snapshot_id);
/*
 * volume_snapshot_list - a page; @snapshot_id and @volume_id are filters, ""
 * for none.  Unknown or malformed ones give an empty list.
 */
scale_status volume_snapshot_list(struct call *call, struct volumes *volumes,
				  const char *snapshot_id,
				  const char *volume_id, uint32_t max,
				  const char *token,
				  struct snapshot_info **ret_infos,
				  size_t *ret_n, const char **ret_next);

#endif
