/* SPDX-License-Identifier: BSD-2-Clause */
/* The node's half of the NVMe-oF backend. */
#ifndef SCALE_CSI_BACKENDS_NVMEOF_NODE_H
#define SCALE_CSI_BACKENDS_NVMEOF_NODE_H

#include <scale_backend.h>

#include "block/sysfs.h"

#define NVMEOF_TOOL         "scale-nvme"
#define NVMEOF_HOSTNQN_FILE "/etc/nvme/hostnqn"
#define NVMEOF_HOSTID_FILE  "/etc/nvme/hostid"
#define NVMEOF_MACHINE_FILE "/etc/machine-id"

/* ---- controller.c: what the kernel says -------------------------------------
 */

/* A controller, as /sys/class/nvme/nvme# shows it. */
struct nvmeof_controller {
	const char *dir; /* "/sys/class/nvme/nvme0" */
	const char *nqn; /* its subsystem's */
	int is_live;
};

/*
 * nvmeof_controller_next - the first controller over fabrics behind @name that
 * fits.
 * @object: the subsystem's name ends in ":" and this; NULL: any.
 * @name:   "" to begin with; the walk's own afterwards.
 * Returns 1, or 0 at the end.
 */
int nvmeof_controller_next(struct scale_call *call, const char *root,
			   const char *object, const char **name,
			   struct nvmeof_controller *ret_controller);

/* A namespace as a block device: the head of all paths, where there are. */
struct nvmeof_disk {
	const char *dir;    /* with "size" in it */
	const char *device; /* "/dev/nvme0n1" */
	const char *wwid;   /* "uuid.0f6d1a52-..." */
};

/*
 * nvmeof_disk_find - namespace of the subsystem @nqn.
 * @wwid: that of the one wanted; NULL: the first one.
 * Returns 1, or 0: it has none such.
 */
int nvmeof_disk_find(struct scale_call *call, const char *root, const char *nqn,
		     const char *wwid, struct nvmeof_disk *ret_disk);

/* ---- hostnames.c
 * ------------------------------------------------------------- */

/* nvmeof_hostnqn - what the node calls itself; NULL: nobody gave it a name. */
const char *nvmeof_hostnqn(struct scale_call *call);

/*
 * nvmeof_host_names - the pair the kernel wants; what the node lacks follows
 * from its machine id and is the same each time.
 */
scale_status nvmeof_host_names(struct scale_call *call, const char **ret_nqn,
			       const char **ret_id);

/* ---- tool.c: scale-nvme
 * -------------------------------------------------------- */

/* nvmeof_tool - run it on @input and translate how it ends. */
scale_status nvmeof_tool(struct scale_call *call, const char *input,
			 const char *what, const char *object);

/* ---- the operations
 * ---------------------------------------------------------- */

/* attach.c */
scale_status nvmeof_attach(void *self, struct scale_call *call,
			   const struct scale_volume *volume,
			   const struct scale_attach *attach,
			   struct scale_attached *ret_attached);
/* detach.c */
scale_status nvmeof_detach(void *self, struct scale_call *call,
			   const struct scale_volume *volume,
			   const struct scale_attached *found);
scale_status nvmeof_rescan(void *self, struct scale_call *call,
			   const struct scale_volume *volume,
			   const struct scale_attached *found);
scale_plain_fn nvmeof_list;

/* hostnames.c */
scale_plain_fn nvmeof_identify;
scale_plain_fn nvmeof_node_probe;

#endif
