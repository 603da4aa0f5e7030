/* SPDX-License-Identifier: BSD-2-Clause */
/* What kind of message came from the NAS, and where its parts are. */
#ifndef SCALE_CSI_NAS_REPLY_H
#define SCALE_CSI_NAS_REPLY_H

#include <stdint.h>

#include "nas/scan.h"

enum reply_kind {
	REPLY_GARBAGE,      /* no JSON object, or neither of the two below */
	REPLY_ANSWER,       /* bears the number of a call */
	REPLY_NOTIFICATION, /* no id: an event */
	REPLY_COMPLAINT     /* id null: about a request it could not read */
};

/* The spans point into the message; at NULL: absent. */
struct reply {
	enum reply_kind kind;
	uint64_t id;
	struct span result, error;
	struct span method, params;
};

/*
 * reply_read - take @len bytes apart: one pass over the text, no memory.  Keys
 * come in any order (the middleware puts the id last).  An answer has exactly
 * one of result and error.
 */
struct reply reply_read(const char *text, size_t len);

#endif
