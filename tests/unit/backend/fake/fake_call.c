/* SPDX-License-Identifier: BSD-2-Clause */
/* The fake's services that need neither a NAS nor a node. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>

#include "fake_parts.h"

enum { PUT_TEXT_MAX = 128, PUT_STATE_MAX = 255, PUT_ALL_MAX = 4096 };

int fake_is_over(const struct fake_host *fake)
{
	return (fake->over_after != 0 && fake->n_services > fake->over_after) ||
	       fake->n_waits > fake->waits_max;
}

scale_status fake_say(struct fake_host *fake, scale_status status,
		      const char *fmt, ...)
{
	char text[SCALE_TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap); /* cut like the host's */
	va_end(ap);
	fake->fail_status = status;
	fake->fail_text = fake_keep_text(&fake->parts->lent, text);
	return status;
}

static void wake(struct fake_host *fake)
{
	if (fake->parts->cancel_fd >= 0 && fake_is_over(fake))
		(void)eventfd_write(fake->parts->cancel_fd, 1); /* never full */
}

scale_status fake_service(struct fake_host *fake)
{
	fake->n_services++;
	wake(fake);
	return fake_check(&fake->call);
}

scale_status fake_check(struct scale_call *call)
{
	struct fake_host *fake = fake_of(call);

	if (fake->alloc_fails_at != 0 && fake->n_allocs >= fake->alloc_fails_at)
		return fake_say(fake, SCALE_RESOURCE_EXHAUSTED,
				"the call has used up its memory");
	if (!fake_is_over(fake))
		return SCALE_OK;
	if (fake->n_waits > fake->waits_max)
		return fake_say(fake, SCALE_DEADLINE_EXCEEDED,
				"the time is up");
	return fake_say(fake, fake->over_status, "the call is over");
}

void fake_log(struct scale_call *call, uint32_t level, const char *text)
{
	struct fake_host *fake = fake_of(call);

	if (level < SCALE_ERROR || level > SCALE_DEBUG)
		fake_complain(fake, "log() with the level %u", level);
	fake_complain_secret(fake, "log()", text);
}

void fake_fail(struct scale_call *call, scale_status status, const char *text)
{
	struct fake_host *fake = fake_of(call);

	fake_complain_secret(fake, "fail()", text);
	if (status == SCALE_OK)
		fake_complain(fake, "fail() with OK");
	(void)fake_say(fake, status, "%s", text);
}

void fake_report(struct scale_call *call, uint32_t level, const char *reason,
		 const char *text)
{
	struct fake_host *fake = fake_of(call);
	struct fake_parts *parts = fake->parts;

	fake_complain_secret(fake, "report()", text);
	if (level < SCALE_ERROR || level > SCALE_INFO)
		fake_complain(fake, "report() with the level %u", level);
	if (reason[0] < 'A' || reason[0] > 'Z' || strchr(reason, ' ') != NULL)
		fake_complain(fake, "report() with the reason '%s'", reason);
	parts->findings = fake_grow(parts->findings, parts->n_findings,
				    sizeof(*parts->findings));
	parts->findings[parts->n_findings++] = (struct fake_finding){
		level, fake_keep_text(&parts->lent, reason),
		fake_keep_text(&parts->lent, text)};
}

void *fake_alloc(struct scale_call *call, size_t size)
{
	struct fake_host *fake = fake_of(call);

	fake->n_allocs++;
	if (fake->alloc_fails_at != 0 && fake->n_allocs >= fake->alloc_fails_at)
		return NULL;
	return fake_keep(&fake->parts->lent, size);
}

int64_t fake_deadline(struct scale_call *call)
{
	return fake_of(call)->deadline_ns;
}

int fake_cancel_fd(struct scale_call *call)
{
	struct fake_host *fake = fake_of(call);

	if (fake->parts->cancel_fd < 0)
		fake->parts->cancel_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	wake(fake);
	return fake->parts->cancel_fd;
}

/* The declaration of @key that carries @flag; NULL is a complaint. */
static const struct scale_param *declared(struct fake_host *fake,
					  const char *key, uint32_t flag,
					  const char *service)
{
	const struct scale_backend *backend = fake->backend;

	for (uint32_t i = 0; i < backend->n_params; i++) {
		const struct scale_param *param =
			(const struct scale_param
				 *)(const void *)((const char *)
							  backend->params +
						  (size_t)i *
							  backend->param_size);

		if (strcmp(param->key, key) == 0 && (param->flags & flag) != 0)
			return param;
	}
	fake_complain(fake, "%s of the undeclared key '%s'", service, key);
	return NULL;
}

const char *fake_get_config(struct scale_call *call, const char *key)
{
	struct fake_host *fake = fake_of(call);
	const struct scale_param *param =
		declared(fake, key, SCALE_PARAM_CONFIG, "config()");
	const char *value = fake_entry_get(&fake->parts->config, key);

	if (param == NULL)
		return NULL;
	if (value == NULL)
		value = param->fallback;
	return fake_keep_text(&fake->parts->lent, value);
}

const char *fake_get_secret(struct scale_call *call, const char *key)
{
	struct fake_host *fake = fake_of(call);

	if (declared(fake, key, SCALE_PARAM_SECRET, "secret()") == NULL)
		return NULL;
	return fake_keep_text(&fake->parts->lent,
			      fake_entry_get(&fake->parts->secrets, key));
}

static scale_status refuse_put(struct fake_host *fake, const char *key,
			       const char *why)
{
	fake_complain(fake, "put() of '%s': %s", key, why);
	return fake_say(fake, SCALE_INTERNAL, "put() of '%s': %s", key, why);
}

scale_status fake_do_put(struct scale_call *call, uint32_t where,
			 const char *key, const char *value)
{
	struct fake_host *fake = fake_of(call);
	struct fake_entries *puts = &fake->parts->puts;
	size_t max = where == SCALE_PUT_STATE ? PUT_STATE_MAX : PUT_TEXT_MAX;
	size_t all = strlen(key) + strlen(value);

	if (where < SCALE_PUT_VOLUME || where > SCALE_PUT_FOUND)
		return refuse_put(fake, key, "no such place");
	if (key[0] == '\0' || strlen(key) > PUT_TEXT_MAX || strlen(value) > max)
		return refuse_put(fake, key, "too long");
	for (size_t i = 0; i < puts->n; i++)
		if (puts->list[i].where == where)
			all += strlen(puts->list[i].key) +
			       strlen(puts->list[i].value);
	if (where != SCALE_PUT_FOUND && all > PUT_ALL_MAX)
		return refuse_put(fake, key, "more than 4 KiB in all");
	fake_complain_secret(fake, "put()", value);
	for (size_t i = 0; i < puts->n; i++)
		if (puts->list[i].where == where &&
		    strcmp(puts->list[i].key, key) == 0) {
			free((void *)(uintptr_t)puts->list[i].value);
			puts->list[i].value = strdup(value);
			return SCALE_OK;
		}
	puts->list = fake_grow(puts->list, puts->n, sizeof(*puts->list));
	puts->list[puts->n++] =
		(struct fake_entry){strdup(key), strdup(value), where};
	return SCALE_OK;
}

scale_status fake_gate(struct scale_call *call, const char *name,
		       uint32_t limit)
{
	struct fake_host *fake = fake_of(call);

	if (limit == 0)
		fake_complain(fake, "gate('%s') lets nobody through", name);
	(void)fake_note(fake, "gate:", name, "");
	return fake_service(fake);
}

void fake_remember(struct scale_call *call, const char *key, const char *value,
		   uint32_t ms)
{
	struct fake_host *fake = fake_of(call);

	fake_complain_secret(fake, "remember()", value);
	if (ms != 0)
		fake_entry_set(&fake->parts->facts, key, value, 0);
}

const char *fake_recall(struct scale_call *call, const char *key)
{
	struct fake_host *fake = fake_of(call);

	return fake_keep_text(&fake->parts->lent,
			      fake_entry_get(&fake->parts->facts, key));
}
