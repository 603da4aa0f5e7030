/* SPDX-License-Identifier: BSD-2-Clause */
/* It exports a name beside its entry. */
#include <scale_backend.h>

SCALE_EXPORT int talkative_answer(void);

int talkative_answer(void)
{
	return 42;
}

const struct scale_backend *scale_backend_entry(void)
{
	return NULL;
}
