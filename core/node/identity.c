/* SPDX-License-Identifier: BSD-2-Clause */
/* What this node says of itself: its node id. */
#include <string.h>

#include "backend/nodeid.h"
#include "node/addresses.h"
#include "node/node_impl.h"

/* Pairs in the order in which they are dropped last. */
struct pairs {
	struct scale_kv *kv;
	size_t n, room;
};

static scale_status add(struct call *call, struct pairs *pairs, const char *key,
			const char *value)
{
	if (key == NULL || value == NULL)
		return call_nomem(call);
	if (pairs->n == pairs->room) {
		size_t room = pairs->room == 0 ? 8 : pairs->room * 2;
		struct scale_kv *kv =
			arena_array(call->arena, room, sizeof(*kv));

		if (kv == NULL)
			return call_nomem(call);
		if (pairs->n > 0)
			memcpy(kv, pairs->kv, pairs->n * sizeof(*kv));
		pairs->kv = kv;
		pairs->room = room;
	}
	pairs->kv[pairs->n++] = (struct scale_kv){key, value};
	return SCALE_OK;
}

static scale_status ask_backend(struct call *call, struct node *node,
				struct backend *backend, struct pairs *pairs)
{
	struct invocation inv = {.host = node->host};
	struct scale_map said;
	scale_status st;

	if (backend->descriptor.node == NULL)
		return SCALE_OK;
	st = invoke_identify(call, backend, &inv);
	if (st != SCALE_OK) {
		call_log(call, SCALE_WARNING,
			 "node id without backend '%s': %s",
			 backend->descriptor.name, call->reason);
		return call_is_over(call) ? call_check(call) : SCALE_OK;
	}
	said = map_view(&inv.put[SCALE_PUT_IDENTITY]);
	for (size_t i = 0; i < said.n && st == SCALE_OK; i++)
		st = add(call, pairs,
			 call_printf(call, "%s.%s", backend->descriptor.name,
				     said.kv[i].key),
			 said.kv[i].value);
	return st;
}

scale_status node_get_id(struct call *call, struct node *node,
			 const char **ret_node_id)
{
	struct pairs pairs = {0};
	struct scale_map identity;
	const char *addresses;
	scale_status st;

	/* from the end of the alphabet: the layout wants the NQN in front of
	 * the IQN, which is longer and has more room to be cut */
	for (size_t i = node->backends->n; i > 0; i--) {
		st = ask_backend(call, node, node->backends->backends[i - 1],
				 &pairs);
		if (st != SCALE_OK)
			return st;
	}
	addresses = addresses_join(call->arena,
				   (const char *const *)node->addresses);
	if (addresses == NULL)
		return call_nomem(call);
	if (addresses[0] != '\0') {
		st = add(call, &pairs, "addresses", addresses);
		if (st != SCALE_OK)
			return st;
	}
	identity = (struct scale_map){pairs.kv, pairs.n};
	*ret_node_id = nodeid_format(call->arena, node->name, &identity);
	if (*ret_node_id != NULL)
		return SCALE_OK;
	return call_fail(call, SCALE_FAILED_PRECONDITION,
			 "the name of this node, '%s', is empty or longer than "
			 "a node id may be",
			 node->name);
}
