/* SPDX-License-Identifier: BSD-2-Clause */
/* A doubly linked list whose links live in what is listed. */
#ifndef SCALE_CSI_BASE_LIST_H
#define SCALE_CSI_BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

/* Head and link are of one type; an unlinked link points to itself. */
struct list {
	struct list *next, *prev;
};

#define LIST_ENTRY(link, type, member)                                         \
	((type *)(void *)((char *)(link)-offsetof(type, member)))

#define LIST_FOR_EACH(link, head)                                              \
	for (struct list *link = (head)->next; link != (head);                 \
	     link = link->next)

/* Survives the removal of `link` inside the body. */
#define LIST_FOR_EACH_SAFE(link, after, head)                                  \
	for (struct list *link = (head)->next, *after = link->next;            \
	     link != (head); link = after, after = link->next)

static inline void list_init(struct list *head)
{
	head->next = head->prev = head;
}

static inline bool list_is_empty(const struct list *head)
{
	return head->next == head;
}

/* list_append - put @link, which is in no list, at the end of @head. */
static inline void list_append(struct list *head, struct list *link)
{
	link->prev = head->prev;
	link->next = head;
	head->prev->next = link;
	head->prev = link;
}

/* list_remove - take @link out; out already is fine. */
static inline void list_remove(struct list *link)
{
	link->prev->next = link->next;
	link->next->prev = link->prev;
	list_init(link);
}

/* list_shift - take the first link out, or NULL. */
static inline struct list *list_shift(struct list *head)
{
	struct list *link = head->next;

	if (link == head)
		return NULL;
	list_remove(link);
	return link;
}

#endif
