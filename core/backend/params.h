/* SPDX-License-Identifier: BSD-2-Clause */
/* Parameters by declaration: checked, completed, explained. */
#ifndef SCALE_CSI_BACKEND_PARAMS_H
#define SCALE_CSI_BACKEND_PARAMS_H

#include <stddef.h>

#include <scale_backend.h>

#include "base/map.h"
#include "work/call.h"

/*
 * params_check_table - whether a parameter table is sane: keys unique and of
 * [a-zA-Z][a-zA-Z0-9]*, known types and flags, limits that fit the type, a
 * default that passes its own limits.  0 or -EINVAL with a sentence.
 */
int params_check_table(const struct scale_param *params, size_t n,
		       char *ret_error, size_t size);

/*
 * params_check_value - one value against its declaration; lists and sizes too.
 * Returns OK, or INVALID_ARGUMENT with a sentence that names key, value and
 * what would be right.
 */
scale_status params_check_value(struct call *call,
				const struct scale_param *param,
				const char *shown_key, const char *value);

/*
 * params_take - the keys "<prefix>.<key>" of @given that carry one of @flags in
 * the table, without their prefix, checked; missing ones get their default, and
 * one that is REQUIRED and has none is INVALID_ARGUMENT.  A BOOL comes out as
 * "true" or "false", a SIZE as a number of bytes.
 * @prefix: the backend's name, or "" for the core's own table (keys without a
 *          dot or slash).
 * A key of this prefix that the table does not know is INVALID_ARGUMENT and
 * names its nearest neighbour; keys of other prefixes are left alone.
 */
scale_status params_take(struct call *call, const struct scale_param *params,
			 size_t n, const char *prefix, uint32_t flags,
			 const struct scale_map *given,
			 struct scale_map *ret_taken);

#endif
