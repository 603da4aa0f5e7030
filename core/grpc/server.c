/* SPDX-License-Identifier: BSD-2-Clause */
/* A gRPC server: its start, its queue thread, its orderly end. */
#include "grpc/server.h"

#include <errno.h>
#include <grpc/grpc.h>
#include <grpc/grpc_posix.h>
#include <grpc/grpc_security.h>
#include <grpc/support/time.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "grpc/server_impl.h"

#define REQUEST_MAX_BYTES (1 << 20)

/* Bounds what waits for a worker; the sidecars' ceiling is about 220. */
#define CALLS_PER_CONNECTION 256

/* How soon a request is posted again after there was no memory for it. */
#define POST_AGAIN_MS 100

/* How long idle clients have to go by themselves: grpc-go does at once. */
#define GOAWAY_NS (1 * CLOCK_NS_PER_S)

/* Methods. */

static int compare_methods(const void *a, const void *b)
{
	const struct grpc_method *left = a;
	const struct grpc_method *right = b;

	return strcmp(left->path, right->path);
}

static int compare_path(const char *path, size_t len, const char *known)
{
	int order = strncmp(path, known, len);

	return order == 0 && known[len] != '\0' ? -1 : order;
}

const struct grpc_method *server_find_method(const struct server *s,
					     const char *path, size_t len)
{
	size_t from = 0;
	size_t to = s->n_methods;

	/* strncmp() would stop at it and take the rest for equal. */
	if (memchr(path, '\0', len) != NULL)
		return NULL;
	while (from < to) {
		size_t mid = from + (to - from) / 2;
		int order = compare_path(path, len, s->methods[mid].path);
		if (order == 0)
			return &s->methods[mid];
		if (order < 0)
			to = mid;
		else
			from = mid + 1;
	}
	return NULL;
}

static int copy_methods(struct server *s, const struct grpc_method *methods,
			size_t n)
{
	s->methods = calloc(n > 0 ? n : 1, sizeof(*methods));
	if (s->methods == NULL)
		return -ENOMEM;
	if (n > 0)
		memcpy(s->methods, methods, n * sizeof(*methods));
	s->n_methods = n;
	qsort(s->methods, n, sizeof(*methods), compare_methods);
	for (size_t i = 1; i < n; i++)
		if (compare_methods(&s->methods[i - 1], &s->methods[i]) == 0)
			return -EINVAL;
	return 0;
}

/* Peers, by descriptor number. */

static bool make_room_locked(struct server *s, size_t fd) REQUIRES(&s->lock);
static bool make_room_locked(struct server *s, size_t fd)
{
	if (fd < s->n_peers)
		return true;
	size_t n = fd + 16;
	struct socket_peer *peers =
		reallocarray(s->peers, n, sizeof(*s->peers));
	if (peers == NULL)
		return false;
	for (size_t i = s->n_peers; i < n; i++)
		peers[i].pid = -1;
	s->peers = peers;
	s->n_peers = n;
	return true;
}

static void remember_peer(struct server *s, int fd,
			  const struct socket_peer *peer)
{
	static const struct socket_peer nobody = {.pid = -1};

	mutex_lock(&s->lock);
	/* Without memory the peer stays unknown, which it may be. */
	if (make_room_locked(s, (size_t)fd))
		s->peers[fd] = peer == NULL ? nobody : *peer;
	mutex_unlock(&s->lock);
}

bool server_find_peer(struct server *s, int fd, struct socket_peer *ret)
{
	bool is_known = false;

	mutex_lock(&s->lock);
	if (fd >= 0 && (size_t)fd < s->n_peers && s->peers[fd].pid != -1) {
		*ret = s->peers[fd];
		is_known = true;
	}
	mutex_unlock(&s->lock);
	return is_known;
}

void server_adopt(struct server *s, int fd, const struct socket_peer *peer)
{
	remember_peer(s, fd, peer);
	grpc_server_add_channel_from_fd(s->core, fd, s->creds);
}

/* Active calls. */

enum call_fate server_call_began(struct server *s)
{
	enum call_fate fate = CALL_SERVED;

	mutex_lock(&s->lock);
	if (s->is_closing)
		fate = CALL_DROPPED;
	else if (s->is_stopping)
		fate = CALL_REFUSED;
	s->active += fate != CALL_DROPPED;
	s->running += fate == CALL_SERVED;
	mutex_unlock(&s->lock);
	return fate;
}

void server_call_ended(struct server *s, enum call_fate fate)
{
	mutex_lock(&s->lock);
	s->active--;
	s->running -= fate == CALL_SERVED;
	condition_broadcast(&s->changed);
	mutex_unlock(&s->lock);
}

/* The queue thread. */

static void note_down(struct server *s)
{
	mutex_lock(&s->lock);
	s->is_down = true;
	condition_broadcast(&s->changed);
	mutex_unlock(&s->lock);
}

/* Posts a request if none is; returns until when to wait for an event. */
static gpr_timespec post_request(struct server *s)
{
	if (!s->is_request_posted && !s->is_core_down)
		s->is_request_posted = exchange_await(s);
	if (s->is_request_posted || s->is_core_down)
		return gpr_inf_future(GPR_CLOCK_MONOTONIC);
	return gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC),
			    gpr_time_from_millis(POST_AGAIN_MS, GPR_TIMESPAN));
}

static void *queue_thread(void *arg)
{
	struct server *s = arg;

	for (;;) {
		gpr_timespec until = post_request(s);
		grpc_event event =
			grpc_completion_queue_next(s->queue, until, NULL);
		if (event.type == GRPC_QUEUE_SHUTDOWN)
			return NULL;
		if (event.type == GRPC_QUEUE_TIMEOUT)
			continue;
		if (event.tag == s)
			note_down(s);
		else
			exchange_handle(event.tag, event.success != 0);
	}
}

/* Start. */

static grpc_arg int_arg(const char *key, int value)
{
	/* gRPC's struct is older than const; it does not write to keys. */
	union {
		const char *in;
		char *out;
	} name = {.in = key};

	return (grpc_arg){.type = GRPC_ARG_INTEGER,
			  .key = name.out,
			  .value.integer = value};
}

static void start_core(struct server *s)
{
	grpc_arg list[] = {
		int_arg(GRPC_ARG_MAX_RECEIVE_MESSAGE_LENGTH, REQUEST_MAX_BYTES),
		int_arg(GRPC_ARG_MAX_SEND_MESSAGE_LENGTH, GRPC_REPLY_MAX_BYTES),
		int_arg(GRPC_ARG_MAX_CONCURRENT_STREAMS, CALLS_PER_CONNECTION),
		/* Else a client that pings each second loses its calls. */
		int_arg(GRPC_ARG_HTTP2_MAX_PING_STRIKES, 0),
		int_arg(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1),
		/* Nobody compresses; so nothing small can unpack to gigabytes.
		 */
		int_arg(GRPC_COMPRESSION_CHANNEL_ENABLED_ALGORITHMS_BITSET,
			1 << GRPC_COMPRESS_NONE),
	};
	grpc_channel_args args = {sizeof(list) / sizeof(list[0]), list};

	s->queue = grpc_completion_queue_create_for_next(NULL);
	s->creds = grpc_insecure_server_credentials_create();
	s->core = grpc_server_create(&args, NULL);
	grpc_server_register_completion_queue(s->core, s->queue, NULL);
	grpc_server_start(s->core);
}

/*
 * The queue is shut down and drained, or was never used.  grpc_shutdown() is
 * left out on purpose: it joins a thread that, once a large message had to wait
 * for room in a socket, sleeps in epoll for ten seconds.  What it would free is
 * the library's own and goes with the process.
 */
static void free_server(struct server *s)
{
	grpc_server_destroy(s->core);
	grpc_completion_queue_destroy(s->queue);
	grpc_server_credentials_release(s->creds);
	condition_done(&s->changed);
	mutex_done(&s->lock);
	free(s->peers);
	free(s->methods);
	free(s);
}

static void drain_queue(struct server *s)
{
	grpc_completion_queue_shutdown(s->queue);
	while (grpc_completion_queue_next(
		       s->queue, gpr_inf_future(GPR_CLOCK_MONOTONIC), NULL)
		       .type != GRPC_QUEUE_SHUTDOWN)
		;
}

/* A server that has started but has no queue thread. */
static void undo_core(struct server *s)
{
	grpc_server_shutdown_and_notify(s->core, s->queue, s);
	drain_queue(s);
	free_server(s);
}

/* Everything of gRPC's is started with all signals blocked. */
static int start_threads(struct server *s)
{
	sigset_t all, before;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	grpc_init();
	start_core(s);
	int r = pthread_create(&s->thread, NULL, queue_thread, s);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return -r;
}

int server_new(const struct grpc_method *methods, size_t n_methods,
	       const struct server_hooks *hooks, struct server **ret)
{
	struct server *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return -ENOMEM;
	int r = copy_methods(s, methods, n_methods);
	if (r < 0) {
		free(s->methods);
		free(s);
		return r;
	}
	if (hooks != NULL)
		s->hooks = *hooks;
	mutex_init(&s->lock);
	condition_init(&s->changed);
	r = start_threads(s);
	if (r < 0) {
		undo_core(s);
		return r;
	}
	(void)pthread_setname_np(s->thread, "grpc-queue"); /* only a name */
	*ret = s;
	return 0;
}

/* Stop. */

/* True when every call that was served has ended. */
static bool refuse_and_wait(struct server *s, int64_t until_ns)
{
	mutex_lock(&s->lock);
	s->is_stopping = true;
	while (s->running > 0 &&
	       condition_wait(&s->changed, &s->lock, until_ns))
		;
	bool is_idle = s->running == 0;
	mutex_unlock(&s->lock);
	return is_idle;
}

/* True when gRPC has shut down and no call is left; then the queue closes. */
static bool wait_over(struct server *s, int64_t until_ns)
{
	mutex_lock(&s->lock);
	while ((!s->is_down || s->active > 0) &&
	       condition_wait(&s->changed, &s->lock, until_ns))
		;
	bool is_over = s->is_down && s->active == 0;
	/* A call that slips in after this is dropped without a batch. */
	if (is_over)
		s->is_closing = true;
	mutex_unlock(&s->lock);
	return is_over;
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

int server_stop(struct server *s, int64_t grace_ns, int64_t limit_ns)
{
	if (s == NULL)
		return 0;
	int64_t began_ns = clock_now_ns();
	int64_t limit_at = began_ns + limit_ns;

	/*
	 * We refuse new calls ourselves before gRPC is told to stop: calls that
	 * reach it in the instant after that are left without an answer until
	 * they are cancelled, which would be as long as the grace.
	 */
	bool is_idle = refuse_and_wait(s, began_ns + grace_ns);
	grpc_server_shutdown_and_notify(s->core, s->queue, s);

	/*
	 * Idle clients get a second to go.  Then, or at once if calls outlast
	 * the grace, they are cut off: a client that never says a word would
	 * hold us for ever.
	 */
	int64_t patience_at = is_idle ? clock_now_ns() + GOAWAY_NS : 0;
	if (!wait_over(s, earlier(patience_at, limit_at))) {
		grpc_server_cancel_all_calls(s->core);
		if (!wait_over(s, limit_at))
			return -ETIMEDOUT;
	}

	/*
	 * Only now: a reply that is given after this would abort the process
	 * inside gRPC.
	 */
	grpc_completion_queue_shutdown(s->queue);
	(void)pthread_join(s->thread, NULL); /* ends once the queue is empty */
	free_server(s);
	return 0;
}
