/* SPDX-License-Identifier: BSD-2-Clause */
/* The arena: blocks of growing size, filled from front to back. */
#include "base/arena.h"

#include <assert.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ALIGNMENT alignof(max_align_t)

/*
 * Most calls need a few KiB: the first block is small, so that thousands of
 * waiting requests cost little, and later ones double.
 */
#define FIRST_BLOCK_BYTES ((size_t)2048)
#define MAX_BLOCK_BYTES   ((size_t)64 * 1024)

struct block {
	struct block *next;
	size_t size; /* of bytes */
	size_t used;
	alignas(max_align_t) unsigned char bytes[];
};

struct arena {
	struct block *current; /* being filled; the full ones follow */
	size_t next_size;
	size_t budget, used;
	unsigned long fail_in; /* 0: never; 1: from the next one on */
};

struct arena *arena_new(size_t budget_bytes)
{
	struct arena *arena = calloc(1, sizeof(*arena));

	if (arena == NULL)
		return NULL;
	arena->budget = budget_bytes;
	arena->used = sizeof(*arena);
	arena->next_size = FIRST_BLOCK_BYTES;
	return arena;
}

void arena_free(struct arena *arena)
{
	struct block *block, *next;

	if (arena == NULL)
		return;
	for (block = arena->current; block != NULL; block = next) {
		next = block->next;
		free(block);
	}
	free(arena);
}

void arena_wipe(struct arena *arena)
{
	if (arena == NULL)
		return;
	for (struct block *b = arena->current; b != NULL; b = b->next)
		explicit_bzero(b->bytes, b->used);
	arena_free(arena);
}

static bool is_due_to_fail(struct arena *arena)
{
	if (arena->fail_in == 0)
		return false;
	if (arena->fail_in == 1)
		return true;
	arena->fail_in--;
	return false;
}

/* A block with room for @size bytes; NULL when budget or memory is out. */
static struct block *add_block(struct arena *arena, size_t size)
{
	size_t left =
		arena->used < arena->budget ? arena->budget - arena->used : 0;
	size_t want = arena->next_size;
	struct block *block;

	if (left < sizeof(*block) || size > left - sizeof(*block))
		return NULL;
	left -= sizeof(*block);
	/* Something big gets a block of its own size, as does the last one. */
	if (size > want / 4 || want > left)
		want = size;
	block = calloc(1, sizeof(*block) + want);
	if (block == NULL)
		return NULL;
	block->size = want;
	arena->used += sizeof(*block) + want;
	if (want == arena->next_size && want < MAX_BLOCK_BYTES)
		arena->next_size *= 2;

	/* The one with more room left is the one to go on filling. */
	if (arena->current != NULL &&
	    arena->current->size - arena->current->used > want - size) {
		block->next = arena->current->next;
		arena->current->next = block;
	} else {
		block->next = arena->current;
		arena->current = block;
	}
	return block;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	struct block *block = arena->current;
	void *ptr;

	if (size > SIZE_MAX - ALIGNMENT || is_due_to_fail(arena))
		return NULL;
	/* At least one byte, so that pointers to nothing differ. */
	size = size == 0 ? 1 : size;
	size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	if (block == NULL || block->size - block->used < size) {
		block = add_block(arena, size);
		if (block == NULL)
			return NULL;
	}
	ptr = block->bytes + block->used;
	block->used += size;
	return ptr;
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes))
		return NULL;
	return arena_alloc(arena, bytes);
}

char *arena_strdup(struct arena *arena, const char *text)
{
	return arena_strndup(arena, text, strlen(text));
}

char *arena_strndup(struct arena *arena, const char *text, size_t len)
{
	char *copy;

	len = strnlen(text, len);
	if (len == SIZE_MAX)
		return NULL;
	copy = arena_alloc(arena, len + 1);
	if (copy != NULL)
		memcpy(copy, text, len);
	return copy;
}

char *arena_printf(struct arena *arena, const char *fmt, ...)
{
	char *text;
	va_list ap;

	va_start(ap, fmt);
	text = arena_vprintf(arena, fmt, ap);
	va_end(ap);
	return text;
}

char *arena_vprintf(struct arena *arena, const char *fmt, va_list ap)
{
	char *text = NULL;
	va_list again;
	int len;

	va_copy(again, ap);
	len = vsnprintf(NULL, 0, fmt, ap);
	if (len >= 0)
		text = arena_alloc(arena, (size_t)len + 1);
	if (text != NULL)
		(void)vsnprintf(text, (size_t)len + 1, fmt, again);
	va_end(again);
	return text;
}

size_t arena_used(const struct arena *arena)
{
	return arena->used;
}

void arena_set_failure(struct arena *arena, unsigned long nth)
{
	arena->fail_in = nth;
}
