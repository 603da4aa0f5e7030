/* SPDX-License-Identifier: BSD-2-Clause */
/* A log line is one write, well formed whatever its values hold. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"

#include <cmocka.h>

#define LINE_BYTES 4096

/* A datagram pair would hide short writes: a packet pipe shows each one. */
struct sink {
	int fds[2];
	struct log *log;
	char line[2 * LINE_BYTES];
};

static void open_sink(struct sink *sink, enum log_format format, uint32_t level)
{
	assert_int_equal(pipe2(sink->fds, O_DIRECT | O_NONBLOCK), 0);
	sink->log = log_new(sink->fds[1], format, level);
	assert_non_null(sink->log);
}

static void close_sink(struct sink *sink)
{
	log_free(sink->log);
	(void)close(sink->fds[0]);
	(void)close(sink->fds[1]);
}

/* The next packet, without its line feed; NULL: none. */
static char *next_line(struct sink *sink)
{
	ssize_t n = read(sink->fds[0], sink->line, sizeof(sink->line) - 1);

	if (n <= 0)
		return NULL;
	assert_true(n <= LINE_BYTES);
	assert_int_equal(sink->line[n - 1], '\n');
	sink->line[n - 1] = '\0';
	assert_null(strchr(sink->line, '\n'));
	assert_true(text_is_utf8(sink->line, strlen(sink->line)));
	return sink->line;
}

/* What follows the time stamp. */
static char *after_time(char *line)
{
	char *rest = strchr(line, 'Z');

	assert_non_null(rest);
	return rest + 1;
}

static void logfmt_keeps_the_order_of_fields(void **state)
{
	static const struct log_field fields[] = {
		{"rpc", "CreateVolume"},
		{"volume", ""},
		{"backend", NULL},
		{"ms", "412"},
	};
	struct sink sink;

	(void)state;
	open_sink(&sink, LOG_LOGFMT, SCALE_INFO);
	log_write(sink.log, SCALE_INFO, fields, 4, "made %d", 7);
	char *line = next_line(&sink);

	assert_true(text_starts(line, "ts=20"));
	assert_string_equal(after_time(line),
			    " level=info rpc=CreateVolume ms=412"
			    " msg=\"made 7\"");
	assert_null(next_line(&sink));
	close_sink(&sink);
}

static void json_is_an_object_of_texts(void **state)
{
	static const struct log_field fields[] = {{"rpc", "Probe"},
						  {"id", NULL}};
	struct sink sink;

	(void)state;
	open_sink(&sink, LOG_JSON, SCALE_DEBUG);
	log_write(sink.log, SCALE_DEBUG, fields, 2, "a \"b\" \\c");
	char *line = next_line(&sink);

	assert_true(text_starts(line, "{\"ts\":\"20"));
	assert_string_equal(after_time(line),
			    "\",\"level\":\"debug\",\"rpc\":\"Probe\","
			    "\"msg\":\"a \\\"b\\\" \\\\c\"}");
	close_sink(&sink);
}

static void values_are_quoted_as_needed(void **state)
{
	static const struct {
		const char *value, *want;
	} rows[] = {
		{"plain-1/2:3@4", " k=plain-1/2:3@4"},
		{"two words", " k=\"two words\""},
		{"a=b", " k=\"a=b\""},
		{"say \"no\"", " k=\"say \\\"no\\\"\""},
		{"back\\slash", " k=\"back\\\\slash\""},
		{"new\nline", " k=new?line"},
		{"esc\x1b[0m", " k=esc?[0m"},
		{"bad\xff", " k=bad?"},
		{"gr\xc3\xbc\xc3\x9f", " k=gr\xc3\xbc\xc3\x9f"},
	};
	struct sink sink;

	(void)state;
	open_sink(&sink, LOG_LOGFMT, SCALE_INFO);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct log_field field = {"k", rows[i].value};

		log_write(sink.log, SCALE_ERROR, &field, 1, NULL);
		assert_string_equal(after_time(next_line(&sink)) +
					    strlen(" level=error"),
				    rows[i].want);
	}
	close_sink(&sink);
}

static void json_replaces_what_it_could_not_hold(void **state)
{
	struct log_field field = {"k", "a\tb\xc3(\x7f"};
	struct sink sink;

	(void)state;
	open_sink(&sink, LOG_JSON, SCALE_INFO);
	log_write(sink.log, SCALE_NOTICE, &field, 1, NULL);
	assert_string_equal(after_time(next_line(&sink)),
			    "\",\"level\":\"notice\",\"k\":\"a?b?(?\"}");
	close_sink(&sink);
}

/* Whether the quotes of @line that are not escaped come in pairs. */
static bool is_balanced(const char *line)
{
	bool inside = false;

	for (; *line != '\0'; line++) {
		if (*line == '\\' && line[1] != '\0')
			line++;
		else if (*line == '"')
			inside = !inside;
	}
	return !inside;
}

/* Every length around the limit, with escapes and long characters at it. */
static void a_long_line_is_cut_and_still_well_formed(void **state)
{
	static const char *const fillers[] = {
		"x", "\"", "\\", "\xc3\xbc", "\xf0\x9f\x98\x80", " "};
	enum log_format formats[] = {LOG_LOGFMT, LOG_JSON};

	(void)state;
	for (size_t i = 0; i < 12 * 120; i++) {
		enum log_format format = formats[i % 2];
		const char *filler = fillers[i / 2 % 6];
		char value[LINE_BYTES + 64];
		struct text text;
		struct sink sink;
		struct log_field fields[] = {{"k", value}, {"after", "1"}};

		text_init(&text, value, sizeof(value));
		for (size_t n = 0; n < LINE_BYTES - 96 + i / 12; n++)
			text_put(&text, n < 2000 ? "y" : filler);
		open_sink(&sink, format, SCALE_INFO);
		log_write(sink.log, SCALE_INFO, fields, 2, "%s", value);
		char *line = next_line(&sink);

		assert_non_null(line);
		assert_true(strlen(line) > LINE_BYTES - 100);
		assert_true(is_balanced(line));
		if (format == LOG_JSON)
			assert_true(text_ends(line, "\"}"));
		assert_null(next_line(&sink));
		close_sink(&sink);
	}
}

static void lines_above_the_level_are_dropped(void **state)
{
	struct sink sink;

	(void)state;
	open_sink(&sink, LOG_LOGFMT, SCALE_NOTICE);
	log_line(sink.log, SCALE_INFO, "too much");
	assert_null(next_line(&sink));
	log_line(sink.log, SCALE_NOTICE, "enough");
	assert_non_null(next_line(&sink));
	assert_true(log_wants(sink.log, SCALE_ERROR));
	assert_false(log_wants(sink.log, SCALE_DEBUG));
	assert_false(log_wants(NULL, SCALE_ERROR));
	log_line(NULL, SCALE_ERROR, "nobody listens");
	close_sink(&sink);
}

static void errno_is_kept(void **state)
{
	struct log *log = log_new(-1, LOG_LOGFMT, SCALE_DEBUG);

	(void)state;
	errno = EDOM;
	log_line(log, SCALE_ERROR, "no such descriptor");
	assert_int_equal(errno, EDOM);
	log_free(log);
}

static void levels_have_names(void **state)
{
	(void)state;
	assert_int_equal(log_parse_level("error"), SCALE_ERROR);
	assert_int_equal(log_parse_level("warning"), SCALE_WARNING);
	assert_int_equal(log_parse_level("notice"), SCALE_NOTICE);
	assert_int_equal(log_parse_level("info"), SCALE_INFO);
	assert_int_equal(log_parse_level("debug"), SCALE_DEBUG);
	assert_int_equal(log_parse_level("Error"), 0);
	assert_int_equal(log_parse_level(""), 0);
}

static void complaints_are_told_at_growing_intervals(void **state)
{
	static const int64_t want_s[] = {0,   10,  30,   70,   150,
					 310, 630, 1230, 1830, 2430};
	struct complaint complaint = {0};
	size_t told = 0;

	(void)state;
	for (int64_t s = 0; s <= 2430; s++) {
		if (!complaint_due(&complaint, (s + 5) * CLOCK_NS_PER_S))
			continue;
		assert_true(told < sizeof(want_s) / sizeof(want_s[0]));
		assert_int_equal(s, want_s[told]);
		told++;
	}
	assert_int_equal(told, sizeof(want_s) / sizeof(want_s[0]));
	assert_int_equal(complaint.count, 2431);
}

static void the_end_of_a_complaint_is_told_once(void **state)
{
	struct complaint complaint = {0};

	(void)state;
	assert_false(complaint_over(&complaint));
	assert_true(complaint_due(&complaint, 5));
	assert_false(complaint_due(&complaint, 6));
	assert_true(complaint_over(&complaint));
	assert_false(complaint_over(&complaint));
	/* A new one begins at once. */
	assert_true(complaint_due(&complaint, 7));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(logfmt_keeps_the_order_of_fields),
		cmocka_unit_test(json_is_an_object_of_texts),
		cmocka_unit_test(values_are_quoted_as_needed),
		cmocka_unit_test(json_replaces_what_it_could_not_hold),
		cmocka_unit_test(a_long_line_is_cut_and_still_well_formed),
		cmocka_unit_test(lines_above_the_level_are_dropped),
		cmocka_unit_test(errno_is_kept),
		cmocka_unit_test(levels_have_names),
		cmocka_unit_test(complaints_are_told_at_growing_intervals),
		cmocka_unit_test(the_end_of_a_complaint_is_told_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
