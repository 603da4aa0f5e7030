/* SPDX-License-Identifier: BSD-2-Clause */
/* Serves a handful of pages over HTTP, each rendered when it is asked for. */
#include "net/http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libwebsockets.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "net/loop.h"

#define LINE_MAX_BYTES 4096
#define PIECE_BYTES    8192

struct http {
	struct loop *loop;       /* constant after http_start() */
	struct http_page *pages; /* constant; ends with path NULL */
	int port;                /* constant after http_start() */
	int fd;                  /* listens; the loop's thread's, then lws's */
};

/* One answer on its way; the loop's thread. */
struct exchange {
	unsigned char *body; /* LWS_PRE bytes, then the text */
	size_t len, sent;
};

static const struct http_page *find_page(const struct http *http,
					 const char *path)
{
	for (const struct http_page *page = http->pages; page->path != NULL;
	     page++) {
		if (strcmp(page->path, path) == 0)
			return page;
	}
	return NULL;
}

static void drop_body(struct exchange *exchange)
{
	free(exchange->body);
	*exchange = (struct exchange){0};
}

/* Render and move the text behind the room that lws_write() needs. */
static int render(const struct http_page *page, struct exchange *exchange,
		  const char **ret_type)
{
	char *body = NULL;
	int status = page->render(page->arg, &body, ret_type);
	size_t len = body != NULL ? strlen(body) : 0;

	exchange->body = malloc(LWS_PRE + len + 1);
	if (exchange->body == NULL || body == NULL) {
		free(body);
		drop_body(exchange);
		return HTTP_STATUS_INTERNAL_SERVER_ERROR;
	}
	memcpy(exchange->body + LWS_PRE, body, len + 1);
	exchange->len = len;
	free(body);
	return status;
}

static int refuse(struct lws *wsi, unsigned int status)
{
	if (lws_return_http_status(wsi, status, NULL) != 0)
		return -1;
	return lws_http_transaction_completed(wsi) != 0 ? -1 : 0;
}

static int on_request(const struct http *http, struct lws *wsi,
		      struct exchange *exchange, const char *path)
{
	unsigned char buf[LWS_PRE + 1024], *start = buf + LWS_PRE, *at = start;
	unsigned char *end = buf + sizeof(buf);
	const struct http_page *page;
	const char *type = "text/plain";
	int status;

	if (lws_hdr_total_length(wsi, WSI_TOKEN_GET_URI) <= 0)
		return refuse(wsi, HTTP_STATUS_METHOD_NOT_ALLOWED);
	if (lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH) > 0 ||
	    lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_TRANSFER_ENCODING) > 0)
		return refuse(wsi, HTTP_STATUS_REQ_ENTITY_TOO_LARGE);
	page = find_page(http, path);
	if (page == NULL)
		return refuse(wsi, HTTP_STATUS_NOT_FOUND);
	drop_body(exchange);
	status = render(page, exchange, &type);
	if (exchange->body == NULL)
		return refuse(wsi, (unsigned int)status);
	if (lws_add_http_common_headers(wsi, (unsigned int)status, type,
					exchange->len, &at, end) != 0 ||
	    lws_finalize_write_http_header(wsi, start, &at, end) != 0)
		return -1;
	lws_callback_on_writable(wsi);
	return 0;
}

static int on_writable(struct lws *wsi, struct exchange *exchange)
{
	size_t left = exchange->len - exchange->sent;
	size_t piece = left < PIECE_BYTES ? left : PIECE_BYTES;
	bool is_last = piece == left;

	if (exchange->body == NULL)
		return 0;
	if (lws_write(wsi, exchange->body + LWS_PRE + exchange->sent, piece,
		      is_last ? LWS_WRITE_HTTP_FINAL : LWS_WRITE_HTTP) <
	    (int)piece)
		return -1;
	exchange->sent += piece;
	if (!is_last) {
		lws_callback_on_writable(wsi);
		return 0;
	}
	drop_body(exchange);
	return lws_http_transaction_completed(wsi) != 0 ? -1 : 0;
}

/*
 * The listening socket is ours, because lws tells no errno when it cannot
 * listen (and leaks in 4.1.6); it becomes a file that lws polls for us.
 */
static void listen_in(struct http *http, struct lws_context *context)
{
	lws_sock_file_fd_type file = {.filefd = http->fd};

	if (http->fd < 0)
		return;
	http->fd = -1;
	/* a failure closes the descriptor: nobody is answered */
	(void)lws_adopt_descriptor_vhost(
		lws_get_vhost_by_name(context, "default"),
		LWS_ADOPT_RAW_FILE_DESC, file, "listen", NULL);
}

static int on_listen(struct lws *wsi, enum lws_callback_reasons reason,
		     void *user, void *in, size_t len)
{
	(void)user;
	(void)in;
	(void)len;
	if (reason == LWS_CALLBACK_RAW_RX_FILE) {
		int fd = accept4(lws_get_socket_fd(wsi), NULL, NULL,
				 SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (fd >= 0) /* lws closes it if it has no room */
			(void)lws_adopt_socket_vhost(lws_get_vhost(wsi), fd);
	}
	return 0;
}

static int on_lws(struct lws *wsi, enum lws_callback_reasons reason, void *user,
		  void *in, size_t len)
{
	struct lws_context *context = lws_get_context(wsi);

	(void)len; /* paths end in NUL */
	switch (reason) {
	case LWS_CALLBACK_HTTP:
		return on_request(lws_context_user(context), wsi, user, in);
	case LWS_CALLBACK_HTTP_WRITEABLE:
		return on_writable(wsi, user);
	case LWS_CALLBACK_HTTP_BODY:
		return -1;
	case LWS_CALLBACK_CLOSED_HTTP:
	case LWS_CALLBACK_HTTP_DROP_PROTOCOL:
		if (user != NULL)
			drop_body(user);
		return 0;
	case LWS_CALLBACK_EVENT_WAIT_CANCELLED:
		listen_in(lws_context_user(context), context);
		return 0;
	default:
		return 0;
	}
}

static const struct lws_protocols protocols[] = {
	{.name = "http",
	 .callback = on_lws,
	 .per_session_data_size = sizeof(struct exchange)},
	{.name = "listen", .callback = on_listen},
	{.name = NULL},
};

/* An address to bind to. */
union address {
	struct sockaddr any;
	struct sockaddr_in four;
	struct sockaddr_in6 six;
};

/* "" is every address of both families. */
static int fill_address(const char *host, in_port_t port,
			union address *ret_address, socklen_t *ret_len)
{
	union address address = {.any.sa_family = AF_INET6};

	if (inet_pton(AF_INET, host, &address.four.sin_addr) == 1) {
		address.four.sin_family = AF_INET;
		address.four.sin_port = htons(port);
		*ret_len = sizeof(address.four);
	} else {
		address.six.sin6_port = htons(port);
		if (host[0] != '\0' &&
		    inet_pton(AF_INET6, host, &address.six.sin6_addr) != 1)
			return -EINVAL;
		*ret_len = sizeof(address.six);
	}
	*ret_address = address;
	return 0;
}

/* "127.0.0.1:9808", "[::1]:9808", ":9808". */
static int parse(const char *listen, union address *ret_address,
		 socklen_t *ret_len)
{
	const char *colon = strrchr(listen, ':');
	char host[INET6_ADDRSTRLEN];
	uint64_t port;
	size_t len;

	if (colon == NULL || text_parse_u64(colon + 1, &port) != 0 ||
	    port > UINT16_MAX)
		return -EINVAL;
	len = (size_t)(colon - listen);
	if (len > 1 && listen[0] == '[' && listen[len - 1] == ']') {
		listen++;
		len -= 2;
	} else if (memchr(listen, ':', len) != NULL) {
		return -EINVAL;
	}
	if (len >= sizeof(host))
		return -EINVAL;
	memcpy(host, listen, len);
	host[len] = '\0';
	return fill_address(host, (in_port_t)port, ret_address, ret_len);
}

static int port_of(const union address *address)
{
	return ntohs(address->any.sa_family == AF_INET
			     ? address->four.sin_port
			     : address->six.sin6_port);
}

/* A listening socket in @http; the port it got as well. */
static int open_socket(struct http *http, union address *address, socklen_t len)
{
	auto_fd int fd = socket(address->any.sa_family,
				SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	const int on = 1, off = 0;

	if (fd < 0)
		return -errno;
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (address->any.sa_family == AF_INET6)
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off,
				 sizeof(off)); /* then "" is IPv6 alone */
	if (bind(fd, &address->any, len) != 0 || listen(fd, 64) != 0 ||
	    getsockname(fd, &address->any, &len) != 0)
		return -errno;
	http->port = port_of(address);
	http->fd = take_fd(&fd);
	return 0;
}

/* The array is copied, its texts are its owner's. */
static int copy_pages(struct http *http, const struct http_page *pages)
{
	size_t n = 0;

	while (pages[n].path != NULL)
		n++;
	http->pages = calloc(n + 1, sizeof(pages[0]));
	if (http->pages == NULL)
		return -ENOMEM;
	memcpy(http->pages, pages, n * sizeof(pages[0]));
	return 0;
}

static int start_loop(struct http *http)
{
	struct lws_context_creation_info info = {
		.port = CONTEXT_PORT_NO_LISTEN_SERVER,
		.protocols = protocols,
		.user = http,
		.fd_limit_per_thread = 64,
		.max_http_header_data = LINE_MAX_BYTES,
		.pt_serv_buf_size = LINE_MAX_BYTES,
		.timeout_secs = 10,
		.keepalive_timeout = 30,
	};

	return loop_start("http", &info, &http->loop);
}

static void http_free(struct http *http)
{
	if (http == NULL)
		return;
	cleanup_close_fd(&http->fd); /* when lws has not got it */
	free(http->pages);
	free(http);
}

static int start(const char *listen, const struct http_page *pages,
		 struct http *http)
{
	union address address;
	socklen_t len;
	int rc = parse(listen, &address, &len);

	http->fd = -1;
	if (rc == 0)
		rc = open_socket(http, &address, len);
	if (rc == 0)
		rc = copy_pages(http, pages);
	return rc == 0 ? start_loop(http) : rc;
}

int http_start(const char *listen, const struct http_page *pages,
	       struct http **ret_http, char *ret_error, size_t size)
{
	struct http *http = calloc(1, sizeof(*http));
	int rc = http != NULL ? start(listen, pages, http) : -ENOMEM;

	if (rc == 0) {
		loop_wake(http->loop); /* it begins to listen */
		*ret_http = http;
		return 0;
	}
	if (rc == -EINVAL)
		(void)snprintf(ret_error, size,
			       "'%.100s' is no address to listen on: write it "
			       "like 127.0.0.1:9808 or [::1]:9808",
			       listen);
	else
		(void)snprintf(ret_error, size, "cannot listen on '%.100s': %s",
			       listen, strerrordesc_np(-rc));
	http_free(http);
	return rc;
}

int http_port(const struct http *http)
{
	return http->port;
}

void http_stop(struct http *http)
{
	if (http == NULL)
		return;
	loop_stop(http->loop);
	http_free(http);
}
