/* SPDX-License-Identifier: BSD-2-Clause */
/* The NAS as the rest of the core knows it: configured, opened, looked at. */
#ifndef SCALE_CSI_NAS_NAS_H
#define SCALE_CSI_NAS_NAS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/log.h"
#include "work/drain.h"

/*
 * What is behind it: a loop thread that frames and hands over bytes (nas/link),
 * the login and its renewal (nas/session), and the calls queued and in flight
 * (nas/window).  Everything else runs on the thread of the caller (nas/rpc).
 */
struct nas;

struct nas_config {
	const char *url;      /* "wss://nas.example/api/current", or ws:// */
	const char *username; /* owner of the key */
	const char *api_key_file;  /* read at every login; first line counts */
	const char *ca_file;       /* PEM, trusted in place of the system's CAs;
				    * NULL: the system's */
	const char *tls_name;      /* the name the certificate must bear; NULL:
				    * the host in url */
	bool allow_plain_loopback; /* ws:// is refused unless this is set and
				    * the address is a loopback one: a key sent
				    * over plain http is revoked by the NAS */
	int64_t connect_wait_ns;   /* how long a call waits for a connection
				    * before   it is UNAVAILABLE */
	int64_t ping_ns; /* a PING after so long without traffic; nginx
			  * in front of <= 25.10 cuts after 60 s */
	struct log *log;
	struct drain *drain; /* told of losses and logins; outlives the NAS */
	/* Told of every call that ended, on any thread; may be NULL. */
	void (*observe)(void *arg, const char *method, const char *result,
			int64_t took_ns);
	void *observe_arg;
};

/*
 * nas_open - check the configuration, start the loop thread, begin to connect.
 * Returns 0, or a negative errno with a sentence in @ret_error (@size bytes).
 * Does not wait for the NAS.  The config and its texts are copied.
 */
int nas_open(const struct nas_config *config, struct nas **ret_nas,
	     char *ret_error, size_t size);

/* nas_close - every call ends as cancelled; joins the thread.  NULL is fine. */
void nas_close(struct nas *nas);

struct nas_status {
	bool is_connected; /* logged in: calls go through */
	char why_not[512]; /* else: a sentence for people */
	char version[64];  /* "25.10.5" of the last login, or "" */
	uint32_t number;   /* 251005, or 0 */
	int64_t since_ns;  /* of this state */
	unsigned int queued, in_flight;
	unsigned long connects, logins, losses;
};
void nas_get_status(struct nas *nas, struct nas_status *ret_status);

/* nas_has_method - whether the release of the last login serves @method. */
bool nas_has_method(struct nas *nas, const char *method);

/* nas_drain - the table given in the configuration. */
struct drain *nas_drain(struct nas *nas);

/*
 * nas_session_id - a number that changes with every login; 0 before the first.
 * What was learned about the NAS is forgotten when it changes.
 */
uint64_t nas_session_id(struct nas *nas);

#endif
