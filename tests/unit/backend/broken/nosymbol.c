/* SPDX-License-Identifier: BSD-2-Clause */
/* A shared object that is no backend. */
#include <scale_backend.h>

SCALE_EXPORT int nosymbol_answer(void);

int nosymbol_answer(void)
{
	return 42;
}
