/* SPDX-License-Identifier: BSD-2-Clause */
/* It has no entry of its own but depends on an object that has one. */
#include <scale_backend.h>

SCALE_EXPORT const struct scale_backend *dependency_borrow(void);

const struct scale_backend *dependency_borrow(void)
{
	return scale_backend_entry();
}
