/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs a libwebsockets context on its own thread. */
#include "net/loop.h"

#include <errno.h>
#include <libwebsockets.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

struct loop {
	struct lws_context *context; /* constant after loop_start() */
	pthread_t thread;            /* constant after loop_start() */
	atomic_bool is_stopping;
};

static void *run(void *arg)
{
	struct loop *loop = arg;

	while (!atomic_load(&loop->is_stopping)) {
		if (lws_service(loop->context, 0) < 0)
			break;
	}
	return NULL;
}

static int start_thread(const char *name, struct loop *loop)
{
	sigset_t all, before;
	int rc;

	(void)sigfillset(&all);
	rc = pthread_sigmask(SIG_SETMASK, &all, &before);
	if (rc != 0)
		return -rc;
	rc = pthread_create(&loop->thread, NULL, run, loop);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL); /* cannot fail */
	if (rc != 0)
		return -rc;
	(void)pthread_setname_np(loop->thread, name); /* only a name */
	return 0;
}

int loop_start(const char *name, struct lws_context_creation_info *info,
	       struct loop **ret_loop)
{
	struct loop *loop = calloc(1, sizeof(*loop));
	int rc;

	if (loop == NULL)
		return -ENOMEM;
	lws_set_log_level(0, NULL); /* its texts are for its authors */
	errno = 0;
	loop->context = lws_create_context(info);
	if (loop->context == NULL) {
		rc = errno != 0 ? -errno : -EIO;
		free(loop);
		return rc;
	}
	rc = start_thread(name, loop);
	if (rc != 0) {
		lws_context_destroy(loop->context);
		free(loop);
		return rc;
	}
	*ret_loop = loop;
	return 0;
}

struct lws_context *loop_context(struct loop *loop)
{
	return loop->context;
}

void loop_wake(struct loop *loop)
{
	lws_cancel_service(loop->context);
}

void loop_stop(struct loop *loop)
{
	if (loop == NULL)
		return;
	atomic_store(&loop->is_stopping, true);
	lws_cancel_service(loop->context);
	(void)pthread_join(loop->thread, NULL); /* it is ours, joined once */
	lws_context_destroy(loop->context);
	free(loop);
}
