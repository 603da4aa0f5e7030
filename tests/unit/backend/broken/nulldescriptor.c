/* SPDX-License-Identifier: BSD-2-Clause */
/* Its entry gives nothing. */
#include <scale_backend.h>

const struct scale_backend *scale_backend_entry(void)
{
	return NULL;
}
