/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One unary call as its handler sees it: a request that waits for its reply.
 *
 * A handler runs on the server's queue thread, the one thread that takes gRPC's
 * events, and returns at once; nobody else's call or cancellation is seen
 * meanwhile.  It answers inline or hands the exchange to a worker, which calls
 * grpc_exchange_reply() later, exactly once, even for a call that was
 * cancelled. After the reply the exchange is the server's; only the callbacks
 * below still come.
 */
#ifndef SCALE_CSI_GRPC_EXCHANGE_H
#define SCALE_CSI_GRPC_EXCHANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "grpc/socket.h"

/* The longest reply sent: what grpc-go's clients receive by default. */
#define GRPC_REPLY_MAX_BYTES (4u << 20)

/* Longer error texts are cut: they travel in a trailer and end in an event. */
#define GRPC_STATUS_TEXT_MAX_BYTES 900

struct grpc_exchange;

/*
 * A method served.
 * @path:   "/csi.v1.Identity/Probe"; outlives the server.
 * @handle: runs on the queue thread; does not block; replies now or lets
 *          another thread do it.
 * @arg:    for @handle; outlives the server.
 */
struct grpc_method {
	const char *path;
	void (*handle)(struct grpc_exchange *exchange, void *arg);
	void *arg;
};

/* grpc_exchange_path - the method's path, from the table; any thread. */
const char *grpc_exchange_path(const struct grpc_exchange *exchange);

/*
 * grpc_exchange_request - the bytes of the request message.
 * @ret_len: their number; 0 is a request with every field unset.
 *
 * Valid until grpc_exchange_reply(), which wipes them: they may hold secrets.
 * Any thread.  Never NULL.
 */
const uint8_t *grpc_exchange_request(const struct grpc_exchange *exchange,
				     size_t *ret_len);

/*
 * grpc_exchange_deadline_ns - when the client stops waiting, on
 * CLOCK_MONOTONIC; INT64_MAX if it set no deadline.  Any thread, until the
 * reply.
 */
int64_t grpc_exchange_deadline_ns(const struct grpc_exchange *exchange);

/*
 * grpc_exchange_peer - who connected.
 *
 * For logs and metrics, not for decisions: gRPC names a call's connection by
 * its descriptor's number, and a number whose connection closed in this very
 * instant may belong to a newer one.  False if it is not known.  Any thread,
 * until the reply.
 */
bool grpc_exchange_peer(const struct grpc_exchange *exchange,
			struct socket_peer *ret);

/*
 * grpc_exchange_cancelled - whether the client went away, cancelled, or let its
 * deadline pass, or the server stops and waits no longer.  Once true it stays
 * true.  Any thread, until the reply.
 */
bool grpc_exchange_cancelled(const struct grpc_exchange *exchange);

/*
 * grpc_exchange_on_cancel - have a function called when that happens.
 * @fn:  runs on the queue thread at most once, not after the reply was given
 *       (but perhaps while another thread is giving it); does not block; may
 *       reply.
 * @arg: must live until the function given to grpc_exchange_on_done() ran.
 *
 * Only in the handler, on the queue thread, before the exchange is handed over:
 * so no cancellation is missed.
 */
void grpc_exchange_on_cancel(struct grpc_exchange *exchange,
			     void (*fn)(void *arg), void *arg);

/*
 * grpc_exchange_on_done - have a function called at the end of the exchange.
 * @fn:  runs on the queue thread exactly once, after the reply, as the last
 *       callback of this exchange; does not block.  @delivered: the reply was
 *       written to the client's stream while the client still waited for it.
 *       If false, nobody received it; if true, the client's process may still
 *       have died with the reply in its socket.
 *
 * Only in the handler, as grpc_exchange_on_cancel().
 */
void grpc_exchange_on_done(struct grpc_exchange *exchange,
			   void (*fn)(void *arg, bool delivered), void *arg);

/*
 * grpc_exchange_reply - answer, once; any thread; does not block.
 * @code:    a gRPC status code, 0 to 16; another number becomes INTERNAL.
 * @message: for a @code other than 0 the sentence for the user, copied: cut at
 *           GRPC_STATUS_TEXT_MAX_BYTES between two characters, control
 *           characters and what is not UTF-8 replaced.  NULL or empty is
 *           replaced by a sentence, since the CSI specification wants one.
 * @bytes:   for @code 0 the packed response; NULL with @len 0 is a response
 *           without fields.  At most GRPC_REPLY_MAX_BYTES, else the client gets
 *           INTERNAL with a sentence.
 * @release: called exactly once with @bytes when they are no longer needed, on
 *           any thread and perhaps before this function returns; does not
 *           block.  NULL: @bytes are copied and stay the caller's.
 *
 * The exchange must not be touched afterwards.
 */
void grpc_exchange_reply(struct grpc_exchange *exchange, int code,
			 const char *message, void *bytes, size_t len,
			 void (*release)(void *bytes));

#endif
