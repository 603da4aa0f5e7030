/* SPDX-License-Identifier: BSD-2-Clause */
/* It runs code when it is loaded. */
#include <scale_backend.h>

static const struct scale_backend *backend;

__attribute__((constructor)) static void begin(void)
{
	static const struct scale_backend empty = {SCALE_BACKEND_HEAD,
						   .name = "empty"};

	backend = &empty;
}

const struct scale_backend *scale_backend_entry(void)
{
	return backend;
}
