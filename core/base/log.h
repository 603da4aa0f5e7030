/* SPDX-License-Identifier: BSD-2-Clause */
/* One line per event on standard error, as logfmt or JSON. */
#ifndef SCALE_CSI_BASE_LOG_H
#define SCALE_CSI_BASE_LOG_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <scale_backend.h>

enum log_format { LOG_LOGFMT, LOG_JSON };

/*
 * A log; any thread may write, a line is one write(2) and never interleaves.
 * Levels are the ABI's SCALE_ERROR .. SCALE_DEBUG.
 */
struct log;

/*
 * log_new - a log on descriptor @fd, which stays the caller's.
 * @level: lines above this number are dropped.
 * Returns NULL when memory is out.
 */
struct log *log_new(int fd, enum log_format format, uint32_t level);
void log_free(struct log *log);

/* log_wants - whether a line of this level would be written; @log may be NULL.
 */
bool log_wants(const struct log *log, uint32_t level);

/* One field; a NULL or empty value leaves the field out. */
struct log_field {
	const char *key;
	const char *value;
};

/*
 * log_write - a line: ts, level, the fields in the order given, then msg=@fmt
 * if @fmt is not NULL.  Values are quoted as needed, control characters and
 * bytes that are not UTF-8 are replaced, a line ends at 4 KiB.  @log may be
 * NULL.  Keeps errno.
 */
__attribute__((format(printf, 5, 6))) void
log_write(struct log *log, uint32_t level, const struct log_field *fields,
	  size_t n_fields, const char *fmt, ...);
__attribute__((format(printf, 5, 0))) void
log_vwrite(struct log *log, uint32_t level, const struct log_field *fields,
	   size_t n_fields, const char *fmt, va_list ap);

/* log_line - log_write() without fields. */
#define log_line(log, level, ...)                                              \
	log_write((log), (level), NULL, 0, __VA_ARGS__)

/* log_parse_level - "error", "warning", "notice", "info", "debug"; or 0. */
uint32_t log_parse_level(const char *name);

/*
 * A complaint that repeats is told at growing intervals (at once, then after
 * 10 s, doubling to 10 min) and once more when it is over.
 */
struct complaint {
	int64_t since_ns, next_ns; /* 0: no complaint is open */
	unsigned long count;
};

/*
 * complaint_due - count one occurrence at @now_ns; true when it should be told
 * now.  complaint_over - end it; true when an end should be told.
 * The caller locks.
 */
bool complaint_due(struct complaint *complaint, int64_t now_ns);
bool complaint_over(struct complaint *complaint);

#endif
