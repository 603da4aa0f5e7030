/* SPDX-License-Identifier: BSD-2-Clause */
/* The bytes of a request message: in one piece to read, wiped in the end. */
#ifndef SCALE_CSI_GRPC_PAYLOAD_H
#define SCALE_CSI_GRPC_PAYLOAD_H

#include <grpc/byte_buffer.h>
#include <grpc/byte_buffer_reader.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All zero is an empty payload.  One thread at a time uses it. */
struct payload {
	grpc_byte_buffer *buffer; /* as gRPC received it; NULL: no message */
	grpc_byte_buffer_reader reader;
	bool is_reading;   /* the reader is to be destroyed */
	grpc_slice joined; /* a copy, if the message came in pieces */
	bool is_joined;
	const uint8_t *bytes;
	size_t len;
};

/*
 * payload_open - make @bytes and @len of a received buffer: without a copy if
 * the message lies in one piece.  False when it cannot be decoded.
 */
bool payload_open(struct payload *payload);

/*
 * payload_done - overwrite the message with zeros, where gRPC keeps it too, and
 * free it.  Also right after a failed payload_open().
 */
void payload_done(struct payload *payload);

#endif
