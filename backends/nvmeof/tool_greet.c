/* SPDX-License-Identifier: BSD-2-Clause */
/* Greets an NVMe/TCP port from user space, within a deadline. */
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tool.h"

/* NVMe/TCP 1.0c, figures 18 and 26: both PDUs have 128 bytes, all header. */
#define PDU_BYTES  128
#define PDU_ICREQ  0x00
#define PDU_ICRESP 0x01
#define PDU_HLEN   2 /* where the header's length is */
#define PDU_PLEN   4 /* where the PDU's length is, little endian */

static int64_t now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now); /* cannot fail */
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Whether @fd became ready before @until_ms. */
static int wait_for(int fd, short events, int64_t until_ms)
{
	struct pollfd poll_fd = {.fd = fd, .events = events};
	int n;

	do {
		int64_t left_ms = until_ms - now_ms();

		if (left_ms <= 0)
			return 0;
		n = poll(&poll_fd, 1, (int)left_ms);
	} while (n < 0 && errno == EINTR);
	return n > 0;
}

static int connect_within(int fd, const struct addrinfo *info, int64_t until_ms)
{
	int error = 0;
	socklen_t len = sizeof(error);

	if (connect(fd, info->ai_addr, info->ai_addrlen) == 0)
		return 1;
	if (errno != EINPROGRESS || !wait_for(fd, POLLOUT, until_ms))
		return 0;
	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) == 0 &&
	       error == 0;
}

static int exchange(int fd, int64_t until_ms)
{
	unsigned char pdu[PDU_BYTES] = {[0] = PDU_ICREQ,
					[PDU_HLEN] = PDU_BYTES,
					[PDU_PLEN] = PDU_BYTES};
	size_t len = 0;

	/* a fresh connection has room for 128 bytes */
	if (send(fd, pdu, sizeof(pdu), MSG_NOSIGNAL) != (ssize_t)sizeof(pdu))
		return 0;
	while (len < sizeof(pdu)) {
		ssize_t n;

		if (!wait_for(fd, POLLIN, until_ms))
			return 0;
		n = recv(fd, pdu + len, sizeof(pdu) - len, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return 0;
		len += (size_t)n;
	}
	return pdu[0] == PDU_ICRESP && pdu[PDU_HLEN] == PDU_BYTES;
}

static enum ending greet_one(const struct addrinfo *info, int64_t until_ms)
{
	int fd = socket(info->ai_family,
			SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	enum ending ending = ENDING_UNREACHABLE;

	if (fd < 0)
		return ENDING_UNREACHABLE;
	if (connect_within(fd, info, until_ms))
		ending = exchange(fd, until_ms) ? ENDING_DONE : ENDING_NO_NVME;
	(void)close(fd); /* nothing more is said */
	return ending;
}

enum ending greet(const char *address, const char *port, int timeout_ms,
		  char ret_address[GREET_ADDRESS_MAX])
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	struct addrinfo *list = NULL;
	enum ending ending = ENDING_UNREACHABLE;

	if (getaddrinfo(address, port, &hints, &list) != 0)
		return ENDING_UNREACHABLE;
	for (struct addrinfo *it = list; it != NULL; it = it->ai_next) {
		ending = greet_one(it, now_ms() + timeout_ms);
		if (ending != ENDING_DONE)
			continue;
		/* the kernel takes numbers only */
		if (ret_address != NULL &&
		    getnameinfo(it->ai_addr, it->ai_addrlen, ret_address,
				GREET_ADDRESS_MAX, NULL, 0,
				NI_NUMERICHOST) != 0)
			ending = ENDING_UNREACHABLE;
		break;
	}
	freeaddrinfo(list);
	return ending;
}
