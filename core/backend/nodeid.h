/* SPDX-License-Identifier: BSD-2-Clause */
/* Node ids: what a node says of itself, in at most 256 bytes. */
#ifndef SCALE_CSI_BACKEND_NODEID_H
#define SCALE_CSI_BACKEND_NODEID_H

#include <scale_backend.h>

#include "base/arena.h"
#include "base/map.h"

/*
 * Layout 1: "scale1:<name>" and, in the order given, ";<key>=<value>".  Keys
 * are
 * "<backend>.<key>" of what identify() put, and last "addresses", a comma list.
 * ";", "=", ",", "%" and everything outside printable ASCII are %XX.  What does
 * not fit is dropped from the end: whole pairs, of the addresses single ones.
 */
#define NODEID_MAX 256

/*
 * nodeid_format - the id of the node called @name.
 * @identity: pairs in the order of their worth; "addresses" may be the last.
 * Returns a text in @arena, or NULL when the name alone does not fit or memory
 * is out.
 */
char *nodeid_format(struct arena *arena, const char *name,
		    const struct scale_map *identity);

/*
 * nodeid_parse - the name and the pairs again.
 * Returns 0; -EINVAL when it is not of a layout we know: NotFound in publish,
 * accepted in unpublish; -ENOMEM.
 */
int nodeid_parse(struct arena *arena, const char *text, const char **ret_name,
		 struct scale_map *ret_identity);

#endif
