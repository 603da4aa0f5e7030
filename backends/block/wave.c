/* SPDX-License-Identifier: BSD-2-Clause */
/* NAS calls that do not depend on each other, sent together. */
#include "wave.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void wave_add(struct scale_call *call, struct wave *wave, struct scale_rpc *rpc,
	      const char *method, const char *params, uint32_t flags)
{
	*rpc = (struct scale_rpc){
		.struct_size = sizeof(*rpc),
		.flags = flags,
		.method = method,
		.params = params,
		.status = SCALE_UNAVAILABLE,
	};
	if (wave->status != SCALE_OK)
		return;
	if (wave->n == WAVE_MAX)
		wave->status =
			scale_fail(call, SCALE_INTERNAL,
				   "more than %d calls at once", WAVE_MAX);
	else
		wave->status = call->host->rpc_submit(call, rpc);
	if (wave->status == SCALE_OK)
		wave->rpcs[wave->n++] = rpc;
}

scale_status wave_wait(struct scale_call *call, struct wave *wave)
{
	scale_status st = SCALE_OK;

	if (wave->n > 0)
		st = call->host->rpc_wait(call, wave->rpcs, wave->n);
	wave->n = 0;
	return wave->status != SCALE_OK ? wave->status : st;
}

scale_status wave_run(struct scale_call *call, struct scale_rpc *rpc,
		      const char *method, const char *params, uint32_t flags)
{
	struct wave wave = {0};

	wave_add(call, &wave, rpc, method, params, flags);
	return wave_wait(call, &wave);
}

scale_status wave_fail(struct scale_call *call, const struct scale_rpc *rpc,
		       const char *what, const char *object)
{
	if (rpc->status == SCALE_UNKNOWN)
		return scale_fail(call, SCALE_UNAVAILABLE,
				  "%s '%s': the NAS did not answer, so whether "
				  "it was done is looked up with the next try",
				  what, object);
	return scale_fail(
		call, rpc->status != SCALE_OK ? rpc->status : SCALE_INTERNAL,
		"%s '%s': %s", what, object,
		rpc->reason != NULL ? rpc->reason : "the NAS did not say why");
}

int64_t wave_number(struct scale_call *call, const char *json,
		    const char *pointer)
{
	const char *text = call->host->json_get(call, json, pointer);
	char *end;
	long long number;

	if (text == NULL || *text < '0' || *text > '9')
		return -1;
	errno = 0;
	number = strtoll(text, &end, 10);
	return errno == 0 && *end == '\0' ? number : -1;
}

int wave_is_true(struct scale_call *call, const char *json, const char *pointer)
{
	const char *text = call->host->json_get(call, json, pointer);

	return text != NULL && strcmp(text, "true") == 0;
}

const char *wave_text(struct scale_call *call, const char *json,
		      const char *pointer)
{
	const char *text = call->host->json_get(call, json, pointer);

	return text != NULL ? text : "";
}
