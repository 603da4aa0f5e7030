/* SPDX-License-Identifier: BSD-2-Clause */
/* A gRPC client for tests: many calls at once, each to be waited for. */
#ifndef CLIENT_H
#define CLIENT_H

#include <grpc/grpc.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct client;

/* One call.  What it brought is the test's to read after client_wait(). */
struct client_call {
	struct client *client; /* constant after init */
	grpc_call *call;       /* constant after init */
	bool is_over;          /* (client's lock) */

	int code;
	char *message;  /* NUL-terminated; freed by client_call_free() */
	uint8_t *reply; /* NULL without a reply; freed likewise */
	size_t reply_len;

	/* gRPC's until the call is over. */
	grpc_metadata_array initial;
	grpc_metadata_array trailing;
	grpc_byte_buffer *received;
	grpc_slice details;
	grpc_status_code status;
};

struct client_options {
	const char *method;
	const void *bytes;
	size_t len;
	int64_t deadline_ms; /* from now; 0: none */
	bool has_no_message; /* half-close at once */
};

/* client_new - a channel to a unix socket; @is_gzip compresses requests. */
struct client *client_new(const char *path, bool is_gzip);
void client_free(struct client *client);

struct client_call *client_start(struct client *client,
				 const struct client_options *options);
void client_cancel(struct client_call *call);

/* client_wait - true when the call is over; false after @patience_ms. */
bool client_wait(struct client_call *call, int64_t patience_ms);

/* client_call_free - of a call that is over. */
void client_call_free(struct client_call *call);

#endif
