/* SPDX-License-Identifier: BSD-2-Clause */
/* A picture of what is under way, for people. */
#include "work/operation_parts.h"

static size_t count(struct operations *ops) REQUIRES(ops->lock)
{
	size_t n = 0;

	LIST_FOR_EACH(link, &ops->all)
	{
		const struct operation *op =
			LIST_ENTRY(link, struct operation, link);

		if (op->phase != OPERATION_OVER)
			n++;
	}
	return n;
}

static bool fill(const struct operation *op, struct arena *arena,
		 int64_t now_ns, struct operation_view *view)
{
	unsigned int waiters = 0;

	LIST_FOR_EACH(link, &op->waiters)
	{
		waiters++;
	}
	*view = (struct operation_view){
		.verb = op->request.verb,
		.age_ns = now_ns - op->created_ns,
		.has_begun = op->phase == OPERATION_RUNNING,
		.waiters = waiters,
	};
	/* The operation may be gone before anybody looks. */
	if (op->request.volume != NULL) {
		view->volume = arena_strdup(arena, op->request.volume);
		return view->volume != NULL;
	}
	return true;
}

static size_t list_all(struct operations *ops, struct arena *arena,
		       struct operation_view **ret_views) REQUIRES(ops->lock)
{
	int64_t now_ns = clock_now_ns();
	struct operation_view *views;
	size_t n = 0;

	views = arena_array(arena, count(ops), sizeof(*views));
	if (views == NULL)
		return 0;
	LIST_FOR_EACH(link, &ops->all)
	{
		const struct operation *op =
			LIST_ENTRY(link, struct operation, link);

		if (op->phase == OPERATION_OVER)
			continue;
		if (!fill(op, arena, now_ns, &views[n]))
			return 0;
		n++;
	}
	*ret_views = views;
	return n;
}

size_t operations_list(struct operations *ops, struct arena *arena,
		       struct operation_view **ret_views)
{
	size_t n;

	mutex_lock(&ops->lock);
	n = list_all(ops, arena, ret_views);
	mutex_unlock(&ops->lock);
	return n;
}
