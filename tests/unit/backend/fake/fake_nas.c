/* SPDX-License-Identifier: BSD-2-Clause */
/* The fake's NAS: answers methods from the test's script. */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "fake_parts.h"

int fake_matches(const char *const *patterns, const char *name)
{
	for (; patterns != NULL && *patterns != NULL; patterns++) {
		size_t len = strlen(*patterns);

		if (len > 0 && (*patterns)[len - 1] == '*'
			    ? strncmp(*patterns, name, len - 1) == 0
			    : strcmp(*patterns, name) == 0)
			return 1;
	}
	return 0;
}

uint32_t fake_nas_version(struct scale_call *call)
{
	struct fake_host *fake = fake_of(call);

	return fake->is_node ? 0 : fake->nas_version;
}

int fake_has_method(struct scale_call *call, const char *method)
{
	struct fake_host *fake = fake_of(call);

	return !fake->is_node && !fake_matches(fake->lacking, method);
}

scale_status fake_export_path(struct scale_call *call, const char **ret_path)
{
	struct fake_host *fake = fake_of(call);
	scale_status st = fake_service(fake);

	(void)fake_note(fake, "", "export_path", "");
	if (fake->is_node)
		return fake_say(fake, SCALE_UNIMPLEMENTED,
				"a node does not know the NAS");
	if (st != SCALE_OK)
		return st;
	if (fake->export_status != SCALE_OK)
		return fake_say(fake, fake->export_status,
				"dataset is not to be exported (scripted)");
	*ret_path = fake_keep_text(&fake->parts->lent, fake->export_path);
	return SCALE_OK;
}

static int is_array(const char *params)
{
	json_t *json = json_loads(params, 0, NULL);
	int yes = json_is_array(json);

	json_decref(json);
	return yes;
}

static void check_rpc(struct fake_host *fake, const struct scale_rpc *rpc)
{
	const uint32_t kinds =
		SCALE_RPC_READ | SCALE_RPC_CREATE | SCALE_RPC_DELETE;
	uint32_t kind = rpc->flags & kinds;

	if (!fake_matches(fake->backend->methods, rpc->method))
		fake_complain(fake, "the method '%s' is not declared",
			      rpc->method);
	if (!is_array(rpc->params))
		fake_complain(fake, "params of '%s' are no JSON array: %s",
			      rpc->method, rpc->params);
	if ((kind & (kind - 1)) != 0)
		fake_complain(fake, "'%s' is of two kinds at once",
			      rpc->method);
	if (!SCALE_HAS(rpc, ticket) || rpc->ticket != 0)
		fake_complain(fake, "'%s' was submitted without being cleared",
			      rpc->method);
	if ((rpc->flags & SCALE_RPC_SECRET) == 0)
		fake_complain_secret(fake, rpc->method, rpc->params);
}

scale_status fake_rpc_submit(struct scale_call *call, struct scale_rpc *rpc)
{
	struct fake_host *fake = fake_of(call);
	struct fake_parts *parts = fake->parts;
	scale_status st = fake_service(fake);

	if (fake->is_node)
		return fake_say(fake, SCALE_UNIMPLEMENTED,
				"a node does not know the NAS");
	if (st != SCALE_OK)
		return st;
	check_rpc(fake, rpc);
	fake_note(fake, "", rpc->method, rpc->params)->flags = rpc->flags;
	parts->pending = fake_grow(parts->pending, parts->n_pending,
				   sizeof(struct scale_rpc *));
	parts->pending[parts->n_pending++] = rpc;
	rpc->ticket = parts->n_steps;
	return SCALE_OK;
}

static int take_pending(struct fake_parts *parts, const struct scale_rpc *rpc)
{
	for (size_t i = 0; i < parts->n_pending; i++)
		if (parts->pending[i] == rpc) {
			parts->pending[i] = parts->pending[--parts->n_pending];
			return 1;
		}
	return 0;
}

static void answer(struct fake_host *fake, struct scale_rpc *rpc)
{
	struct fake_parts *parts = fake->parts;
	struct fake_reply *reply = NULL;

	for (size_t i = 0; i < parts->n_replies && reply == NULL; i++) {
		struct fake_reply *it = &parts->replies[i];

		if (it->times != 0 && strcmp(it->method, rpc->method) == 0 &&
		    (it->when == NULL || strstr(rpc->params, it->when) != NULL))
			reply = it;
	}
	if (reply == NULL) {
		fake_complain(fake, "no reply in the script for '%s' %s",
			      rpc->method, rpc->params);
		rpc->status = SCALE_INTERNAL;
		rpc->reason = "not in the script";
		return;
	}
	if (reply->times != UINT32_MAX)
		reply->times--;
	rpc->status = reply->status;
	rpc->error = reply->error;
	if (reply->status == SCALE_OK)
		rpc->result = fake_keep_text(
			&parts->lent,
			reply->result == NULL ? "null" : reply->result);
	else
		rpc->reason = fake_keep_text(
			&parts->lent,
			reply->reason == NULL ? "scripted" : reply->reason);
}

scale_status fake_rpc_wait(struct scale_call *call,
			   struct scale_rpc *const *rpcs, size_t n)
{
	struct fake_host *fake = fake_of(call);
	scale_status st = fake_service(fake);

	if (fake->is_node)
		return fake_say(fake, SCALE_UNIMPLEMENTED,
				"a node does not know the NAS");
	for (size_t i = 0; i < n; i++) {
		struct scale_rpc *rpc = rpcs[i];

		if (!take_pending(fake->parts, rpc)) {
			fake_complain(fake, "waited for what was not sent");
			return fake_say(fake, SCALE_INTERNAL, "not sent");
		}
		rpc->ticket = 0;
		if (fake->on_rpc != NULL)
			fake->on_rpc(fake, rpc->method, fake->hook_arg);
		answer(fake, rpc);
		if (st != SCALE_OK) { /* it came too late for this call */
			rpc->result = NULL;
			rpc->reason = "the call is over";
			rpc->status = (rpc->flags & SCALE_RPC_READ) != 0
					      ? st
					      : SCALE_UNKNOWN;
		}
	}
	return st;
}

/* RFC 6901; NULL when it leads nowhere. */
static json_t *walk(json_t *at, const char *pointer)
{
	while (at != NULL && *pointer == '/') {
		char key[256];
		size_t len = 0;

		for (pointer++; *pointer != '\0' && *pointer != '/';
		     pointer++) {
			char c = *pointer;

			if (c == '~' &&
			    (pointer[1] == '0' || pointer[1] == '1'))
				c = *++pointer == '0' ? '~' : '/';
			if (len + 1 < sizeof(key))
				key[len++] = c;
		}
		key[len] = '\0';
		at = json_is_array(at)
			     ? json_array_get(at, strtoul(key, NULL, 10))
			     : json_object_get(at, key);
	}
	return at;
}

const char *fake_json_get(struct scale_call *call, const char *json,
			  const char *pointer)
{
	struct fake_host *fake = fake_of(call);
	json_t *root = json_loads(json, JSON_DECODE_ANY, NULL);
	json_t *at = walk(root, pointer);
	char *found = NULL;

	if (json_is_string(at)) {
		found = fake_keep_text(&fake->parts->lent,
				       json_string_value(at));
	} else if (at != NULL && !json_is_null(at)) {
		char *text = json_dumps(at, JSON_ENCODE_ANY | JSON_COMPACT);

		found = fake_keep_text(&fake->parts->lent, text);
		free(text);
	}
	json_decref(root);
	return found;
}

size_t fake_json_count(struct scale_call *call, const char *json,
		       const char *pointer)
{
	json_t *root = json_loads(json, JSON_DECODE_ANY, NULL);
	json_t *at = walk(root, pointer);
	size_t n =
		json_is_array(at) ? json_array_size(at) : json_object_size(at);

	(void)call;
	json_decref(root);
	return n;
}

const char *fake_json_quote(struct scale_call *call, const char *text)
{
	json_t *value = json_string(text);
	char *quoted = json_dumps(value, JSON_ENCODE_ANY);
	const char *kept = fake_keep_text(&fake_of(call)->parts->lent, quoted);

	free(quoted);
	json_decref(value);
	return kept;
}
