/* SPDX-License-Identifier: BSD-2-Clause */
/* Whose file a backend may be, since it runs as root on every node. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "backend/load.h"

int backend_check_trusted(const char *path, char *ret_error, size_t size)
{
	struct statvfs fs;
	struct stat st;

	if (lstat(path, &st) != 0) {
		int err = errno;

		(void)snprintf(ret_error, size,
			       err == ENOENT ? "there is no '%s'"
					     : "'%s' cannot be looked at",
			       path); /* a cut sentence will do */
		return -err;
	}
	/* What a link points to may be anywhere, so no mount excuses one. */
	if (S_ISLNK(st.st_mode)) {
		(void)snprintf(ret_error, size,
			       "'%s' is a symbolic link; put the file or "
			       "directory itself there",
			       path);
		return -EPERM;
	}
	if (statvfs(path, &fs) == 0 && (fs.f_flag & ST_RDONLY) != 0)
		return 0;
	if (st.st_uid != 0) {
		(void)snprintf(ret_error, size,
			       "'%s' belongs to user %u, but backends run as "
			       "root: make it root's",
			       path, (unsigned int)st.st_uid);
		return -EPERM;
	}
	if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
		(void)snprintf(ret_error, size,
			       "'%s' has mode %04o and so may be changed by "
			       "others: take write permission from group and "
			       "others",
			       path, (unsigned int)(st.st_mode & 07777));
		return -EPERM;
	}
	return 0;
}
