/* SPDX-License-Identifier: BSD-2-Clause */
/* The services a backend is given: scale_host, filled in. */
#include "backend/host.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "backend/host_impl.h"
#include "base/text.h"

#define HOST_ARENA_BYTES (4u << 20) /* the configuration's texts */
#define FACT_KEY_MAX     256
#define FACT_VALUE_MAX   (64u << 10)

int host_new(const struct host_config *config, struct host **ret_host)
{
	struct host *host = calloc(1, sizeof(*host));
	struct map_builder map;

	if (host == NULL)
		return -ENOMEM;
	host->arena = arena_new(HOST_ARENA_BYTES);
	host->gates = gate_table_new();
	host->facts = facts_new();
	if (host->arena == NULL || host->gates == NULL || host->facts == NULL) {
		host_free(host);
		return -ENOMEM;
	}
	map_init(&map, host->arena);
	map_put_all(&map, &config->config);
	host->config = map_view(&map);
	host->tool_dir = arena_strdup(
		host->arena, config->tool_dir == NULL ? "" : config->tool_dir);
	host->host_root = arena_strdup(
		host->arena,
		config->host_root == NULL ? "" : config->host_root);
	host->log = config->log;
	host->nas = config->nas;
	host->nas_services = config->nas == NULL ? NULL : config->nas_services;
	if (map.failed || host->tool_dir == NULL || host->host_root == NULL) {
		host_free(host);
		return -ENOMEM;
	}
	*ret_host = host;
	return 0;
}

void host_free(struct host *host)
{
	if (host == NULL)
		return;
	facts_free(host->facts);
	gate_table_free(host->gates);
	arena_free(host->arena);
	free(host);
}

struct nas *host_nas(struct host *host)
{
	return host->nas;
}

void host_forget_session(struct host *host)
{
	facts_clear(host->facts);
}

scale_status host_enter(struct running *running)
{
	if (running->out_of_memory)
		return call_nomem(running->call);
	return call_check(running->call);
}

scale_status host_blame(struct running *running, const char *fmt, ...)
{
	const char *name = running->backend->descriptor.name;
	char text[SCALE_TEXT_MAX];
	struct text why;
	va_list ap;

	text_init(&why, text, sizeof(text));
	va_start(ap, fmt);
	text_vprintf(&why, fmt, ap);
	va_end(ap);
	call_log(running->call, SCALE_ERROR,
		 "backend '%s' broke a rule in %s: %s", name, running->function,
		 text);
	return call_fail(running->call, SCALE_INTERNAL,
			 "backend '%s' has a bug: %s; report it to its author",
			 name, text);
}

bool host_declares(const char *const *patterns, const char *name)
{
	for (; patterns != NULL && *patterns != NULL; patterns++) {
		size_t len = strlen(*patterns);

		if (len > 0 && (*patterns)[len - 1] == '*') {
			if (strncmp(*patterns, name, len - 1) == 0)
				return true;
		} else if (strcmp(*patterns, name) == 0) {
			return true;
		}
	}
	return false;
}

static void *host_alloc(struct scale_call *abi, size_t size)
{
	struct running *running = running_of(abi);
	void *ptr = running->out_of_memory
			    ? NULL
			    : arena_alloc(running->call->arena, size);

	if (ptr == NULL)
		running->out_of_memory = true;
	return ptr;
}

static scale_status host_gate(struct scale_call *abi, const char *name,
			      uint32_t limit)
{
	struct running *running = running_of(abi);
	struct arena *arena = running->call->arena;
	struct held_gate *held;
	scale_status st = host_enter(running);

	if (st != SCALE_OK)
		return st;
	if (limit == 0)
		return host_blame(running, "gate '%s' lets nobody through",
				  name);
	name = arena_printf(arena, "%s/%s", running->backend->descriptor.name,
			    name);
	held = arena_alloc(arena, sizeof(*held));
	if (name == NULL || held == NULL)
		return call_nomem(running->call);
	/* Once past it, a call does not wait for itself. */
	for (struct held_gate *it = running->gates; it != NULL; it = it->next)
		if (strcmp(it->name, name) == 0)
			return SCALE_OK;
	st = gate_table_enter(running->host->gates, name, running->call, limit,
			      &held->gate);
	if (st != SCALE_OK)
		return st;
	held->name = name;
	held->next = running->gates;
	running->gates = held;
	return SCALE_OK;
}

void host_release(struct running *running)
{
	while (running->gates != NULL) {
		struct held_gate *held = running->gates;

		running->gates = held->next;
		gate_table_leave(running->host->gates, held->gate);
	}
	host_release_time(running);
}

static void host_remember(struct scale_call *abi, const char *key,
			  const char *value, uint32_t ms)
{
	struct running *running = running_of(abi);

	if (strlen(key) > FACT_KEY_MAX || strlen(value) > FACT_VALUE_MAX ||
	    host_bears_secret(running, value))
		return;
	/* As of the session this call began in: it may have read it in that. */
	facts_set(running->host->facts, running->backend->descriptor.name, key,
		  value, running->session, clock_after_ms(ms));
}

static const char *host_recall(struct scale_call *abi, const char *key)
{
	struct running *running = running_of(abi);
	struct host *host = running->host;
	uint64_t session = running->session;

	if (host->nas_services != NULL &&
	    host->nas_services->session(host->nas) != session)
		return NULL;
	return facts_get(host->facts, running->call->arena,
			 running->backend->descriptor.name, key, session,
			 clock_now_ns());
}

scale_status host_settle(struct running *running, const char **ret_path)
{
	struct invocation *inv = running->inv;

	if (inv->settle == NULL)
		return host_blame(running,
				  "it asked for a dataset's path where there "
				  "is none");
	return inv->settle(running->call, inv->settle_arg, ret_path);
}

static scale_status host_export_path(struct scale_call *abi,
				     const char **ret_path)
{
	struct running *running = running_of(abi);
	scale_status st = host_enter(running);

	return st == SCALE_OK ? host_settle(running, ret_path) : st;
}

static scale_status refuse_on_node(struct running *running)
{
	return call_fail(running->call, SCALE_UNIMPLEMENTED,
			 "a node has no connection to the NAS");
}

static uint32_t host_nas_version(struct scale_call *abi)
{
	struct host *host = running_of(abi)->host;

	return host->nas_services == NULL
		       ? 0
		       : host->nas_services->version(host->nas);
}

static int host_has_method(struct scale_call *abi, const char *method)
{
	struct host *host = running_of(abi)->host;

	return host->nas_services != NULL &&
	       host->nas_services->has_method(host->nas, method);
}

static scale_status host_rpc_submit(struct scale_call *abi,
				    struct scale_rpc *rpc)
{
	struct running *running = running_of(abi);

	if (running->host->nas_services == NULL)
		return refuse_on_node(running);
	return running->host->nas_services->submit(running, rpc);
}

static scale_status host_rpc_wait(struct scale_call *abi,
				  struct scale_rpc *const *rpcs, size_t n)
{
	struct running *running = running_of(abi);

	if (running->host->nas_services == NULL)
		return refuse_on_node(running);
	return running->host->nas_services->wait(running, rpcs, n);
}

static const char *host_json_get(struct scale_call *abi, const char *json,
				 const char *pointer)
{
	struct running *running = running_of(abi);

	if (running->host->nas_services == NULL || json == NULL)
		return NULL;
	return running->host->nas_services->json_get(running->call->arena, json,
						     pointer);
}

static size_t host_json_count(struct scale_call *abi, const char *json,
			      const char *pointer)
{
	struct running *running = running_of(abi);

	if (running->host->nas_services == NULL || json == NULL)
		return 0;
	return running->host->nas_services->json_count(json, pointer);
}

static const char *host_json_quote(struct scale_call *abi, const char *text)
{
	struct running *running = running_of(abi);
	const char *quoted;

	if (running->host->nas_services == NULL)
		return "";
	quoted = running->host->nas_services->json_quote(running->call->arena,
							 text);
	if (quoted != NULL)
		return quoted;
	running->out_of_memory = true;
	return "";
}

const struct scale_host host_services = {
	.struct_size = sizeof(struct scale_host),
	.abi_minor = SCALE_ABI_MINOR,
	.log = host_log,
	.fail = host_fail,
	.report = host_report,
	.alloc = host_alloc,
	.deadline = host_deadline,
	.check = host_check,
	.cancel_fd = host_cancel_fd,
	.wait_event = host_wait_event,
	.config = host_get_config,
	.secret = host_get_secret,
	.put = host_put,
	.gate = host_gate,
	.remember = host_remember,
	.recall = host_recall,
	.nas_version = host_nas_version,
	.has_method = host_has_method,
	.export_path = host_export_path,
	.rpc_submit = host_rpc_submit,
	.rpc_wait = host_rpc_wait,
	.json_get = host_json_get,
	.json_count = host_json_count,
	.json_quote = host_json_quote,
	.exec = host_exec,
	.host_read = host_read,
	.host_write = host_write,
};
