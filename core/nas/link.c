/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Keeps one WebSocket to the NAS alive.  Owned by the loop's thread; what other
 * threads may touch is atomic.
 */
#include "nas/link.h"

#include <errno.h>
#include <libwebsockets.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/text.h"
#include "nas/link_dial.h"
#include "nas/tls.h"
#include "net/loop.h"

/* A TCP connection comes about in this time, all up to the upgrade in that. */
#define CONNECT_NS (3 * CLOCK_NS_PER_S)
#define UPGRADE_NS (10 * CLOCK_NS_PER_S)

/* Pauses between attempts: 0.2 s, doubling to 3 s, each +-20 %. */
#define PAUSE_MIN_NS (CLOCK_NS_PER_S / 5)
#define PAUSE_MAX_NS (3 * CLOCK_NS_PER_S)

enum phase { PHASE_IDLE, PHASE_NAME, PHASE_CONNECT, PHASE_UPGRADE, PHASE_OPEN };

struct link {
	struct link_config config; /* constant */
	struct link_events events; /* constant */
	struct loop *loop;         /* constant after link_new() */
	struct dial *dial;         /* constant after link_new() */
	atomic_bool is_started;

	/* The loop's thread from here on. */
	struct lws_context *context;
	struct lws *wsi; /* of the attempt or connection; NULL: none */
	enum phase phase;
	unsigned int failures; /* since it last went well */
	int64_t begun_ns;      /* of this attempt */
	int verify_error;      /* OpenSSL's, of this attempt */
	char address[DIAL_ADDRESS_BYTES];
	char farewell[160]; /* what the NAS said when it closed */
	char *message;      /* being received */
	size_t len, room;
	unsigned char *out; /* the frame being written */
	size_t out_size;
	lws_sorted_usec_list_t again, limit, timer;
	lws_retry_bo_t idle; /* constant */
};

static void begin(struct link *link);

static lws_usec_t usec(int64_t ns)
{
	return (lws_usec_t)(ns / 1000);
}

static void cancel_timer(lws_sorted_usec_list_t *sul)
{
	lws_sul_cancel(sul);
}

static void on_again(lws_sorted_usec_list_t *sul)
{
	begin(lws_container_of(sul, struct link, again));
}

/*
 * Counted from the start of the attempt that failed, so that one that took its
 * time is followed at once.
 */
static void schedule_again(struct link *link, int64_t hold_ns)
{
	int64_t pause_ns = PAUSE_MAX_NS, since_ns;
	unsigned char dice = 128;

	if (link->failures < 4)
		pause_ns = PAUSE_MIN_NS << link->failures;
	link->failures++;
	(void)lws_get_random(link->context, &dice, 1); /* 128 will do as well */
	pause_ns += pause_ns * (dice - 128) / 640;
	since_ns = clock_now_ns() - link->begun_ns;
	if (since_ns > 0)
		pause_ns -= since_ns;
	if (pause_ns < PAUSE_MIN_NS)
		pause_ns = PAUSE_MIN_NS;
	if (pause_ns < hold_ns)
		pause_ns = hold_ns;
	lws_sul_schedule(link->context, 0, &link->again, on_again,
			 usec(pause_ns));
}

/* Ends attempt or connection; later callbacks of its wsi are strangers'. */
static void end(struct link *link, const char *why, int64_t hold_ns)
{
	if (link->phase == PHASE_IDLE)
		return;
	link->phase = PHASE_IDLE;
	link->wsi = NULL;
	free(link->message);
	link->message = NULL;
	link->len = link->room = 0;
	cancel_timer(&link->limit);
	cancel_timer(&link->timer);
	schedule_again(link, hold_ns);
	link->events.closed(link->events.arg, why);
}

void link_drop(struct link *link, const char *why, int64_t hold_ns)
{
	struct lws *wsi = link->wsi;

	end(link, why, hold_ns);
	if (wsi != NULL)
		lws_set_timeout(wsi, PENDING_TIMEOUT_USER_OK,
				LWS_TO_KILL_ASYNC);
}

static bool is_connected(struct lws *wsi)
{
	struct sockaddr_storage peer;
	socklen_t len = sizeof(peer);

	return getpeername(lws_get_socket_fd(wsi), (struct sockaddr *)&peer,
			   &len) == 0;
}

static void on_limit(lws_sorted_usec_list_t *sul)
{
	struct link *link = lws_container_of(sul, struct link, limit);
	int64_t left_ns = link->begun_ns + UPGRADE_NS - clock_now_ns();
	char why[400];

	if (link->wsi != NULL && is_connected(link->wsi) && left_ns > 0) {
		lws_sul_schedule(link->context, 0, &link->limit, on_limit,
				 usec(left_ns));
		return;
	}
	(void)snprintf(
		why, sizeof(why),
		left_ns > 0 ? "the NAS at '%s' (%s) does not answer: is it "
			      "running, and may this host reach it"
			    : "the NAS at '%s' (%s) takes connections but does "
			      "not serve them: is it still starting",
		link->config.endpoint->authority, link->address);
	link_drop(link, why, 0);
}

/* Why an attempt failed, by how far it came. */
static void explain(struct link *link, struct lws *wsi, const char *said,
		    char *ret_why, size_t size)
{
	const char *at = link->config.endpoint->authority;
	bool is_tls = link->config.endpoint->is_tls;
	unsigned int status = lws_http_client_http_response(wsi);

	if (link->verify_error != 0) {
		(void)snprintf(ret_why, size,
			       "the certificate of the NAS at '%s' is not "
			       "accepted: %s",
			       at, tls_explain(link->verify_error));
	} else if (link->phase == PHASE_UPGRADE && status >= 100) {
		(void)snprintf(ret_why, size,
			       "the NAS at '%s' answered the WebSocket request "
			       "for '%s' with HTTP status %u",
			       at, link->config.endpoint->path, status);
	} else if (link->phase == PHASE_UPGRADE) {
		(void)snprintf(ret_why, size,
			       "the NAS at '%s' did not accept the WebSocket "
			       "request for '%s'",
			       at, link->config.endpoint->path);
	} else if (is_tls &&
		   (strcasestr(said, "ssl") != NULL ||
		    strcasestr(said, "tls") != NULL || is_connected(wsi))) {
		(void)snprintf(ret_why, size,
			       "the TLS handshake with the NAS at '%s' failed: "
			       "does this port speak TLS 1.2 or newer",
			       at);
	} else {
		(void)snprintf(ret_why, size,
			       "nothing accepts connections at '%s' (%s): is "
			       "the NAS running, and is the address right",
			       at, link->address);
	}
}

static void connect_to(struct link *link)
{
	const struct nas_url *endpoint = link->config.endpoint;
	struct lws_client_connect_info info = {
		.context = link->context,
		.address = link->address,
		.port = endpoint->port,
		.path = endpoint->path,
		.host = endpoint->authority,
		.local_protocol_name = "nas",
		.ssl_connection = LCCSCF_HTTP_NO_FOLLOW_REDIRECT,
		.pwsi = &link->wsi,
		.retry_and_idle_policy = &link->idle,
	};

	if (endpoint->is_tls) {
		/* the name is checked by tls_prepare()'s rule */
		info.ssl_connection |=
			LCCSCF_USE_SSL | LCCSCF_SKIP_SERVER_CERT_HOSTNAME_CHECK;
		info.alpn = "http/1.1";
	}
	link->phase = PHASE_CONNECT;
	lws_sul_schedule(link->context, 0, &link->limit, on_limit,
			 usec(CONNECT_NS));
	if (lws_client_connect_via_info(&info) == NULL) {
		link->wsi = NULL;
		end(link,
		    "no connection to the NAS can be made: out of memory "
		    "or descriptors",
		    0);
	}
}

/* The addresses of the NAS are known, or it is known why not. */
static void dial_on(struct link *link)
{
	char why[400];

	if (link->phase != PHASE_NAME)
		return;
	switch (dial_next(link->dial, link->address, why, sizeof(why))) {
	case 0:
		connect_to(link);
		break;
	case -EAGAIN:
		break; /* woken again once the name is resolved */
	default:
		end(link, why, 0);
	}
}

static void begin(struct link *link)
{
	link->phase = PHASE_NAME;
	link->begun_ns = clock_now_ns();
	link->verify_error = 0;
	link->farewell[0] = '\0';
	dial_on(link);
}

static void on_woken(struct link *link, struct lws *wsi)
{
	if (!atomic_load(&link->is_started))
		return;
	if (link->context == NULL) {
		link->context = lws_get_context(wsi);
		begin(link);
	}
	dial_on(link);
	link->events.woken(link->events.arg);
}

/* lws puts its header in front of the text and masks it where it lies. */
static int write_copy(struct link *link, const struct link_frame *frame)
{
	size_t size = LWS_PRE + frame->len;
	int n;

	if (size > link->out_size) {
		unsigned char *grown = realloc(link->out, size);

		if (grown == NULL)
			return -1;
		link->out = grown;
		link->out_size = size;
	}
	memcpy(link->out + LWS_PRE, frame->text, frame->len);
	n = lws_write(link->wsi, link->out + LWS_PRE, frame->len,
		      LWS_WRITE_TEXT);
	explicit_bzero(link->out, size);     /* it may have held a secret */
	return n < (int)frame->len ? -1 : 0; /* CLIENT_CLOSED follows */
}

static int on_writable(struct link *link)
{
	struct link_frame frame;

	if (!link->events.next_frame(link->events.arg, &frame))
		return 0;
	if (write_copy(link, &frame) != 0)
		return -1;
	(void)lws_callback_on_writable(link->wsi);
	return 0;
}

static bool make_room(struct link *link, size_t more, size_t coming)
{
	size_t need = link->len + more;
	char *grown;

	if (more > LINK_MESSAGE_MAX || coming > LINK_MESSAGE_MAX ||
	    need + coming > LINK_MESSAGE_MAX)
		return false;
	if (need + coming + 1 <= link->room)
		return true;
	/* the rest of this frame at once; of further frames nothing is known */
	need += coming > link->len / 2 ? coming : link->len / 2;
	grown = realloc(link->message, need + 1);
	if (grown == NULL)
		return false;
	link->message = grown;
	link->room = need + 1;
	return true;
}

static int on_receive(struct link *link, const void *in, size_t len)
{
	size_t coming = lws_remaining_packet_payload(link->wsi);
	char *message;
	size_t all;

	if (lws_frame_is_binary(link->wsi)) {
		link_drop(link,
			  "the NAS sent something else than text: is "
			  "this its API",
			  0);
		return -1;
	}
	if (!make_room(link, len, coming)) {
		link_drop(link,
			  "the NAS sent a message of more than 64 MiB, "
			  "or memory is out",
			  0);
		return -1;
	}
	memcpy(link->message + link->len, in, len);
	link->len += len;
	if (coming > 0 || !lws_is_final_fragment(link->wsi))
		return 0;
	link->message[link->len] = '\0';
	message = link->message;
	all = link->len;
	link->message = NULL;
	link->len = link->room = 0;
	if (!link->events.received(link->events.arg, message, all))
		link_drop(link,
			  "the NAS sent what is no JSON-RPC: is this its "
			  "API",
			  0);
	return link->phase == PHASE_OPEN ? 0 : -1;
}

/* Close code and reason; 1008 comes from the NAS's list of allowed addresses.
 */
static void on_farewell(struct link *link, const unsigned char *in, size_t len)
{
	char reason[124];
	struct text text;
	size_t n;

	if (len < 2)
		return;
	n = len - 2 < sizeof(reason) - 1 ? len - 2 : sizeof(reason) - 1;
	memcpy(reason, in + 2, n);
	reason[n] = '\0';
	text_init(&text, link->farewell, sizeof(link->farewell));
	text_printf(&text, "code %u", (unsigned int)(in[0] << 8 | in[1]));
	if (n > 0) {
		text_put(&text, ", '");
		text_put_printable(&text, reason);
		text_put(&text, "'");
	}
}

static void on_closed(struct link *link)
{
	char why[400];

	(void)snprintf(why, sizeof(why),
		       "the NAS at '%s' closed the connection%s%s%s",
		       link->config.endpoint->authority,
		       link->farewell[0] != '\0' ? " (" : "", link->farewell,
		       link->farewell[0] != '\0' ? ")" : "");
	end(link, why, 0);
}

/* What happens to the wsi we know; a negative answer closes it. */
static int on_event(struct link *link, struct lws *wsi,
		    enum lws_callback_reasons reason, void *in, size_t len)
{
	char why[400];

	switch (reason) {
	case LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER:
		link->phase = PHASE_UPGRADE;
		return 0;
	case LWS_CALLBACK_CLIENT_ESTABLISHED:
		link->phase = PHASE_OPEN;
		cancel_timer(&link->limit);
		link->events.opened(link->events.arg);
		return link->phase == PHASE_OPEN ? 0 : -1;
	case LWS_CALLBACK_CLIENT_WRITEABLE:
		return on_writable(link);
	case LWS_CALLBACK_CLIENT_RECEIVE:
		return on_receive(link, in, len);
	case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
		on_farewell(link, in, len);
		return 0;
	case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
		explain(link, wsi, in != NULL ? in : "", why, sizeof(why));
		end(link, why, 0);
		return 0;
	case LWS_CALLBACK_CLIENT_CLOSED:
	case LWS_CALLBACK_CLOSED_CLIENT_HTTP: /* died during the upgrade */
	case LWS_CALLBACK_WSI_DESTROY:        /* whatever else there may be */
		on_closed(link);
		return 0;
	default:
		return 0;
	}
}

static bool carries_data(enum lws_callback_reasons reason)
{
	return reason == LWS_CALLBACK_CLIENT_ESTABLISHED ||
	       reason == LWS_CALLBACK_CLIENT_WRITEABLE ||
	       reason == LWS_CALLBACK_CLIENT_RECEIVE;
}

static int on_lws(struct lws *wsi, enum lws_callback_reasons reason, void *user,
		  void *in, size_t len)
{
	struct lws_context *context = lws_get_context(wsi);
	struct link *link = context != NULL ? lws_context_user(context) : NULL;

	if (link == NULL)
		return 0;
	switch (reason) {
	case LWS_CALLBACK_OPENSSL_LOAD_EXTRA_CLIENT_VERIFY_CERTS:
		return tls_prepare(user, link->config.tls_name);
	case LWS_CALLBACK_OPENSSL_PERFORM_SERVER_CERT_VERIFICATION:
		if (len == 0 && link->verify_error == 0)
			link->verify_error = X509_STORE_CTX_get_error(user);
		return len == 0;
	case LWS_CALLBACK_EVENT_WAIT_CANCELLED:
		on_woken(link, wsi);
		return 0;
	default:
		break;
	}
	if (wsi == NULL || wsi != link->wsi)
		return carries_data(reason) ? -1 : 0;
	return on_event(link, wsi, reason, in, len);
}

static const struct lws_protocols protocols[] = {
	{.name = "nas", .callback = on_lws, .rx_buffer_size = 16384},
	{.name = NULL},
};

static uint16_t seconds(int64_t ns)
{
	int64_t s = (ns + CLOCK_NS_PER_S - 1) / CLOCK_NS_PER_S;

	return (uint16_t)(s < 1 ? 1 : s > 3600 ? 3600 : s);
}

/*
 * lws sends the PING when nothing valid came for so long, and gives the
 * connection up half as long afterwards (1 to 15 s).
 */
static void set_idle(struct link *link)
{
	uint16_t ping_s = seconds(link->config.ping_ns);
	uint16_t grace_s = (uint16_t)(ping_s / 2);

	grace_s = grace_s < 1 ? 1 : grace_s > 15 ? 15 : grace_s;
	link->idle.secs_since_valid_ping = ping_s;
	link->idle.secs_since_valid_hangup = (uint16_t)(ping_s + grace_s);
}

static void on_resolved(void *arg)
{
	link_wake(arg);
}

static int start_loop(struct link *link)
{
	struct lws_context_creation_info info = {
		.port = CONTEXT_PORT_NO_LISTEN,
		.protocols = protocols,
		.user = link,
		.fd_limit_per_thread = 16,
		.pt_serv_buf_size = 16384,
		.timeout_secs = 15, /* ours are shorter */
		.retry_and_idle_policy = &link->idle,
	};

	if (link->config.endpoint->is_tls)
		info.options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
	if (link->config.ca_file != NULL) {
		info.options |= LWS_SERVER_OPTION_DISABLE_OS_CA_CERTS;
		info.client_ssl_ca_filepath = link->config.ca_file;
	}
	return loop_start("nas", &info, &link->loop);
}

int link_new(const struct link_config *config, const struct link_events *events,
	     struct link **ret_link)
{
	struct link *link = calloc(1, sizeof(*link));
	int rc;

	if (link == NULL)
		return -ENOMEM;
	link->config = *config;
	link->events = *events;
	set_idle(link);
	rc = dial_new(config->endpoint, on_resolved, link, &link->dial);
	if (rc == 0)
		rc = start_loop(link);
	if (rc != 0) {
		dial_free(link->dial);
		free(link);
		return rc;
	}
	*ret_link = link;
	return 0;
}

void link_start(struct link *link)
{
	atomic_store(&link->is_started, true);
	loop_wake(link->loop);
}

void link_free(struct link *link)
{
	if (link == NULL)
		return;
	dial_stop(link->dial); /* its thread wakes the loop, */
	loop_stop(link->loop); /* which asks it for addresses */
	dial_free(link->dial);
	free(link->message);
	free(link->out);
	free(link);
}

void link_wake(struct link *link)
{
	loop_wake(link->loop);
}

void link_pump(struct link *link)
{
	if (link->phase == PHASE_OPEN)
		(void)lws_callback_on_writable(link->wsi);
}

void link_settle(struct link *link)
{
	link->failures = 0;
}

bool link_is_open(const struct link *link)
{
	return link->phase == PHASE_OPEN;
}

static void on_timer(lws_sorted_usec_list_t *sul)
{
	struct link *link = lws_container_of(sul, struct link, timer);

	link->events.timer(link->events.arg);
}

void link_set_timer(struct link *link, int64_t delay_ns)
{
	if (delay_ns < 0)
		cancel_timer(&link->timer);
	else
		lws_sul_schedule(link->context, 0, &link->timer, on_timer,
				 usec(delay_ns));
}
