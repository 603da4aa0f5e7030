/* SPDX-License-Identifier: BSD-2-Clause */
/* The header, and nothing before it, as C and as C++. */
#include <scale_backend.h>

const struct scale_backend *scale_backend_entry(void)
{
	return NULL;
}
