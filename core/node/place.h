/* SPDX-License-Identifier: BSD-2-Clause */
/* A path that kubelet names, and what is mounted there. */
#ifndef SCALE_CSI_NODE_PLACE_H
#define SCALE_CSI_NODE_PLACE_H

#include <stdbool.h>

#include "node/node_impl.h"
#include "sys/mountinfo.h"

struct place {
	int parent_fd;    /* -1: the directory that would hold it is not
			   * there, and so nothing is */
	const char *name; /* the last part */
	const char *real; /* the path as mountinfo writes it */
	struct mountinfo mounts;
	const struct mountinfo_entry *entry; /* what is there, or NULL */
};

#define PLACE_NONE                                                             \
	{                                                                      \
		.parent_fd = -1                                                \
	}

void place_close(struct place *place);
#define auto_place __attribute__((cleanup(place_close))) struct place

/*
 * place_open - look at @path without touching what is there.
 * INVALID_ARGUMENT: no absolute, plain path; PERMISSION_DENIED: it lies outside
 * of kubelet's directory, or a symbolic link is on the way.  A missing parent
 * is OK with parent_fd -1.
 */
scale_status place_open(struct call *call, const struct node *node,
			const char *path, struct place *ret_place);

/* place_look - read the mounts anew. */
scale_status place_look(struct call *call, struct place *place);

/*
 * place_is_other - whether @entry is a mount that counts and that is neither at
 * @here nor at @there (may be NULL).  A mount outside of kubelet's directory
 * does not: a pod that shows the node's root has every mount twice.
 */
bool place_is_other(const struct node *node,
		    const struct mountinfo_entry *entry, const char *here,
		    const char *there);

/*
 * place_unmount - take away everything that is mounted there.  What waits for a
 * server is failed after some seconds; a local file system is not forced, and
 * is never left to a lazy unmount.
 */
scale_status place_unmount(struct call *call, struct place *place);

#endif
