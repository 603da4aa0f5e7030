/* SPDX-License-Identifier: BSD-2-Clause */
/* The bytes of one fuzz run, taken apart from front to back. */
#ifndef SCALE_CSI_FUZZ_INPUT_H
#define SCALE_CSI_FUZZ_INPUT_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "work/call.h"

/* libFuzzer calls it with every input; nothing outlives the call. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
	const uint8_t *at, *end;
};

/* input_byte - the next byte; 0 at the end. */
uint8_t input_byte(struct input *input);

/* input_bytes - a piece whose length comes before it, in two bytes, low first;
 * at most what is left. */
const uint8_t *input_bytes(struct input *input, size_t *ret_len);

/* input_line - up to the next line feed or NUL, as a text in @arena. */
char *input_line(struct arena *arena, struct input *input);

/* input_text - all that is left, as a block that ends in a NUL behind @ret_len
 * bytes and at the end of its memory. */
char *input_text(struct arena *arena, struct input *input, size_t *ret_len);

/* assert_told - @call failed with @status: a known code, and a sentence in
 * bounds that is fit for a terminal. */
void assert_told(const struct call *call, scale_status status);

#endif
