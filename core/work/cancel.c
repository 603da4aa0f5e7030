/* SPDX-License-Identifier: BSD-2-Clause */
/* A flag, the conditions that wait for it, and a descriptor if one is asked. */
#include "work/cancel.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct cancel {
	atomic_bool is_set;   /* atomic; written with the lock held */
	struct mutex lock;    /* order 25 */
	struct list watchers; /* (lock) */
	int fd;               /* (lock) -1 until somebody asks */
};

struct cancel *cancel_new(void)
{
	struct cancel *cancel = calloc(1, sizeof(*cancel));

	if (cancel == NULL)
		return NULL;
	mutex_init(&cancel->lock);
	list_init(&cancel->watchers);
	cancel->fd = -1;
	return cancel;
}

void cancel_free(struct cancel *cancel)
{
	if (cancel == NULL)
		return;
	assert(list_is_empty(&cancel->watchers));
	if (cancel->fd >= 0)
		(void)close(cancel->fd); /* an eventfd has nothing to lose */
	mutex_done(&cancel->lock);
	free(cancel);
}

static void make_readable(int fd)
{
	uint64_t one = 1;
	ssize_t n;

	do {
		n = write(fd, &one, sizeof(one));
	} while (n == -1 && errno == EINTR);
	assert(n == sizeof(one)); /* written once, so it cannot be full */
	(void)n;
}

void cancel_set(struct cancel *cancel)
{
	mutex_lock(&cancel->lock);
	if (!atomic_exchange(&cancel->is_set, true)) {
		if (cancel->fd >= 0)
			make_readable(cancel->fd);
		LIST_FOR_EACH(link, &cancel->watchers)
		{
			struct cancel_watch *watch =
				LIST_ENTRY(link, struct cancel_watch, link);

			mutex_lock(watch->lock);
			condition_broadcast(watch->changed);
			mutex_unlock(watch->lock);
		}
	}
	mutex_unlock(&cancel->lock);
}

bool cancel_is_set(const struct cancel *cancel)
{
	return atomic_load(&cancel->is_set);
}

int cancel_fd(struct cancel *cancel)
{
	int fd;

	mutex_lock(&cancel->lock);
	if (cancel->fd < 0) {
		unsigned int ready = cancel_is_set(cancel) ? 1 : 0;

		fd = eventfd(ready, EFD_CLOEXEC | EFD_NONBLOCK);
		cancel->fd = fd >= 0 ? fd : -errno;
	}
	fd = cancel->fd;
	mutex_unlock(&cancel->lock);
	return fd;
}

void cancel_watch(struct cancel *cancel, struct cancel_watch *watch,
		  struct mutex *lock, struct condition *changed)
{
	if (cancel == NULL)
		return;
	*watch = (struct cancel_watch){.lock = lock, .changed = changed};
	mutex_lock(&cancel->lock);
	list_append(&cancel->watchers, &watch->link);
	mutex_unlock(&cancel->lock);
}

void cancel_unwatch(struct cancel *cancel, struct cancel_watch *watch)
{
	if (cancel == NULL)
		return;
	mutex_lock(&cancel->lock);
	list_remove(&watch->link);
	mutex_unlock(&cancel->lock);
}
