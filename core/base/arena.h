/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory that lives as long as one piece of work and is freed as a whole. */
#ifndef SCALE_CSI_BASE_ARENA_H
#define SCALE_CSI_BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

/*
 * An arena belongs to one owner and is used by one thread at a time; handing it
 * from thread to thread needs a lock or a queue in between.  Once its budget is
 * used up every allocation gives NULL until arena_free().
 */
struct arena;

/*
 * arena_new - an empty arena.
 * @budget_bytes: the most it will ever hold, its own overhead included.
 * Returns NULL when memory is out.  Costs one small allocation; the first block
 * comes with the first use.
 */
struct arena *arena_new(size_t budget_bytes);

/* arena_free - wipes nothing, frees everything.  NULL is fine. */
void arena_free(struct arena *arena);

/*
 * arena_wipe - overwrite all that was handed out with zeros, then free.  For
 * arenas that held secrets.  NULL is fine.
 */
void arena_wipe(struct arena *arena);

/*
 * arena_alloc - @size zeroed bytes, aligned for any object.
 * Returns NULL when the budget or memory is out.  A size of 0 gives a valid,
 * unique pointer.
 */
void *arena_alloc(struct arena *arena, size_t size);

/* arena_array - zeroed @count * @size bytes; NULL also on overflow. */
void *arena_array(struct arena *arena, size_t count, size_t size);

/* arena_strdup, arena_strndup - a copy that ends in NUL; NULL when out. */
char *arena_strdup(struct arena *arena, const char *text);
char *arena_strndup(struct arena *arena, const char *text, size_t len);

/* arena_printf, arena_vprintf - a formatted text; NULL when out. */
__attribute__((format(printf, 2, 3))) char *arena_printf(struct arena *arena,
							 const char *fmt, ...);
__attribute__((format(printf, 2, 0))) char *
arena_vprintf(struct arena *arena, const char *fmt, va_list ap);

/* arena_used - bytes taken from the budget so far. */
size_t arena_used(const struct arena *arena);

/*
 * arena_set_failure - for tests: let the @nth allocation from now on (1 is the
 * next one) and every later one fail; 0 switches it off.
 */
void arena_set_failure(struct arena *arena, unsigned long nth);

#endif
