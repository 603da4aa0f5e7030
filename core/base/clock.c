/* SPDX-License-Identifier: BSD-2-Clause */
/* Arithmetic on points in time that saturates instead of wrapping. */
#include "base/clock.h"

#include <assert.h>
#include <limits.h>
#include <stdio.h>

int64_t clock_now_ns(void)
{
	struct timespec now;
	int rc = clock_gettime(CLOCK_MONOTONIC, &now);

	assert(rc == 0);
	(void)rc;
	return (int64_t)now.tv_sec * CLOCK_NS_PER_S + now.tv_nsec;
}

int64_t clock_after_ms(int64_t ms)
{
	int64_t ns, at;

	if (__builtin_mul_overflow(ms, CLOCK_NS_PER_MS, &ns) ||
	    __builtin_add_overflow(clock_now_ns(), ns, &at))
		return ms < 0 ? 0 : CLOCK_NEVER;
	return at;
}

int64_t clock_left_ms(int64_t deadline_ns)
{
	int64_t now = clock_now_ns(), left;

	if (deadline_ns <= now)
		return 0;
	left = deadline_ns - now;
	return left / CLOCK_NS_PER_MS + (left % CLOCK_NS_PER_MS != 0);
}

int clock_poll_ms(int64_t deadline_ns)
{
	int64_t left;

	if (deadline_ns == CLOCK_NEVER)
		return -1;
	left = clock_left_ms(deadline_ns);
	return left > INT_MAX ? INT_MAX : (int)left;
}

struct timespec clock_timespec(int64_t at_ns)
{
	struct timespec at = {0, 0};

	if (at_ns > 0) {
		at.tv_sec = (time_t)(at_ns / CLOCK_NS_PER_S);
		at.tv_nsec = (long)(at_ns % CLOCK_NS_PER_S);
	}
	return at;
}

void clock_utc(char *ret_text, size_t size)
{
	struct timespec now;
	struct tm tm;
	size_t len;

	assert(size >= sizeof("2026-01-05T10:11:12.345Z"));
	if (clock_gettime(CLOCK_REALTIME, &now) != 0 ||
	    gmtime_r(&now.tv_sec, &tm) == NULL) {
		ret_text[0] = '\0';
		return;
	}
	len = strftime(ret_text, size, "%Y-%m-%dT%H:%M:%S", &tm);
	(void)snprintf(ret_text + len, size - len, ".%03dZ",
		       (int)(now.tv_nsec / CLOCK_NS_PER_MS));
}
