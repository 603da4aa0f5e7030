/* SPDX-License-Identifier: BSD-2-Clause */
/* Controllers and namespaces, read from sysfs. */
#include <string.h>

#include "node.h"

int nvmeof_controller_next(struct scale_call *call, const char *root,
			   const char *object, const char **name,
			   struct nvmeof_controller *ret_controller)
{
	const char *base = scale_text(call, "%s/class/nvme", root);
	const char *const *names = sysfs_names(call, base);

	for (; *names != NULL; names++) {
		const char *dir, *nqn, *state;

		if (strcmp(*names, *name) <= 0 ||
		    !sysfs_numbers(*names, "nvme#"))
			continue;
		dir = scale_text(call, "%s/%s", base, *names);
		nqn = sysfs_text(call, scale_text(call, "%s/subsysnqn", dir));
		if (*nqn == '\0' ||
		    (object != NULL && !sysfs_ends_in(nqn, object)))
			continue;
		/* a drive in the machine is none of ours, whatever its name */
		if (strcmp(sysfs_text(call,
				      scale_text(call, "%s/transport", dir)),
			   "tcp") != 0)
			continue;
		state = sysfs_text(call, scale_text(call, "%s/state", dir));
		*name = *names;
		*ret_controller = (struct nvmeof_controller){
			.dir = dir,
			.nqn = nqn,
			.is_live = strcmp(state, "live") == 0,
		};
		return 1;
	}
	return 0;
}

/* A namespace below @dir; a path of one ("nvme0c1n1") is hidden from users. */
static int find_below(struct scale_call *call, const char *root,
		      const char *dir, const char *wwid,
		      struct nvmeof_disk *ret_disk)
{
	const char *const *names = sysfs_names(call, dir);

	for (; *names != NULL; names++) {
		const char *own, *is;

		if (!sysfs_numbers(*names, "nvme#n#"))
			continue;
		own = scale_text(call, "%s/%s", dir, *names);
		is = sysfs_text(call, scale_text(call, "%s/wwid", own));
		if ((wwid != NULL && strcmp(is, wwid) != 0) ||
		    !sysfs_has_node(call, root, own, *names))
			continue;
		*ret_disk = (struct nvmeof_disk){
			.dir = own,
			.device = scale_text(call, "/dev/%s", *names),
			.wwid = is,
		};
		return 1;
	}
	return 0;
}

/*
 * With native multipath the device hangs below the subsystem, without it below
 * the controller.
 */
int nvmeof_disk_find(struct scale_call *call, const char *root, const char *nqn,
		     const char *wwid, struct nvmeof_disk *ret_disk)
{
	const char *base = scale_text(call, "%s/class/nvme-subsystem", root);
	const char *const *names = sysfs_names(call, base);
	struct nvmeof_controller controller;
	const char *name = "";

	for (; *names != NULL; names++) {
		const char *dir = scale_text(call, "%s/%s", base, *names);
		const char *is =
			sysfs_text(call, scale_text(call, "%s/subsysnqn", dir));

		if (strcmp(is, nqn) == 0 &&
		    find_below(call, root, dir, wwid, ret_disk))
			return 1;
	}
	while (nvmeof_controller_next(call, root, NULL, &name, &controller))
		if (strcmp(controller.nqn, nqn) == 0 &&
		    find_below(call, root, controller.dir, wwid, ret_disk))
			return 1;
	return 0;
}
