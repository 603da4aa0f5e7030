/* SPDX-License-Identifier: BSD-2-Clause */
/* Logged in or not: the key, the login and its renewal, the release. */
#ifndef SCALE_CSI_NAS_SESSION_H
#define SCALE_CSI_NAS_SESSION_H

#include <stdint.h>

#include "base/log.h"
#include "nas/link.h"
#include "nas/nas.h"

/* 20 a minute is what the NAS allows from one address (truenas-api.md 1.6). */
#define SESSION_LOGINS    15
#define SESSION_LOGINS_NS (60 * CLOCK_NS_PER_S)

enum session_step {
	SESSION_DOWN,
	SESSION_BUDGET,  /* connected; too many logins lately */
	SESSION_LOGIN,   /* auth.login_ex is under way */
	SESSION_VERSION, /* system.version is under way */
	SESSION_READY
};

/* The loop's thread only. */
struct session {
	enum session_step step;
	uint64_t id; /* of the call under way */
	char *frame; /* that call; NULL: none */
	size_t len;
	bool is_unsent;                 /* it still has to be written */
	bool knows_version;             /* of this connection */
	int64_t logins[SESSION_LOGINS]; /* when; 0: never */
	unsigned int next;              /* of logins */
	struct complaint complaint;
};

/* session_events - what the link calls, for a nas as their arg. */
extern const struct link_events session_events;

/*
 * session_expired - a call sent in session @session was answered that the login
 * is over: log in again, once for all who say so.  Any thread.
 */
void session_expired(struct nas *nas, uint64_t session);

#endif
