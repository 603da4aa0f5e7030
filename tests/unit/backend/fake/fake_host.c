/* SPDX-License-Identifier: BSD-2-Clause */
/* The fake host's life: script in, call, record out. */
#include "fake_host.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fake_parts.h"

static const struct scale_host services = {
	.struct_size = sizeof(services),
	.abi_minor = SCALE_ABI_MINOR,
	.log = fake_log,
	.fail = fake_fail,
	.report = fake_report,
	.alloc = fake_alloc,
	.deadline = fake_deadline,
	.check = fake_check,
	.cancel_fd = fake_cancel_fd,
	.wait_event = fake_wait_event,
	.config = fake_get_config,
	.secret = fake_get_secret,
	.put = fake_do_put,
	.gate = fake_gate,
	.remember = fake_remember,
	.recall = fake_recall,
	.nas_version = fake_nas_version,
	.has_method = fake_has_method,
	.export_path = fake_export_path,
	.rpc_submit = fake_rpc_submit,
	.rpc_wait = fake_rpc_wait,
	.json_get = fake_json_get,
	.json_count = fake_json_count,
	.json_quote = fake_json_quote,
	.exec = fake_exec,
	.host_read = fake_host_read,
	.host_write = fake_host_write,
};

struct fake_host *fake_new(const struct scale_backend *backend)
{
	struct fake_host *fake = calloc(1, sizeof(*fake));
	struct fake_parts *parts = calloc(1, sizeof(*parts));

	if (fake == NULL || parts == NULL)
		abort();
	fake->call.host = &services;
	fake->backend = backend;
	fake->export_path = "/mnt/tank/k8s/pvc-1";
	fake->nas_version = 251005;
	fake->over_status = SCALE_CANCELLED;
	fake->waits_max = 100;
	fake->deadline_ns = INT64_MAX;
	fake->fail_text = "";
	fake->parts = parts;
	parts->cancel_fd = -1;
	parts->complaints = fake_keep_text(&parts->kept, "");
	return fake;
}

static void entries_free(struct fake_entries *entries)
{
	for (size_t i = 0; i < entries->n; i++) {
		free((void *)(uintptr_t)entries->list[i].key);
		free((void *)(uintptr_t)entries->list[i].value);
	}
	free(entries->list);
	*entries = (struct fake_entries){0};
}

static void end_call(struct fake_parts *parts)
{
	if (parts->cancel_fd >= 0)
		(void)close(parts->cancel_fd); /* an eventfd */
	parts->cancel_fd = -1;
	free(parts->steps);
	free(parts->findings);
	free(parts->pending);
	parts->steps = NULL;
	parts->findings = NULL;
	parts->pending = NULL;
	parts->n_steps = parts->n_findings = parts->n_pending = 0;
	entries_free(&parts->puts);
	fake_pool_free(&parts->lent);
}

void fake_free(struct fake_host *fake)
{
	struct fake_parts *parts;

	if (fake == NULL)
		return;
	parts = fake->parts;
	end_call(parts);
	free(parts->replies);
	free(parts->programs);
	entries_free(&parts->config);
	entries_free(&parts->secrets);
	entries_free(&parts->files);
	entries_free(&parts->facts);
	fake_pool_free(&parts->kept);
	free(parts);
	free(fake);
}

void fake_reply(struct fake_host *fake, struct fake_reply reply)
{
	struct fake_parts *parts = fake->parts;

	reply.method = fake_keep_text(&parts->kept, reply.method);
	reply.when = fake_keep_text(&parts->kept, reply.when);
	reply.result = fake_keep_text(&parts->kept, reply.result);
	reply.reason = fake_keep_text(&parts->kept, reply.reason);
	if (reply.times == 0)
		reply.times = UINT32_MAX;
	parts->replies =
		fake_grow(parts->replies, parts->n_replies, sizeof(reply));
	parts->replies[parts->n_replies++] = reply;
}

void fake_program(struct fake_host *fake, struct fake_program program)
{
	struct fake_parts *parts = fake->parts;

	program.tool = fake_keep_text(&parts->kept, program.tool);
	program.when = fake_keep_text(&parts->kept, program.when);
	program.out = fake_keep_text(&parts->kept, program.out);
	program.err = fake_keep_text(&parts->kept, program.err);
	if (program.times == 0)
		program.times = UINT32_MAX;
	parts->programs =
		fake_grow(parts->programs, parts->n_programs, sizeof(program));
	parts->programs[parts->n_programs++] = program;
}

void fake_config(struct fake_host *fake, const char *key, const char *value)
{
	fake_entry_set(&fake->parts->config, key, value, 0);
}

void fake_secret(struct fake_host *fake, const char *key, const char *value)
{
	fake_entry_set(&fake->parts->secrets, key, value, 0);
}

void fake_file(struct fake_host *fake, const char *path, const char *text)
{
	if (text == NULL)
		fake_entry_remove(&fake->parts->files, path);
	else
		fake_entry_set(&fake->parts->files, path, text, 0644);
}

void fake_forget_script(struct fake_host *fake)
{
	fake->parts->n_replies = 0;
	fake->parts->n_programs = 0;
}

void fake_forget_facts(struct fake_host *fake)
{
	entries_free(&fake->parts->facts);
}

struct scale_call *fake_begin(struct fake_host *fake)
{
	end_call(fake->parts);
	fake->fail_status = SCALE_OK;
	fake->fail_text = "";
	fake->n_allocs = fake->n_services = fake->n_waits = 0;
	return &fake->call;
}

scale_status fake_end(struct fake_host *fake, scale_status status)
{
	struct fake_parts *parts = fake->parts;

	if (status < 0 || status > SCALE_UNAUTHENTICATED ||
	    status == SCALE_UNKNOWN)
		fake_complain(fake, "the operation returned the status %d",
			      (int)status);
	if (status != SCALE_OK && fake->fail_text[0] == '\0' &&
	    fake->alloc_fails_at == 0)
		fake_complain(fake, "the operation failed without a text");
	for (size_t i = 0; i < parts->n_pending; i++)
		fake_complain(fake, "nobody waited for an RPC");
	parts->n_pending = 0;
	return status;
}

static const char *object_of(const char *dataset)
{
	const char *slash = strrchr(dataset, '/');

	return slash == NULL ? dataset : slash + 1;
}

struct scale_volume *fake_volume(struct fake_host *fake, uint32_t kind)
{
	struct fake_parts *parts = fake->parts;
	const struct scale_backend *backend = fake->backend;
	struct scale_volume *volume = fake_keep(&parts->kept, sizeof(*volume));

	volume->struct_size = sizeof(*volume);
	volume->kind = kind;
	volume->dataset = "tank/k8s/pvc-1";
	volume->id = fake_keep_printf(&parts->kept, "%s:%s", backend->id_prefix,
				      volume->dataset);
	volume->object = object_of(volume->dataset);
	volume->bytes = 1ull << 30;
	for (uint32_t i = 0; i < backend->n_params; i++) {
		const struct scale_param *param =
			(const struct scale_param
				 *)(const void *)((const char *)
							  backend->params +
						  (size_t)i *
							  backend->param_size);

		if ((param->flags & SCALE_PARAM_CLASS) != 0 &&
		    param->fallback != NULL)
			fake_param(fake, volume, param->key, param->fallback);
	}
	return volume;
}

void fake_param(struct fake_host *fake, struct scale_volume *volume,
		const char *key, const char *value)
{
	struct fake_pool *kept = &fake->parts->kept;
	size_t n = volume->params.n;
	struct scale_kv *kv = fake_keep(kept, (n + 1) * sizeof(*kv));
	size_t at = 0;

	if (n > 0)
		memcpy(kv, volume->params.kv, n * sizeof(*kv));
	while (at < n && strcmp(kv[at].key, key) != 0)
		at++;
	kv[at].key = fake_keep_text(kept, key);
	kv[at].value = fake_keep_text(kept, value);
	volume->params.kv = kv;
	volume->params.n = at == n ? n + 1 : n;
}

struct scale_map fake_map(struct fake_host *fake, ...)
{
	struct scale_volume all = {.struct_size = sizeof(all)};
	const char *key;
	va_list ap;

	va_start(ap, fake);
	while ((key = va_arg(ap, const char *)) != NULL)
		fake_param(fake, &all, key, va_arg(ap, const char *));
	va_end(ap);
	return all.params;
}
