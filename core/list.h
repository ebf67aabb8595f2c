/* SPDX-License-Identifier: GPL-2.0-or-later */
/* list.h - a doubly linked ring of links that live inside the objects they join.
 * Pure.  A link that is in no list points at itself; taking such a link out again is harmless. */
#ifndef TORC_CORE_LIST_H
#define TORC_CORE_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct list {
	struct list *next;
	struct list *prev;
};

/* The object of `type` whose member `member` is at `pointer`. */
#define container_of(pointer, type, member)                                                        \
	((type *)(void *)((char *)(pointer)-offsetof(type, member)))

static inline void list_init(struct list *list)
{
	list->next = list;
	list->prev = list;
}

static inline bool list_empty(const struct list *list)
{
	return list->next == list;
}

static inline void list_append(struct list *list, struct list *link)
{
	link->prev = list->prev;
	link->next = list;
	list->prev->next = link;
	list->prev = link;
}

static inline void list_prepend(struct list *list, struct list *link)
{
	list_append(list->next, link);
}

static inline void list_remove(struct list *link)
{
	link->prev->next = link->next;
	link->next->prev = link->prev;
	list_init(link);
}

/* Takes the first link out and returns it, or NULL when the list is empty. */
static inline struct list *list_take_first(struct list *list)
{
	struct list *first = list->next;

	if (first == list)
		return NULL;
	list_remove(first);
	return first;
}

#endif
