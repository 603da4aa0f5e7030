/* SPDX-License-Identifier: BSD-2-Clause */
/* pthread_create() with what every one of our threads has in common. */
#include "base/thread.h"

#include <signal.h>
#include <string.h>

#define NAME_BYTES 16 /* the kernel's limit, NUL included */

static int create(void *(*body)(void *), void *arg, pthread_t *ret_thread)
{
	sigset_t all, before;
	pthread_attr_t attr;
	int rc = pthread_attr_init(&attr);

	if (rc != 0)
		return rc;
	rc = pthread_attr_setstacksize(&attr, THREAD_STACK_BYTES);
	/* A new thread starts with its creator's mask: no gap in between. */
	(void)sigfillset(&all);
	if (rc == 0)
		rc = pthread_sigmask(SIG_SETMASK, &all, &before);
	if (rc == 0) {
		rc = pthread_create(ret_thread, &attr, body, arg);
		(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	}
	(void)pthread_attr_destroy(&attr);
	return rc;
}

int thread_start(const char *name, void *(*body)(void *), void *arg,
		 pthread_t *ret_thread)
{
	char cut[NAME_BYTES] = "";
	pthread_t thread;
	int rc = create(body, arg, &thread);

	if (rc != 0)
		return -rc;
	memcpy(cut, name, strnlen(name, sizeof(cut) - 1));
	(void)pthread_setname_np(thread, cut); /* only for people */
	*ret_thread = thread;
	return 0;
}
