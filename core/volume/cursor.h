/* SPDX-License-Identifier: BSD-2-Clause */
/* The tokens between two pages of a list. */
#ifndef SCALE_CSI_VOLUME_CURSOR_H
#define SCALE_CSI_VOLUME_CURSOR_H

#include <stddef.h>

#include "work/call.h"

/* A page of a list ends at this many bytes of reply, or at max_entries. */
#define CURSOR_PAGE_BYTES (3u << 20)

/*
 * A token names the last path that was looked at, so that nothing is lost or
 * told twice when volumes come and go between pages: "v1-<8 hex>-<path>", the
 * digits being a checksum that a token of somebody else's does not have.
 */

/* cursor_format - the token behind @path; NULL when memory is out. */
const char *cursor_format(struct call *call, const char *path);

/*
 * cursor_parse - where to go on: *@ret_path is "" for "" (the beginning).
 * Returns OK, or ABORTED when the token is not one of ours.
 */
scale_status cursor_parse(struct call *call, const char *token,
			  const char **ret_path);

/* cursor_skip - the index of the first of the sorted @paths behind @path. */
size_t cursor_skip(const char *const *paths, size_t n, const char *path);

#endif
