/* SPDX-License-Identifier: BSD-2-Clause */
/* The bytes of a request message: in one piece to read, wiped in the end. */
#include "grpc/payload.h"

#include <grpc/slice.h>
#include <string.h>

static bool start_reading(struct payload *p)
{
	p->is_reading = grpc_byte_buffer_reader_init(&p->reader, p->buffer);
	return p->is_reading;
}

static void stop_reading(struct payload *p)
{
	if (p->is_reading)
		grpc_byte_buffer_reader_destroy(&p->reader);
	p->is_reading = false;
}

bool payload_open(struct payload *p)
{
	grpc_slice *first = NULL;
	grpc_slice *more = NULL;

	p->bytes = (const uint8_t *)"";
	if (!start_reading(p))
		return false;
	if (!grpc_byte_buffer_reader_peek(&p->reader, &first))
		return true;
	if (!grpc_byte_buffer_reader_peek(&p->reader, &more)) {
		p->bytes = GRPC_SLICE_START_PTR(*first);
		p->len = GRPC_SLICE_LENGTH(*first);
		return true;
	}
	stop_reading(p);
	if (!start_reading(p))
		return false;
	p->joined = grpc_byte_buffer_reader_readall(&p->reader);
	p->is_joined = true;
	p->bytes = GRPC_SLICE_START_PTR(p->joined);
	p->len = GRPC_SLICE_LENGTH(p->joined);
	return true;
}

static void wipe_slice(grpc_slice *slice)
{
	explicit_bzero(GRPC_SLICE_START_PTR(*slice), GRPC_SLICE_LENGTH(*slice));
}

/* The pieces hold this message alone: nobody else looks at these bytes. */
static void wipe_pieces(struct payload *p)
{
	grpc_slice *piece = NULL;

	if (!start_reading(p))
		return;
	while (grpc_byte_buffer_reader_peek(&p->reader, &piece))
		wipe_slice(piece);
	stop_reading(p);
}

void payload_done(struct payload *p)
{
	if (p->buffer == NULL)
		return;
	if (p->is_joined) {
		wipe_slice(&p->joined);
		grpc_slice_unref(p->joined);
	}
	stop_reading(p);
	wipe_pieces(p);
	grpc_byte_buffer_destroy(p->buffer);
	*p = (struct payload){0};
}
