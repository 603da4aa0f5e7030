/* SPDX-License-Identifier: BSD-2-Clause */
/* What a backend says to people: log lines, reasons, findings. */
#include <string.h>

#include "backend/host_impl.h"
#include "base/text.h"

#define FIRST_FINDINGS 8
#define FINDINGS_MAX   100000 /* of one call: some for each of many volumes */

/* A text for people, or words that stand for one that must not be seen. */
static const char *clean_text(struct running *running, const char *text,
			      char *buf, size_t size)
{
	struct text clean;

	if (host_bears_secret(running, text))
		return "(a text that held a secret was withheld)";
	text_init(&clean, buf, size);
	text_put_printable(&clean, text);
	return buf;
}

void host_log(struct scale_call *abi, uint32_t level, const char *text)
{
	struct running *running = running_of(abi);
	char buf[SCALE_TEXT_MAX];

	if (level < SCALE_ERROR || level > SCALE_DEBUG)
		level = SCALE_INFO;
	call_log(running->call, level, "%s",
		 clean_text(running, text, buf, sizeof(buf)));
}

void host_fail(struct scale_call *abi, scale_status status, const char *text)
{
	struct running *running = running_of(abi);
	char buf[SCALE_TEXT_MAX];

	running->has_spoken = text[0] != '\0';
	if (running->has_spoken)
		(void)call_fail(running->call, status, "%s",
				clean_text(running, text, buf, sizeof(buf)));
}

static struct finding *next_finding(struct running *running)
{
	struct invocation *inv = running->inv;
	size_t room = running->findings_room * 2;
	struct finding *grown;

	if (inv->n_findings < running->findings_room)
		return &inv->findings[inv->n_findings++];
	if (room == 0)
		room = FIRST_FINDINGS;
	if (room > FINDINGS_MAX)
		return NULL;
	grown = arena_array(running->call->arena, room, sizeof(*grown));
	if (grown == NULL)
		return NULL;
	if (inv->n_findings > 0)
		memcpy(grown, inv->findings, inv->n_findings * sizeof(*grown));
	inv->findings = grown;
	running->findings_room = room;
	return &inv->findings[inv->n_findings++];
}

void host_report(struct scale_call *abi, uint32_t level, const char *reason,
		 const char *text)
{
	struct running *running = running_of(abi);
	struct arena *arena = running->call->arena;
	struct finding *finding = next_finding(running);
	char buf[SCALE_TEXT_MAX];
	char *word, *sentence;

	if (level < SCALE_ERROR || level > SCALE_INFO)
		level = SCALE_WARNING;
	word = arena_strdup(arena, reason);
	sentence = arena_strdup(arena,
				clean_text(running, text, buf, sizeof(buf)));
	if (finding == NULL || word == NULL || sentence == NULL) {
		running->out_of_memory = true;
		if (finding != NULL)
			running->inv->n_findings--;
		return;
	}
	*finding = (struct finding){level, word, sentence};
}
