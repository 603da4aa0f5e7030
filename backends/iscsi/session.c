/* SPDX-License-Identifier: BSD-2-Clause */
/* Sessions and their disks, read from sysfs. */
#include <string.h>

#include "node.h"

int iscsi_session_next(struct scale_call *call, const char *root,
		       const char *object, const char **name,
		       struct iscsi_session *ret_session)
{
	const char *dir = scale_text(call, "%s/class/iscsi_session", root);
	const char *const *names = sysfs_names(call, dir);

	for (; *names != NULL; names++) {
		const char *iqn;

		if (strcmp(*names, *name) <= 0 ||
		    !sysfs_numbers(*names, "session#"))
			continue;
		iqn = sysfs_text(call, scale_text(call, "%s/%s/targetname", dir,
						  *names));
		if (*iqn == '\0' ||
		    (object != NULL && !sysfs_ends_in(iqn, object)))
			continue;
		*name = *names;
		*ret_session = (struct iscsi_session){
			.id = *names + strlen("session"),
			.iqn = iqn,
			.device = scale_text(call, "%s/%s/device", dir, *names),
			.is_up = strcmp(sysfs_text(call,
						   scale_text(call,
							      "%s/%s/state",
							      dir, *names)),
					"LOGGED_IN") == 0,
		};
		return 1;
	}
	return 0;
}

/* "2:0:0:1" is LUN 1. */
static int is_lun(const char *name, const char *lun)
{
	const char *colon = strrchr(name, ':');

	return sysfs_numbers(name, "#:#:#:#") && colon != NULL &&
	       strcmp(colon + 1, lun) == 0;
}

static void fill_disk(struct scale_call *call, const char *root,
		      const char *dir, struct iscsi_disk *ret_disk)
{
	const char *block = scale_text(call, "%s/block", dir);
	const char *const *names = sysfs_names(call, block);

	*ret_disk = (struct iscsi_disk){
		.dir = dir,
		.block = "",
		.device = "",
		.wwid = sysfs_text(call, scale_text(call, "%s/wwid", dir)),
	};
	if (*names == NULL)
		return;
	ret_disk->block = scale_text(call, "%s/%s", block, *names);
	if (sysfs_has_node(call, root, ret_disk->block, *names))
		ret_disk->device = scale_text(call, "/dev/%s", *names);
}

int iscsi_session_disk(struct scale_call *call, const char *root,
		       const struct iscsi_session *session, const char *lun,
		       struct iscsi_disk *ret_disk)
{
	const char *const *targets = sysfs_names(call, session->device);

	for (; *targets != NULL; targets++) {
		const char *dir;
		const char *const *luns;

		if (!sysfs_numbers(*targets, "target#:#:#"))
			continue;
		dir = scale_text(call, "%s/%s", session->device, *targets);
		for (luns = sysfs_names(call, dir); *luns != NULL; luns++)
			if (is_lun(*luns, lun)) {
				fill_disk(call, root,
					  scale_text(call, "%s/%s", dir, *luns),
					  ret_disk);
				return 1;
			}
	}
	return 0;
}
