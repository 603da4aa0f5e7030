/* SPDX-License-Identifier: BSD-2-Clause */
/* What the fake host remembers for the test, and where it keeps it. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fake_parts.h"

void *fake_grow(void *list, size_t n, size_t size)
{
	void *grown;

	/* Room doubles at powers of two. */
	if (n != 0 && (n & (n - 1)) != 0)
		return list;
	grown = reallocarray(list, n == 0 ? 1 : 2 * n, size);
	if (grown == NULL)
		abort();
	return grown;
}

void *fake_keep(struct fake_pool *pool, size_t size)
{
	void *block = calloc(1, size == 0 ? 1 : size);

	if (block == NULL)
		abort();
	pool->blocks = fake_grow(pool->blocks, pool->n, sizeof(void *));
	pool->blocks[pool->n++] = block;
	return block;
}

char *fake_keep_text(struct fake_pool *pool, const char *text)
{
	char *copy;

	if (text == NULL)
		return NULL;
	copy = fake_keep(pool, strlen(text) + 1);
	memcpy(copy, text, strlen(text));
	return copy;
}

char *fake_keep_printf(struct fake_pool *pool, const char *fmt, ...)
{
	va_list ap, again;
	char *text;
	int len;

	va_start(ap, fmt);
	va_copy(again, ap);
	len = vsnprintf(NULL, 0, fmt, ap);
	if (len < 0)
		abort();
	text = fake_keep(pool, (size_t)len + 1);
	(void)vsnprintf(text, (size_t)len + 1, fmt, again); /* measured */
	va_end(again);
	va_end(ap);
	return text;
}

void fake_pool_free(struct fake_pool *pool)
{
	for (size_t i = 0; i < pool->n; i++)
		free(pool->blocks[i]);
	free(pool->blocks);
	*pool = (struct fake_pool){0};
}

static struct fake_entry *find(const struct fake_entries *entries,
			       const char *key)
{
	for (size_t i = 0; i < entries->n; i++)
		if (strcmp(entries->list[i].key, key) == 0)
			return &entries->list[i];
	return NULL;
}

const char *fake_entry_get(const struct fake_entries *entries, const char *key)
{
	const struct fake_entry *entry = find(entries, key);

	return entry == NULL ? NULL : entry->value;
}

void fake_entry_set(struct fake_entries *entries, const char *key,
		    const char *value, uint32_t where)
{
	struct fake_entry *entry = find(entries, key);

	if (entry == NULL) {
		entries->list = fake_grow(entries->list, entries->n,
					  sizeof(*entries->list));
		entry = &entries->list[entries->n++];
		*entry = (struct fake_entry){strdup(key), NULL, 0};
	}
	free((void *)(uintptr_t)entry->value);
	entry->value = strdup(value);
	entry->where = where;
}

void fake_entry_remove(struct fake_entries *entries, const char *key)
{
	struct fake_entry *entry = find(entries, key);

	if (entry == NULL)
		return;
	free((void *)(uintptr_t)entry->key);
	free((void *)(uintptr_t)entry->value);
	*entry = entries->list[--entries->n];
}

void fake_complain(struct fake_host *fake, const char *fmt, ...)
{
	struct fake_parts *parts = fake->parts;
	char text[SCALE_TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap); /* a cut one will do */
	va_end(ap);
	parts->complaints = fake_keep_printf(&parts->kept, "%s%s\n",
					     parts->complaints, text);
}

void fake_complain_secret(struct fake_host *fake, const char *where,
			  const char *text)
{
	const struct fake_entries *secrets = &fake->parts->secrets;

	for (size_t i = 0; i < secrets->n; i++)
		if (secrets->list[i].value[0] != '\0' &&
		    strstr(text, secrets->list[i].value) != NULL)
			fake_complain(fake, "%s shows the secret '%s'", where,
				      secrets->list[i].key);
}

struct fake_step *fake_note(struct fake_host *fake, const char *prefix,
			    const char *name, const char *detail)
{
	struct fake_parts *parts = fake->parts;
	struct fake_step *step;

	parts->steps =
		fake_grow(parts->steps, parts->n_steps, sizeof(*parts->steps));
	step = &parts->steps[parts->n_steps++];
	*step = (struct fake_step){
		.name = fake_keep_printf(&parts->lent, "%s%s", prefix, name),
		.detail = fake_keep_text(&parts->lent, detail)};
	return step;
}

const char *fake_order(struct fake_host *fake)
{
	struct fake_parts *parts = fake->parts;
	size_t size = 1;
	char *text;
	FILE *out;

	for (size_t i = 0; i < parts->n_steps; i++)
		size += strlen(parts->steps[i].name) + 1;
	text = fake_keep(&parts->lent, size);
	out = fmemopen(text, size, "w");
	if (out == NULL)
		abort();
	for (size_t i = 0; i < parts->n_steps; i++)
		(void)fprintf(out, "%s%s", i == 0 ? "" : " ",
			      parts->steps[i].name); /* measured */
	(void)fclose(out);                           /* to memory */
	return text;
}

size_t fake_count(struct fake_host *fake, const char *step)
{
	size_t count = 0;

	for (size_t i = 0; i < fake->parts->n_steps; i++)
		if (strcmp(fake->parts->steps[i].name, step) == 0)
			count++;
	return count;
}

static const struct fake_step *step_nth(struct fake_host *fake,
					const char *prefix, const char *name,
					size_t nth)
{
	size_t skip = strlen(prefix);

	for (size_t i = 0; i < fake->parts->n_steps; i++) {
		const struct fake_step *step = &fake->parts->steps[i];

		if (strncmp(step->name, prefix, skip) == 0 &&
		    strcmp(step->name + skip, name) == 0 && nth-- == 0)
			return step;
	}
	return NULL;
}

const char *fake_params(struct fake_host *fake, const char *method, size_t nth)
{
	const struct fake_step *step = step_nth(fake, "", method, nth);

	return step == NULL ? NULL : step->detail;
}

uint32_t fake_flags(struct fake_host *fake, const char *method, size_t nth)
{
	const struct fake_step *step = step_nth(fake, "", method, nth);

	return step == NULL ? 0 : step->flags;
}

const char *fake_argv(struct fake_host *fake, const char *tool, size_t nth)
{
	const struct fake_step *step = step_nth(fake, "exec:", tool, nth);

	return step == NULL ? NULL : step->detail;
}

const char *fake_input(struct fake_host *fake, const char *tool, size_t nth)
{
	const struct fake_step *step = step_nth(fake, "exec:", tool, nth);

	return step == NULL ? NULL : step->input;
}

const char *fake_put(struct fake_host *fake, uint32_t where, const char *key)
{
	const struct fake_entries *puts = &fake->parts->puts;

	for (size_t i = 0; i < puts->n; i++)
		if (puts->list[i].where == where &&
		    strcmp(puts->list[i].key, key) == 0)
			return puts->list[i].value;
	return NULL;
}

size_t fake_put_count(struct fake_host *fake, uint32_t where)
{
	size_t count = 0;

	for (size_t i = 0; i < fake->parts->puts.n; i++)
		if (fake->parts->puts.list[i].where == where)
			count++;
	return count;
}

const char *fake_found(struct fake_host *fake, const char *reason)
{
	for (size_t i = 0; i < fake->parts->n_findings; i++)
		if (strcmp(fake->parts->findings[i].reason, reason) == 0)
			return fake->parts->findings[i].text;
	return NULL;
}

size_t fake_found_count(struct fake_host *fake)
{
	return fake->parts->n_findings;
}

const char *fake_file_text(struct fake_host *fake, const char *path)
{
	return fake_entry_get(&fake->parts->files, path);
}

uint32_t fake_file_mode(struct fake_host *fake, const char *path)
{
	const struct fake_entry *entry = find(&fake->parts->files, path);

	return entry == NULL ? 0 : entry->where;
}

const char *fake_complaints(struct fake_host *fake)
{
	return fake->parts->complaints;
}
