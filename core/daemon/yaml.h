/* SPDX-License-Identifier: BSD-2-Clause */
/* A YAML file as a tree that remembers its lines. */
#ifndef SCALE_CSI_DAEMON_YAML_H
#define SCALE_CSI_DAEMON_YAML_H

#include <stddef.h>

#include "base/arena.h"

#define YAML_FILE_MAX  (256u << 10)
#define YAML_DEPTH_MAX 8

enum yaml_kind { YAML_SCALAR, YAML_LIST, YAML_MAP };

/* A node; all memory is the arena's. */
struct yaml_node {
	enum yaml_kind kind;
	size_t line;             /* from 1 */
	const char *text;        /* scalar; "" for null */
	const char *key;         /* of a map's member, else NULL */
	struct yaml_node *child; /* first member or element */
	struct yaml_node *next;  /* sibling */
};

/*
 * yaml_parse - one document of scalars, lists and maps; aliases, tags, anchors
 * and duplicate keys are refused.
 * Returns 0, -EINVAL with a sentence that names the line, or -ENOMEM.
 */
int yaml_parse(struct arena *arena, const char *text, size_t len,
	       struct yaml_node **ret_root, char *ret_error, size_t size);

/* yaml_member - the member @key of a map, or NULL. */
struct yaml_node *yaml_member(const struct yaml_node *map, const char *key);

#endif
