/* SPDX-License-Identifier: BSD-2-Clause */
/* Takes a JSON-RPC message apart, as far as its top level. */
#include "nas/reply.h"

#include <string.h>

static void note_member(struct reply *reply, struct span key, struct span value,
			struct span *ret_id)
{
	if (scan_is(key, "\"id\""))
		*ret_id = value;
	else if (scan_is(key, "\"result\""))
		reply->result = value;
	else if (scan_is(key, "\"error\""))
		reply->error = value;
	else if (scan_is(key, "\"method\""))
		reply->method = value;
	else if (scan_is(key, "\"params\""))
		reply->params = value;
}

static enum reply_kind find_kind(struct reply *reply, struct span id)
{
	/* {"error": null, "result": ...} is what some servers make of success
	 */
	if (reply->error.at != NULL && scan_is(reply->error, "null"))
		reply->error.at = NULL;
	if (id.at == NULL)
		return reply->method.at != NULL ? REPLY_NOTIFICATION
						: REPLY_GARBAGE;
	if ((reply->result.at != NULL) == (reply->error.at != NULL))
		return REPLY_GARBAGE;
	if (scan_is(id, "null"))
		return REPLY_COMPLAINT;
	return scan_u64(id, &reply->id) ? REPLY_ANSWER : REPLY_GARBAGE;
}

struct reply reply_read(const char *text, size_t len)
{
	struct reply reply = {.kind = REPLY_GARBAGE};
	struct span all, key, value, id = {NULL, 0};
	const char *end = text + len;
	struct scan_walk walk;

	const char *behind = scan_value(text, end, &all);
	if (behind == NULL || !scan_walk_init(&walk, all) || !walk.is_object)
		return reply;
	for (; behind < end; behind++) {
		if (memchr(" \t\r\n", *behind, 4) == NULL)
			return reply;
	}
	while (scan_walk_next(&walk, &key, &value))
		note_member(&reply, key, value, &id);
	reply.kind = find_kind(&reply, id);
	return reply;
}
