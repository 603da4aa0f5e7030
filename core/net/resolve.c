/* SPDX-License-Identifier: BSD-2-Clause */
/* Turns host names into addresses on a thread that may block. */
#include "net/resolve.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/list.h"
#include "base/mutex.h"

#define ADDRESS_BYTES 46
#define ADDRESSES_MAX 16

/*
 * One question.  It belongs to the thread; somebody who waits in
 * resolver_find() takes it over when it is done and must say so when he leaves.
 */
struct lookup {
	struct list link; /* (lock) */
	char *host;       /* constant */
	void (*done)(void *arg, int result,
		     const char (*addresses)[ADDRESS_BYTES]); /* constant */
	void *arg;                                            /* constant */
	bool is_waited; /* (lock) somebody frees it */
	bool is_over;   /* (lock) */
	int result;     /* the thread's until is_over */
	char addresses[ADDRESSES_MAX][ADDRESS_BYTES]; /* the same */
};

/* The lock is a leaf: nothing is taken under it. */
struct resolver {
	struct mutex lock;
	struct condition asked;    /* for the thread */
	struct condition answered; /* for those who wait */
	struct list lookups;       /* (lock) not begun */
	bool is_stopping;          /* (lock) */
	bool is_joined;            /* by whoever stops or frees it */
	pthread_t thread;          /* constant after resolver_new() */
};

static void lookup_free(struct lookup *lookup)
{
	if (lookup == NULL)
		return;
	free(lookup->host);
	free(lookup);
}

/* getaddrinfo's verdict as an errno. */
static int verdict(int code)
{
	switch (code) {
	case EAI_NONAME:
	case EAI_NODATA:
	case EAI_ADDRFAMILY:
		return -ENOENT;
	case EAI_MEMORY:
		return -ENOMEM;
	default:
		return -EAGAIN;
	}
}

static bool read_literal(const char *host, char *ret_address)
{
	unsigned char raw[16];

	if (inet_pton(AF_INET, host, raw) == 1)
		return inet_ntop(AF_INET, raw, ret_address, ADDRESS_BYTES) !=
		       NULL;
	return inet_pton(AF_INET6, host, raw) == 1 &&
	       inet_ntop(AF_INET6, raw, ret_address, ADDRESS_BYTES) != NULL;
}

static void look_up(struct lookup *lookup)
{
	struct addrinfo hints = {.ai_family = AF_UNSPEC,
				 .ai_socktype = SOCK_STREAM};
	struct addrinfo *found = NULL;
	int n = 0, code;

	if (read_literal(lookup->host, lookup->addresses[0])) {
		lookup->result = 1;
		return;
	}
	code = getaddrinfo(lookup->host, NULL, &hints, &found);
	if (code != 0) {
		lookup->result = verdict(code);
		return;
	}
	for (struct addrinfo *ai = found; ai != NULL && n < ADDRESSES_MAX;
	     ai = ai->ai_next) {
		if (getnameinfo(ai->ai_addr, ai->ai_addrlen,
				lookup->addresses[n], ADDRESS_BYTES, NULL, 0,
				NI_NUMERICHOST) == 0)
			n++; /* a scoped address may be too long: left out */
	}
	freeaddrinfo(found);
	lookup->result = n > 0 ? n : -ENOENT;
}

/* The next question, or NULL when it is time to end. */
static struct lookup *next(struct resolver *resolver)
{
	struct list *link = NULL;

	mutex_lock(&resolver->lock);
	while (!resolver->is_stopping) {
		link = list_shift(&resolver->lookups);
		if (link != NULL)
			break;
		(void)condition_wait(&resolver->asked, &resolver->lock,
				     CLOCK_NEVER);
	}
	mutex_unlock(&resolver->lock);
	return link != NULL ? LIST_ENTRY(link, struct lookup, link) : NULL;
}

static void *run(void *arg)
{
	struct resolver *resolver = arg;
	struct lookup *lookup;

	while ((lookup = next(resolver)) != NULL) {
		bool is_waited;

		look_up(lookup);
		if (lookup->done != NULL)
			lookup->done(lookup->arg, lookup->result,
				     (const char(*)[ADDRESS_BYTES])
					     lookup->addresses);
		mutex_lock(&resolver->lock);
		lookup->is_over = true;
		is_waited = lookup->is_waited;
		condition_broadcast(&resolver->answered);
		mutex_unlock(&resolver->lock);
		if (!is_waited)
			lookup_free(lookup);
	}
	return NULL;
}

static int start_thread(struct resolver *resolver)
{
	sigset_t all, before;
	int rc;

	(void)sigfillset(&all);
	rc = pthread_sigmask(SIG_SETMASK, &all, &before);
	if (rc != 0)
		return -rc;
	rc = pthread_create(&resolver->thread, NULL, run, resolver);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL); /* cannot fail */
	if (rc != 0)
		return -rc;
	(void)pthread_setname_np(resolver->thread, "resolve");
	return 0;
}

int resolver_new(struct resolver **ret_resolver)
{
	struct resolver *resolver = calloc(1, sizeof(*resolver));
	int rc;

	if (resolver == NULL)
		return -ENOMEM;
	mutex_init(&resolver->lock);
	condition_init(&resolver->asked);
	condition_init(&resolver->answered);
	list_init(&resolver->lookups);
	rc = start_thread(resolver);
	if (rc != 0) {
		free(resolver);
		return rc;
	}
	*ret_resolver = resolver;
	return 0;
}

void resolver_stop(struct resolver *resolver)
{
	if (resolver->is_joined)
		return;
	mutex_lock(&resolver->lock);
	resolver->is_stopping = true;
	condition_broadcast(&resolver->asked);
	mutex_unlock(&resolver->lock);
	(void)pthread_join(resolver->thread, NULL); /* ours, joined once */
	resolver->is_joined = true;
}

void resolver_free(struct resolver *resolver)
{
	struct list *link;

	if (resolver == NULL)
		return;
	resolver_stop(resolver);
	while ((link = list_shift(&resolver->lookups)) != NULL)
		lookup_free(LIST_ENTRY(link, struct lookup, link));
	condition_done(&resolver->asked);
	condition_done(&resolver->answered);
	mutex_done(&resolver->lock);
	free(resolver);
}

static struct lookup *lookup_new(const char *host)
{
	struct lookup *lookup = calloc(1, sizeof(*lookup));

	if (lookup == NULL)
		return NULL;
	list_init(&lookup->link);
	lookup->host = strdup(host);
	if (lookup->host == NULL) {
		free(lookup);
		return NULL;
	}
	return lookup;
}

static void submit(struct resolver *resolver, struct lookup *lookup)
{
	mutex_lock(&resolver->lock);
	list_append(&resolver->lookups, &lookup->link);
	condition_signal(&resolver->asked);
	mutex_unlock(&resolver->lock);
}

/*
 * Until the answer or the deadline.  Whoever gives up leaves the question to
 * the thread, or takes it back if the thread has not begun with it.
 */
static bool wait_for(struct resolver *resolver, struct lookup *lookup,
		     int64_t deadline_ns)
{
	bool is_over, is_queued = false;

	mutex_lock(&resolver->lock);
	while (!lookup->is_over && clock_now_ns() < deadline_ns)
		(void)condition_wait(&resolver->answered, &resolver->lock,
				     deadline_ns);
	is_over = lookup->is_over;
	if (!is_over) {
		lookup->is_waited = false;
		is_queued = !list_is_empty(&lookup->link);
		list_remove(&lookup->link);
	}
	mutex_unlock(&resolver->lock);
	if (is_queued)
		lookup_free(lookup);
	return is_over;
}

int resolver_find(struct resolver *resolver, const char *host,
		  int64_t deadline_ns, char (*ret_addresses)[ADDRESS_BYTES],
		  size_t max)
{
	struct lookup *lookup;
	int n;

	if (max > 0 && read_literal(host, ret_addresses[0]))
		return 1;
	if (clock_now_ns() >= deadline_ns)
		return -ETIMEDOUT;
	lookup = lookup_new(host);
	if (lookup == NULL)
		return -ENOMEM;
	lookup->is_waited = true;
	submit(resolver, lookup);
	if (!wait_for(resolver, lookup, deadline_ns))
		return -ETIMEDOUT;
	n = lookup->result;
	if (n > 0 && (size_t)n > max)
		n = (int)max;
	for (int i = 0; i < n; i++)
		memcpy(ret_addresses[i], lookup->addresses[i], ADDRESS_BYTES);
	lookup_free(lookup);
	return n;
}

int resolver_start(struct resolver *resolver, const char *host,
		   void (*done)(void *arg, int result,
				const char (*addresses)[ADDRESS_BYTES]),
		   void *arg)
{
	struct lookup *lookup = lookup_new(host);

	if (lookup == NULL)
		return -ENOMEM;
	lookup->done = done;
	lookup->arg = arg;
	submit(resolver, lookup);
	return 0;
}
