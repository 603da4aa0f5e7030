/* SPDX-License-Identifier: BSD-2-Clause */
/* A gRPC client for tests: many calls at once, each to be waited for. */
#include "client.h"

#include <assert.h>
#include <grpc/byte_buffer_reader.h>
#include <grpc/grpc_security.h>
#include <grpc/slice.h>
#include <grpc/support/alloc.h>
#include <grpc/support/time.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mutex.h"
#include "grpc/tsan.h"

struct client {
	grpc_channel *channel;        /* constant after init */
	grpc_completion_queue *queue; /* constant after init */
	pthread_t thread;             /* constant after init */
	struct mutex lock;            /* guards each call's is_over */
	struct condition changed;
};

static void take_reply(struct client_call *c)
{
	grpc_byte_buffer_reader reader;

	if (c->received == NULL)
		return;
	if (grpc_byte_buffer_reader_init(&reader, c->received)) {
		grpc_slice all = grpc_byte_buffer_reader_readall(&reader);
		c->reply_len = GRPC_SLICE_LENGTH(all);
		c->reply = malloc(c->reply_len + 1);
		assert(c->reply != NULL);
		memcpy(c->reply, GRPC_SLICE_START_PTR(all), c->reply_len);
		grpc_slice_unref(all);
		grpc_byte_buffer_reader_destroy(&reader);
	}
	grpc_byte_buffer_destroy(c->received);
}

static void finish(struct client_call *c)
{
	struct client *client = c->client;
	size_t len = GRPC_SLICE_LENGTH(c->details);

	c->code = (int)c->status;
	c->message = malloc(len + 1);
	assert(c->message != NULL);
	memcpy(c->message, GRPC_SLICE_START_PTR(c->details), len);
	c->message[len] = '\0';
	take_reply(c);
	grpc_slice_unref(c->details);
	grpc_metadata_array_destroy(&c->initial);
	grpc_metadata_array_destroy(&c->trailing);
	grpc_call_unref(c->call);

	mutex_lock(&client->lock);
	c->is_over = true;
	condition_broadcast(&client->changed);
	mutex_unlock(&client->lock);
}

static void *client_thread(void *arg)
{
	struct client *client = arg;

	for (;;) {
		grpc_event event = grpc_completion_queue_next(
			client->queue, gpr_inf_future(GPR_CLOCK_MONOTONIC),
			NULL);
		if (event.type == GRPC_QUEUE_SHUTDOWN)
			return NULL;
		TSAN_ACQUIRE(event.tag);
		finish(event.tag);
	}
}

struct client *client_new(const char *path, bool is_gzip)
{
	struct client *client = calloc(1, sizeof(*client));
	char target[128];
	char key[] = GRPC_COMPRESSION_CHANNEL_DEFAULT_ALGORITHM;
	grpc_arg gzip = {.type = GRPC_ARG_INTEGER,
			 .key = key,
			 .value.integer = GRPC_COMPRESS_GZIP};
	grpc_channel_args args = {is_gzip ? 1 : 0, &gzip};

	assert(client != NULL);
	(void)snprintf(target, sizeof(target), "unix:%s", path);
	grpc_init();
	grpc_channel_credentials *creds = grpc_insecure_credentials_create();
	client->channel = grpc_channel_create(target, creds, &args);
	grpc_channel_credentials_release(creds);
	client->queue = grpc_completion_queue_create_for_next(NULL);
	mutex_init(&client->lock);
	condition_init(&client->changed);
	int r = pthread_create(&client->thread, NULL, client_thread, client);
	assert(r == 0);
	(void)r;
	return client;
}

void client_free(struct client *client)
{
	grpc_channel_destroy(client->channel);
	grpc_completion_queue_shutdown(client->queue);
	(void)pthread_join(client->thread, NULL);
	grpc_completion_queue_destroy(client->queue);
	condition_done(&client->changed);
	mutex_done(&client->lock);
	grpc_shutdown();
	free(client);
}

static gpr_timespec deadline_of(const struct client_options *options)
{
	if (options->deadline_ms == 0)
		return gpr_inf_future(GPR_CLOCK_MONOTONIC);
	return gpr_time_add(
		gpr_now(GPR_CLOCK_MONOTONIC),
		gpr_time_from_millis(options->deadline_ms, GPR_TIMESPAN));
}

static void start_batch(struct client_call *c,
			const struct client_options *options)
{
	grpc_slice slice =
		grpc_slice_from_copied_buffer(options->bytes, options->len);
	grpc_byte_buffer *message = grpc_raw_byte_buffer_create(&slice, 1);
	grpc_op ops[6];
	size_t n = 0;

	memset(ops, 0, sizeof(ops));
	ops[n++].op = GRPC_OP_SEND_INITIAL_METADATA;
	if (!options->has_no_message) {
		ops[n].op = GRPC_OP_SEND_MESSAGE;
		ops[n++].data.send_message.send_message = message;
	}
	ops[n++].op = GRPC_OP_SEND_CLOSE_FROM_CLIENT;
	ops[n].op = GRPC_OP_RECV_INITIAL_METADATA;
	ops[n++].data.recv_initial_metadata.recv_initial_metadata = &c->initial;
	ops[n].op = GRPC_OP_RECV_MESSAGE;
	ops[n++].data.recv_message.recv_message = &c->received;
	ops[n].op = GRPC_OP_RECV_STATUS_ON_CLIENT;
	ops[n].data.recv_status_on_client.trailing_metadata = &c->trailing;
	ops[n].data.recv_status_on_client.status = &c->status;
	ops[n++].data.recv_status_on_client.status_details = &c->details;
	TSAN_RELEASE(c);
	grpc_call_error error = grpc_call_start_batch(c->call, ops, n, c, NULL);
	assert(error == GRPC_CALL_OK);
	(void)error;
	grpc_byte_buffer_destroy(message);
	grpc_slice_unref(slice);
}

struct client_call *client_start(struct client *client,
				 const struct client_options *options)
{
	struct client_call *c = calloc(1, sizeof(*c));

	assert(c != NULL);
	c->client = client;
	grpc_metadata_array_init(&c->initial);
	grpc_metadata_array_init(&c->trailing);
	c->call = grpc_channel_create_call(
		client->channel, NULL, GRPC_PROPAGATE_DEFAULTS, client->queue,
		grpc_slice_from_static_string(options->method), NULL,
		deadline_of(options), NULL);
	start_batch(c, options);
	return c;
}

void client_cancel(struct client_call *c)
{
	(void)grpc_call_cancel(c->call, NULL); /* the status tells */
}

bool client_wait(struct client_call *c, int64_t patience_ms)
{
	struct client *client = c->client;
	int64_t until_ns = clock_after_ms(patience_ms);

	mutex_lock(&client->lock);
	while (!c->is_over &&
	       condition_wait(&client->changed, &client->lock, until_ns))
		;
	bool is_over = c->is_over;
	mutex_unlock(&client->lock);
	return is_over;
}

void client_call_free(struct client_call *c)
{
	free(c->message);
	free(c->reply);
	free(c);
}
