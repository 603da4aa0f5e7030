/* SPDX-License-Identifier: BSD-2-Clause */
/* To which nodes a volume is published: a property of the dataset for each. */
#ifndef SCALE_CSI_VOLUME_PUBLICATION_H
#define SCALE_CSI_VOLUME_PUBLICATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/map.h"
#include "work/call.h"

#define PUBLICATION_VERSION 1

struct publication {
	const char *key;  /* the property's whole name */
	const char *node; /* the node's name; cut when it is very long */
	uint32_t mode;    /* CSI's access mode; 0: the record is unreadable */
	bool is_readonly;
	uint32_t version;
};

/*
 * publication_key - the property for a node: "publish." and 16 hex digits of
 * the hash of its name.  NULL when memory is out.
 */
const char *publication_key(struct call *call, const char *node);

/*
 * publication_format - "1;7;rw;worker-1", at most 255 bytes.  NULL when memory
 * is out.
 */
const char *publication_format(struct call *call,
			       const struct publication *publication);

/*
 * publication_parse - the fields but the key, out of a property's value.
 * Returns 0; -ENOTSUP when a newer driver wrote it (version is set then);
 * -EINVAL; -ENOMEM.
 */
int publication_parse(struct call *call, const char *value,
		      struct publication *ret);

/*
 * publications_read - all that @user holds, unreadable ones with mode 0.
 * Returns OK, or the status of call_nomem().
 */
scale_status publications_read(struct call *call, const struct scale_map *user,
			       struct publication **ret, size_t *ret_n);

#endif
