/* SPDX-License-Identifier: BSD-2-Clause */
/* Threads as all of ours are: named, small, and deaf to signals. */
#ifndef SCALE_CSI_BASE_THREAD_H
#define SCALE_CSI_BASE_THREAD_H

#include <pthread.h>
#include <stddef.h>

#define THREAD_STACK_BYTES ((size_t)256 * 1024)

/*
 * thread_start - run @body(@arg) on a thread of its own, with all signals
 * blocked (they belong to the main thread) and THREAD_STACK_BYTES of stack.
 * @name: for ps and debuggers; cut at 15 bytes.
 * Returns 0 and the thread to pthread_join(), or a negative errno.
 */
int thread_start(const char *name, void *(*body)(void *), void *arg,
		 pthread_t *ret_thread);

#endif
