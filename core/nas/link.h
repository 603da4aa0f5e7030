/* SPDX-License-Identifier: BSD-2-Clause */
/* The WebSocket to the NAS: connecting, frames out and in, trying again. */
#ifndef SCALE_CSI_NAS_LINK_H
#define SCALE_CSI_NAS_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nas/url.h"

/* The longest message taken from the NAS; it sets no limit of its own. */
#define LINK_MESSAGE_MAX ((size_t)64 << 20)

/* A text to send. */
struct link_frame {
	const char *text;
	size_t len;
};

/* All on the loop's thread, one at a time. */
struct link_events {
	void (*opened)(void *arg);
	/* The next frame; its text is copied. */
	bool (*next_frame)(void *arg, struct link_frame *ret_frame);
	/* Takes the malloc'd @text.  false: garbage, the link is closed. */
	bool (*received)(void *arg, char *text, size_t len);
	/* Once for each attempt or connection that ended; a sentence. */
	void (*closed)(void *arg, const char *why);
	void (*woken)(void *arg); /* after link_wake() */
	void (*timer)(void *arg); /* after link_set_timer() */
	void *arg;
};

struct link_config {
	const struct nas_url *endpoint; /* outlives the link */
	const char *ca_file;            /* constant; NULL: the system's */
	const char *tls_name;           /* constant; the name to expect */
	int64_t ping_ns;
};

struct link;

/*
 * link_new - the loop thread and its context; connects after link_start().
 * Returns 0 or a negative errno.
 */
int link_new(const struct link_config *config, const struct link_events *events,
	     struct link **ret_link);
void link_start(struct link *link);
/* link_free - joins the thread; no event comes afterwards.  NULL is fine. */
void link_free(struct link *link);

/* link_wake - any thread: woken() will be called. */
void link_wake(struct link *link);

/* The rest on the loop's thread only. */

/* link_pump - next_frame() has something; does nothing while not open. */
void link_pump(struct link *link);

/*
 * link_drop - give up the connection or attempt: closed(@why) at once, the next
 * attempt not before @hold_ns from now.
 */
void link_drop(struct link *link, const char *why, int64_t hold_ns);

/* link_settle - it went well: the next failure is tried again quickly. */
void link_settle(struct link *link);

bool link_is_open(const struct link *link);

/* link_set_timer - timer() once, in @delay_ns; replaces an earlier one; < 0
 * takes it back. */
void link_set_timer(struct link *link, int64_t delay_ns);

#endif
