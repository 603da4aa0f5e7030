/* SPDX-License-Identifier: BSD-2-Clause */
/* JSON text looked at where it lies, without building a tree. */
#ifndef SCALE_CSI_NAS_SCAN_H
#define SCALE_CSI_NAS_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Everything here reads bytes between two pointers, needs no NUL, allocates
 * nothing and is strict (RFC 8259) but for two things: strings are not checked
 * for UTF-8, and numbers not for their size.  Nesting ends at SCAN_DEPTH.
 */
#define SCAN_DEPTH 256

/* A piece of somebody else's text. */
struct span {
	const char *at;
	size_t len;
};

/*
 * scan_value - the value at the start of @text, blanks before it skipped.
 * Returns the first byte behind it and its exact place in *@ret_value (may be
 * NULL), or NULL when it is broken or ends too early.
 */
const char *scan_value(const char *text, const char *end,
		       struct span *ret_value);

/* scan_is_value - whether @len bytes are one value and blanks. */
bool scan_is_value(const char *text, size_t len);

/*
 * Walking the elements of an array or the members of an object.  The container
 * is well-formed (scan_value() gave it).
 */
struct scan_walk {
	const char *at, *end;
	bool is_object;
};

/* scan_walk_init - false when @container is neither array nor object. */
bool scan_walk_init(struct scan_walk *walk, struct span container);

/*
 * scan_walk_next - the next one; false at the end.  @ret_key, which may be
 * NULL, is the member's name with its quotes and escapes; empty in an array.
 */
bool scan_walk_next(struct scan_walk *walk, struct span *ret_key,
		    struct span *ret_value);

/*
 * scan_find - the value at RFC 6901 @pointer ("" for all, "/0/id").  The last
 * of several members of one name counts, as with jansson.  Member names that
 * the sender wrote with escapes are compared decoded for \" \\ and \/ only.
 * Returns false when there is none.  @text is well-formed.
 */
bool scan_find(struct span text, const char *pointer, struct span *ret_value);

/* scan_is - whether the span is exactly @text ("null", "\"SUCCESS\""). */
bool scan_is(struct span span, const char *text);

/* scan_u64 - the span as a non-negative integer without fraction or exponent.
 */
bool scan_u64(struct span span, uint64_t *ret_value);

#endif
