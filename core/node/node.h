/* SPDX-License-Identifier: BSD-2-Clause */
/* The node's verbs in plain words: what csi/ calls. */
#ifndef SCALE_CSI_NODE_NODE_H
#define SCALE_CSI_NODE_NODE_H

#include <stdbool.h>
#include <stdint.h>

#include <scale_backend.h>

#include "backend/host.h"
#include "backend/table.h"
#include "work/call.h"

/*
 * Constant after node_new(); keeps nothing that the kernel could not tell:
 * what is attached is read from mountinfo and sysfs each time.
 */
struct node;

struct node_config {
	const char *name; /* the node's name in the cluster */
	const struct backend_table *backends;
	struct host *host;
	struct log *log;
	const char *const
		*addresses;     /* ends in NULL; NULL: of the interfaces */
	const char *path_root;  /* stage and publish only below it
				 * ("/var/lib/kubelet"); NULL: anywhere */
	const char *filesystem; /* default of a block volume: "ext4" */
};

int node_new(const struct node_config *config, struct node **ret_node);
void node_free(struct node *node); /* NULL is fine */

/* A volume as NodeStageVolume and NodePublishVolume describe it. */
struct node_volume {
	const char *id;
	struct scale_map context; /* volume context */
	struct scale_map publish; /* publish context */
	struct scale_map secrets;
	bool is_raw;                /* block access */
	uint32_t access_mode;       /* CSI's number */
	bool is_readonly;           /* asked for, or implied by the mode */
	const char *fs_type;        /* "" : what the volume context says, else
				     * the default */
	const char *const *options; /* mount flags; ends in NULL */
};

/*
 * node_stage - attach, prove the device's identity, format if proven blank,
 * check, mount at @staging (an existing directory), grow if it is smaller than
 * its device.  Already staged the same way: OK.  ALREADY_EXISTS when something
 * else is staged there.  For raw volumes nothing is mounted; the device is
 * found again at publish.
 */
scale_status node_stage(struct call *call, struct node *node,
			const struct node_volume *volume, const char *staging);

/*
 * node_unstage - unmount and detach.  Not staged, not attached: OK.  OK
 * promises that no superblock, holder or session of the volume remains.
 */
scale_status node_unstage(struct call *call, struct node *node,
			  const char *volume_id, const char *staging);

/* node_publish - bind to @target, which is made; raw: the device onto a file.
 */
scale_status node_publish(struct call *call, struct node *node,
			  const struct node_volume *volume, const char *staging,
			  const char *target, bool readonly);

/* node_unpublish - unbind and remove what publish made at @target. */
scale_status node_unpublish(struct call *call, struct node *node,
			    const char *volume_id, const char *target);

/*
 * node_expand - see the device's new size and grow the filesystem mounted at
 * @path.  NOT_FOUND when the volume is not at @path.
 * @required_bytes: 0 for "as large as the device".
 */
scale_status node_expand(struct call *call, struct node *node,
			 const char *volume_id, const char *path,
			 const char *staging, uint64_t required_bytes,
			 uint64_t *ret_bytes);

struct node_stats {
	bool is_raw; /* then only total_bytes is known */
	uint64_t total_bytes, used_bytes, available_bytes;
	uint64_t total_inodes, used_inodes, free_inodes;
};
scale_status node_get_stats(struct call *call, struct node *node,
			    const char *volume_id, const char *path,
			    struct node_stats *ret_stats);

/*
 * node_get_id - the node id: the name, what each backend's identify() puts, the
 * addresses.  A backend that cannot say (no iscsid here) is left out with a log
 * line; the id is what the others said.
 */
scale_status node_get_id(struct call *call, struct node *node,
			 const char **ret_node_id);

#endif
