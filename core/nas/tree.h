/* SPDX-License-Identifier: BSD-2-Clause */
/* jansson trees: read from text, and gone with their scope. */
#ifndef SCALE_CSI_NAS_TREE_H
#define SCALE_CSI_NAS_TREE_H

#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

static inline void tree_cleanup(json_t **tree)
{
	json_decref(*tree);
}

#define auto_json __attribute__((cleanup(tree_cleanup)))

/*
 * tree_load - the tree of @len bytes of JSON; NULL when they are none or memory
 * is out.
 *
 * ZFS guids take all 64 bits, and jansson refuses a whole text for one integer
 * above INT64_MAX: such integers become strings here, see tree_get_u64().
 */
json_t *tree_load(const char *json, size_t len);

/* tree_get_u64 - a non-negative integer of any of both kinds, else 0. */
uint64_t tree_get_u64(const json_t *object, const char *key);

#endif
