/* SPDX-License-Identifier: BSD-2-Clause */
/* The bytes of one fuzz run, taken apart from front to back. */
#include "input.h"

#include <assert.h>
#include <string.h>

#include "base/text.h"

#define TOLD_MAX 900

uint8_t input_byte(struct input *input)
{
	return input->at < input->end ? *input->at++ : 0;
}

const uint8_t *input_bytes(struct input *input, size_t *ret_len)
{
	size_t len = input_byte(input);
	const uint8_t *from;

	len |= (size_t)input_byte(input) << 8;
	if (len > (size_t)(input->end - input->at))
		len = (size_t)(input->end - input->at);
	from = input->at;
	input->at += len;
	*ret_len = len;
	return from;
}

char *input_line(struct arena *arena, struct input *input)
{
	const uint8_t *from = input->at;
	char *line;

	while (input->at < input->end && *input->at != '\n' && *input->at != 0)
		input->at++;
	line = arena_strndup(arena, (const char *)from,
			     (size_t)(input->at - from));
	(void)input_byte(input); /* what ended the line */
	return line;
}

char *input_text(struct arena *arena, struct input *input, size_t *ret_len)
{
	size_t len = (size_t)(input->end - input->at);
	char *text = arena_alloc(arena, len + 1);

	if (text == NULL)
		return NULL;
	if (len > 0)
		memcpy(text, input->at, len);
	input->at = input->end;
	*ret_len = len;
	return text;
}

void assert_told(const struct call *call, scale_status status)
{
	size_t len = strlen(call->reason);

	assert(status > SCALE_OK && status <= SCALE_UNAUTHENTICATED);
	assert(call->status == status);
	assert(len > 0 && len <= TOLD_MAX);
	assert(text_is_utf8(call->reason, len));
	assert(!text_has_control(call->reason, len));
}
