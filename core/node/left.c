/* SPDX-License-Identifier: BSD-2-Clause */
/* A short list, gone through now and then. */
#include "node/left.h"

void left_init(struct left *left)
{
	mutex_init(&left->lock);
	left->n = 0;
}

void left_done(struct left *left)
{
	left_reap(left);
	mutex_done(&left->lock);
}

void left_reap(struct left *left)
{
	mutex_lock(&left->lock);
	for (unsigned int i = 0; i < left->n;) {
		if (!child_has_ended(&left->children[i])) {
			i++;
			continue;
		}
		(void)child_reap(&left->children[i]); /* nobody asks any more */
		left->children[i] = left->children[--left->n];
	}
	mutex_unlock(&left->lock);
}

void left_add(struct left *left, struct child *child)
{
	bool is_taken;

	left_reap(left);
	mutex_lock(&left->lock);
	is_taken = left->n < LEFT_MAX;
	if (is_taken)
		left->children[left->n++] = *child;
	mutex_unlock(&left->lock);
	if (!is_taken)
		(void)child_reap(child); /* nobody asks any more */
	*child = (struct child)CHILD_NONE;
}
