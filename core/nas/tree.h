/* SPDX-License-Identifier: BSD-2-Clause */
/* jansson trees that go with their scope. */
#ifndef SCALE_CSI_NAS_TREE_H
#define SCALE_CSI_NAS_TREE_H

#include <jansson.h>

static inline void tree_cleanup(json_t **tree)
{
	json_decref(*tree);
}

#define auto_json __attribute__((cleanup(tree_cleanup)))

#endif
