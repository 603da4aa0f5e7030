/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds the addresses of the NAS and hands them out one by one. */
#include "nas/link_dial.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/resolve.h"

#define DIAL_ADDRESSES 8

/* What a lookup brought. */
struct answer {
	int n; /* or a negative errno */
	char addresses[DIAL_ADDRESSES][DIAL_ADDRESS_BYTES];
};

struct dial {
	const struct nas_url *endpoint; /* constant */
	void (*woken)(void *arg);       /* constant */
	void *arg;                      /* constant */
	struct resolver *resolver;      /* constant after dial_new() */
	_Atomic(struct answer *) fresh; /* from the resolver's thread */

	/* The loop's thread from here on. */
	struct answer last; /* last.n <= 0: never found */
	int next;           /* of last; at last.n the round is over */
	bool is_asking;
};

static void on_answer(void *arg, int result,
		      const char (*addresses)[DIAL_ADDRESS_BYTES])
{
	struct dial *dial = arg;
	struct answer *answer = calloc(1, sizeof(*answer));

	if (answer != NULL) {
		answer->n = result > DIAL_ADDRESSES ? DIAL_ADDRESSES : result;
		for (int i = 0; i < answer->n; i++)
			memcpy(answer->addresses[i], addresses[i],
			       DIAL_ADDRESS_BYTES);
		free(atomic_exchange(&dial->fresh, answer));
	}
	dial->woken(dial->arg);
}

int dial_new(const struct nas_url *endpoint, void (*woken)(void *arg),
	     void *arg, struct dial **ret_dial)
{
	struct dial *dial = calloc(1, sizeof(*dial));

	if (dial == NULL)
		return -ENOMEM;
	dial->endpoint = endpoint;
	dial->woken = woken;
	dial->arg = arg;
	if (!endpoint->is_literal) {
		int rc = resolver_new(&dial->resolver);

		if (rc != 0) {
			free(dial);
			return rc;
		}
	}
	*ret_dial = dial;
	return 0;
}

void dial_stop(struct dial *dial)
{
	if (dial->resolver != NULL)
		resolver_stop(dial->resolver);
}

void dial_free(struct dial *dial)
{
	if (dial == NULL)
		return;
	resolver_free(dial->resolver);
	free(atomic_load(&dial->fresh));
	free(dial);
}

/* What stands behind "the NAS at '...' ". */
static const char *explain(int rc)
{
	switch (rc) {
	case -ENOENT:
		return "cannot be found: no such name; correct its address, or "
		       "the name service";
	case -EPERM:
		return "is not on this host, and a key sent to it without TLS "
		       "would be revoked: use wss://";
	case -ENOMEM:
		return "cannot be looked up: no memory is left";
	default:
		return "cannot be looked up now: name service does not answer";
	}
}

static int fail(struct dial *dial, int rc, char *ret_why, size_t size)
{
	dial->next = 0;
	(void)snprintf(ret_why, size, "the NAS at '%s' %s",
		       dial->endpoint->host, explain(rc));
	return rc == -EAGAIN ? -EIO : rc;
}

/* Hand out the next one that may be used. */
static int hand_out(struct dial *dial, char *ret_address)
{
	while (dial->next < dial->last.n) {
		const char *address = dial->last.addresses[dial->next++];

		if (!dial->endpoint->is_tls && !nas_url_is_loopback(address))
			continue;
		memcpy(ret_address, address, DIAL_ADDRESS_BYTES);
		return 0;
	}
	return -EPERM;
}

/* Take in what the resolver found. */
static int take_in(struct dial *dial, char *ret_address, char *ret_why,
		   size_t size)
{
	struct answer *answer = atomic_exchange(&dial->fresh, NULL);
	int rc;

	if (answer == NULL)
		return -EAGAIN;
	dial->is_asking = false;
	rc = answer->n;
	if (rc > 0)
		dial->last = *answer;
	else if (rc != -EAGAIN)
		dial->last.n = 0;
	free(answer);
	dial->next = 0;
	if (dial->last.n <= 0)
		return fail(dial, rc, ret_why, size);
	rc = hand_out(dial, ret_address);
	return rc == 0 ? 0 : fail(dial, rc, ret_why, size);
}

int dial_next(struct dial *dial, char ret_address[DIAL_ADDRESS_BYTES],
	      char *ret_why, size_t size)
{
	int rc;

	if (dial->resolver == NULL) {
		dial->last.n = 1;
		dial->next = 0;
		(void)snprintf(dial->last.addresses[0], DIAL_ADDRESS_BYTES,
			       "%s", dial->endpoint->host);
		rc = hand_out(dial, ret_address);
		return rc == 0 ? 0 : fail(dial, rc, ret_why, size);
	}
	if (dial->is_asking)
		return take_in(dial, ret_address, ret_why, size);
	if (dial->next > 0 && dial->next < dial->last.n &&
	    hand_out(dial, ret_address) == 0)
		return 0;
	rc = resolver_start(dial->resolver, dial->endpoint->host, on_answer,
			    dial);
	if (rc != 0)
		return fail(dial, rc, ret_why, size);
	dial->is_asking = true;
	return -EAGAIN;
}
