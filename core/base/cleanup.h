/* SPDX-License-Identifier: BSD-2-Clause */
/* Scoped ownership of local resources: what a variable owns goes with it. */
#ifndef SCALE_CSI_BASE_CLEANUP_H
#define SCALE_CSI_BASE_CLEANUP_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/*
 * Each attribute releases the variable at the end of its scope and keeps errno,
 * so that `return -errno;` behind it tells of the failure and not of the
 * release.  Remote or kernel state is never undone this way: undoing can fail,
 * must be logged and must respect the deadline.
 *
 *   auto_free   pointer from malloc, or NULL
 *   auto_fd     descriptor, or -1
 *   auto_file   FILE *, or NULL
 */
static inline void cleanup_free_ptr(void *ptr)
{
	int saved = errno;

	free(*(void **)ptr);
	errno = saved;
}

static inline void cleanup_close_fd(const int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		(void)close(*fd); /* read side or error path: nothing to do */
	errno = saved;
}

static inline void cleanup_close_file(FILE **file)
{
	int saved = errno;

	if (*file != NULL)
		(void)fclose(*file);
	errno = saved;
}

#define auto_free __attribute__((cleanup(cleanup_free_ptr)))
#define auto_fd   __attribute__((cleanup(cleanup_close_fd)))
#define auto_file __attribute__((cleanup(cleanup_close_file)))

/* take_ptr - hand the pointer over: the variable owns nothing from here on. */
#define take_ptr(var)                                                          \
	__extension__({                                                        \
		__typeof__(var) taken_ = (var);                                \
		(var) = NULL;                                                  \
		taken_;                                                        \
	})

/* take_fd - the same for a descriptor. */
static inline int take_fd(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

#endif
