/* SPDX-License-Identifier: BSD-2-Clause */
/* What an error of the NAS means: codes, numbers and texts become a status. */
#ifndef SCALE_CSI_NAS_REASON_H
#define SCALE_CSI_NAS_REASON_H

#include <stdbool.h>

#include <scale_backend.h>

#include "base/arena.h"
#include "nas/scan.h"

/* JSON-RPC codes of the middleware (truenas-api.md 3.1). */
enum {
	REASON_PARSE = -32700,
	REASON_REQUEST = -32600,
	REASON_METHOD = -32601,
	REASON_PARAMS = -32602,
	REASON_REPLY = -32603,
	REASON_BUSY = -32000,
	REASON_CALL = -32001
};

/* The middleware's own numbers beside errno (truenas-api.md 3.2). */
enum {
	REASON_ENOMETHOD = 201,
	REASON_ESERVICESTART = 202,
	REASON_EREMOTENODE = 204,
	REASON_ELOCKED = 205,
	REASON_ENOLOGIN = 207,
	REASON_EREBOOT = 209,
	REASON_EHA = 210
};

struct reason {
	scale_status status;   /* never OK, UNKNOWN, or UNAVAILABLE for what may
				* have happened */
	int code;              /* as sent; 0: unreadable */
	int error;             /* errno or a number above: the most telling one.
				* ENOENT, EEXIST, ENOSPC, EBUSY and ENOTEMPTY also
				* where only a text or a class said so */
	const char *text;      /* for people; in the arena */
	const char *attribute; /* of the first complaint about parameters, as
				* sent; NULL */
	bool is_expired;       /* the login is over: nothing was done */
};

/*
 * reason_read - from the error object of a reply, @error.
 * @secret: parameters of a secret call, or NULL: no text of theirs appears in
 *          what comes out.
 * The trace is never looked at beyond the name of its class.
 * Returns false when memory is out; status and code are then set, texts are
 * constant.
 */
bool reason_read(struct arena *arena, struct span error, const char *secret,
		 struct reason *ret);

/* reason_read_job - the same from a failed job (an item of core.get_jobs). */
bool reason_read_job(struct arena *arena, struct span job, const char *secret,
		     struct reason *ret);

/*
 * reason_is_certain - whether an error of that code, number and attribute
 * proves that nothing was changed.
 */
bool reason_is_certain(int code, int error, const char *attribute);

/* reason_status - of an errno or middleware number. */
scale_status reason_status(int error);

#endif
