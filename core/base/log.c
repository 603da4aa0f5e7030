/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines put together on the stack and written at once. */
#include "base/log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"

/* No longer than PIPE_BUF, so that lines do not mix in a pipe either. */
#define LINE_BYTES 4096
#define UTC_BYTES  32

/* What may follow a cut value: quote, brace, line feed. */
#define TAIL_BYTES 3

#define COMPLAIN_FIRST_NS (10 * CLOCK_NS_PER_S)
#define COMPLAIN_MOST_NS  (600 * CLOCK_NS_PER_S)

struct log {
	int fd;                 /* constant after init */
	enum log_format format; /* constant after init */
	uint32_t level;         /* constant after init */
};

static const char *const level_names[] = {
	[SCALE_ERROR] = "error",   [SCALE_WARNING] = "warning",
	[SCALE_NOTICE] = "notice", [SCALE_INFO] = "info",
	[SCALE_DEBUG] = "debug",
};

#define N_LEVELS (sizeof(level_names) / sizeof(level_names[0]))

struct log *log_new(int fd, enum log_format format, uint32_t level)
{
	struct log *log = calloc(1, sizeof(*log));

	if (log == NULL)
		return NULL;
	*log = (struct log){.fd = fd, .format = format, .level = level};
	return log;
}

void log_free(struct log *log)
{
	free(log);
}

bool log_wants(const struct log *log, uint32_t level)
{
	return log != NULL && level <= log->level;
}

static bool needs_quotes(const char *value)
{
	return strpbrk(value, " \"=\\") != NULL;
}

static bool fits(const struct text *line, size_t len)
{
	return !line->overflow && len <= line->size - 1 - line->len;
}

/* @value between quotes that are there even if it was cut. */
static void put_quoted(struct text *line, const char *value)
{
	text_put_char(line, '"');
	while (*value != '\0' && !line->overflow) {
		size_t plain = strcspn(value, "\"\\");

		text_put_n(line, value, plain);
		value += plain;
		if (*value == '\0')
			break;
		/* Half an escape would swallow the closing quote. */
		if (!fits(line, 2)) {
			line->overflow = true;
			break;
		}
		text_put_char(line, '\\');
		text_put_char(line, *value++);
	}
	/* This byte has been kept free: see TAIL_BYTES. */
	line->buf[line->len++] = '"';
	line->buf[line->len] = '\0';
	if (line->len == line->size)
		line->overflow = true;
}

/* A field that does not even fit as an empty one ends the line. */
static void put_field(struct text *line, enum log_format format,
		      const char *key, const char *value)
{
	char clean[LINE_BYTES];
	struct text printable;

	if (value == NULL || *value == '\0')
		return;
	if (!fits(line, strlen(key) + sizeof(",\"\":\""))) {
		line->overflow = true;
		return;
	}
	text_init(&printable, clean, sizeof(clean));
	text_put_printable(&printable, value);
	if (format == LOG_JSON) {
		text_put(line, line->len > 1 ? ",\"" : "\"");
		text_put(line, key);
		text_put(line, "\":");
		put_quoted(line, clean);
		return;
	}
	if (line->len > 0)
		text_put_char(line, ' ');
	text_put(line, key);
	text_put_char(line, '=');
	if (needs_quotes(clean))
		put_quoted(line, clean);
	else
		text_put(line, clean);
}

__attribute__((format(printf, 3, 0))) static void
put_message(struct text *line, enum log_format format, const char *fmt,
	    va_list ap)
{
	char message[LINE_BYTES];
	struct text text;

	text_init(&text, message, sizeof(message));
	text_vprintf(&text, fmt, ap);
	put_field(line, format, "msg", message);
}

static void write_line(int fd, const char *line, size_t len)
{
	/* Nobody could be told of a failure, and waiting would stop the work:
	 * a line that does not go out at once is lost. */
	while (write(fd, line, len) == -1 && errno == EINTR)
		continue;
}

void log_vwrite(struct log *log, uint32_t level, const struct log_field *fields,
		size_t n_fields, const char *fmt, va_list ap)
{
	char buf[LINE_BYTES], utc[UTC_BYTES];
	struct text line;
	int saved = errno;

	if (!log_wants(log, level))
		return;
	text_init(&line, buf, sizeof(buf) - TAIL_BYTES);
	clock_utc(utc, sizeof(utc));
	if (log->format == LOG_JSON)
		text_put_char(&line, '{');
	put_field(&line, log->format, "ts", utc);
	put_field(&line, log->format, "level",
		  level < N_LEVELS ? level_names[level] : NULL);
	for (size_t i = 0; i < n_fields; i++)
		put_field(&line, log->format, fields[i].key, fields[i].value);
	if (fmt != NULL)
		put_message(&line, log->format, fmt, ap);
	if (log->format == LOG_JSON)
		buf[line.len++] = '}';
	buf[line.len++] = '\n';
	write_line(log->fd, buf, line.len);
	errno = saved;
}

void log_write(struct log *log, uint32_t level, const struct log_field *fields,
	       size_t n_fields, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_vwrite(log, level, fields, n_fields, fmt, ap);
	va_end(ap);
}

uint32_t log_parse_level(const char *name)
{
	for (uint32_t level = 0; level < N_LEVELS; level++) {
		if (level_names[level] != NULL &&
		    strcmp(level_names[level], name) == 0)
			return level;
	}
	return 0;
}

bool complaint_due(struct complaint *complaint, int64_t now_ns)
{
	int64_t step = COMPLAIN_FIRST_NS;

	if (complaint->count++ == 0) {
		complaint->since_ns = now_ns;
		complaint->next_ns = now_ns + step;
		return true;
	}
	if (now_ns < complaint->next_ns)
		return false;
	/* 10, 20, 40 ...: each step is what has passed until then and 10 s. */
	step += complaint->next_ns - complaint->since_ns;
	if (step > COMPLAIN_MOST_NS)
		step = COMPLAIN_MOST_NS;
	complaint->next_ns = now_ns + step;
	return true;
}

bool complaint_over(struct complaint *complaint)
{
	bool was_open = complaint->count > 0;

	*complaint = (struct complaint){0};
	return was_open;
}
