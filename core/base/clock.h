/* SPDX-License-Identifier: BSD-2-Clause */
/* Time: nanoseconds on CLOCK_MONOTONIC for deadlines, UTC for people. */
#ifndef SCALE_CSI_BASE_CLOCK_H
#define SCALE_CSI_BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#define CLOCK_NS_PER_MS 1000000LL
#define CLOCK_NS_PER_S  1000000000LL
#define CLOCK_NEVER     INT64_MAX /* a deadline that does not come */

/* clock_now_ns - now on CLOCK_MONOTONIC; never fails. */
int64_t clock_now_ns(void);

/* clock_after_ms - the point @ms milliseconds from now; saturates. */
int64_t clock_after_ms(int64_t ms);

/* clock_left_ms - milliseconds until @deadline_ns, rounded up, 0 if past. */
int64_t clock_left_ms(int64_t deadline_ns);

/* clock_poll_ms - the same as a timeout for poll(): -1 for CLOCK_NEVER. */
int clock_poll_ms(int64_t deadline_ns);

/* clock_timespec - @at_ns as an absolute timespec for the pthread calls. */
struct timespec clock_timespec(int64_t at_ns);

/* clock_utc - "2026-01-05T10:11:12.345Z" and a NUL: @size at least 25. */
void clock_utc(char *ret_text, size_t size);

#endif
