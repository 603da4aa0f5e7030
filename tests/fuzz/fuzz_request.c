/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RPC payloads: bytes to a request, its checks, its plan, and the answer of a
 * driver whose NAS is a few datasets in memory and whose node does nothing.  An
 * input is a row of requests, each a method's number, a length, and bytes, so
 * that a volume can be made, published, copied and deleted.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "csi/fingerprint.h"
#include "csi/rules.h"
#include "csi/status.h"
#include "csi/verb.h"
#include "fake_backend.h"
#include "fake_nas.h"
#include "grpc/codec.h"
#include "input.h"
#include "work/operation.h"

/* Few enough for the fakes' tables. */
#define REQUESTS_MAX 24

static const struct volume_pool pools[] = {{"main", "tank/k8s"}};

/* An early answer is packed at once, as the wire would. */
void operation_answer(struct call *call, void *result)
{
	const ProtobufCMessage *reply = result;
	uint8_t *bytes;
	size_t len;

	assert(codec_pack(call, reply, &bytes, &len) == SCALE_OK);
	free(bytes);
}

static const struct csi_verb *choose_verb(uint8_t number)
{
	const struct csi_verb *tables[] = {csi_controller_verbs(),
					   csi_node_verbs()};
	size_t n[2] = {0, 0}, at;

	for (size_t i = 0; i < 2; i++)
		while (tables[i][n[i]].service != NULL)
			n[i]++;
	at = number % (n[0] + n[1]);
	return at >= n[0] ? &tables[1][at - n[0]] : &tables[0][at];
}

static void check_reply(struct call *call, const ProtobufCMessage *reply)
{
	ProtobufCMessage *back;
	uint8_t *bytes;
	size_t len;

	assert(reply != NULL);
	assert(codec_pack(call, reply, &bytes, &len) == SCALE_OK);
	assert(codec_unpack(call, reply->descriptor, bytes, len, &back) ==
	       SCALE_OK);
	free(bytes);
}

/* The same request, sent again in other words, has the same fingerprint. */
static void check_fingerprint(struct call *call,
			      const ProtobufCMessage *request)
{
	uint8_t print[SHA256_BYTES], again[SHA256_BYTES], *bytes;
	ProtobufCMessage *back;
	size_t len;

	assert(fingerprint_request(call, request, print) == SCALE_OK);
	assert(codec_pack(call, request, &bytes, &len) == SCALE_OK);
	assert(codec_unpack(call, request->descriptor, bytes, len, &back) ==
	       SCALE_OK);
	free(bytes);
	assert(fingerprint_request(call, back, again) == SCALE_OK);
	assert(memcmp(print, again, sizeof(print)) == 0);
}

static void check_outcome(struct call *call, scale_status status,
			  const ProtobufCMessage *reply)
{
	scale_status code =
		status_for_caller(status, ledger_state(&call->ledger));

	if (status == SCALE_OK) {
		check_reply(call, reply);
		return;
	}
	assert_told(call, status);
	assert(code != SCALE_OK && code != SCALE_UNKNOWN);
}

static void run_one(const struct csi *csi, const struct csi_verb *verb,
		    const uint8_t *bytes, size_t len)
{
	struct arena *arena = arena_new(CALL_ARENA_BYTES);
	ProtobufCMessage *request = NULL, *reply = NULL;
	struct csi_plan plan = {0};
	struct call call;
	scale_status status;

	call_init(&call, arena, NULL, NULL, CLOCK_NEVER);
	status = codec_unpack(&call, verb->input, bytes, len, &request);
	if (status == SCALE_OK)
		status = rules_check(&call, request);
	if (status == SCALE_OK) {
		check_fingerprint(&call, request);
		if (verb->plan != NULL)
			status = verb->plan(&call, csi, request, &plan);
	}
	if (status == SCALE_OK && verb->plan != NULL)
		assert(plan.volume != NULL);
	if (status == SCALE_OK) {
		call.volume = plan.volume;
		status = verb->run(&call, csi, request, &reply);
		check_outcome(&call, status, reply);
	} else {
		assert_told(&call, status);
	}
	arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct volumes_config config = {.driver = "csi.scale.io",
					.instance = "csi.scale.io/uid-1",
					.cluster = "prod",
					.pools = pools,
					.n_pools = 1,
					.backends = &fake_table};
	struct csi csi = {.driver = "csi.scale.io", .version = "0"};
	struct input input = {data, data + size};
	char error[256];

	fake_nas_reset(false);
	fake_backend_reset();
	assert(volumes_new(&config, &csi.volumes, error, sizeof(error)) == 0);
	for (int n = 0; n < REQUESTS_MAX && input.at < input.end; n++) {
		const struct csi_verb *verb = choose_verb(input_byte(&input));
		size_t len;
		const uint8_t *bytes = input_bytes(&input, &len);

		run_one(&csi, verb, bytes, len);
	}
	volumes_free(csi.volumes);
	fake_nas_done();
	return 0;
}
