/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests are checked here, once, from tables, before anything looks at them.
 */
#ifndef SCALE_CSI_CSI_RULES_H
#define SCALE_CSI_CSI_RULES_H

#include <protobuf-c/protobuf-c.h>

#include "work/call.h"

/*
 * rules_check - what the specification says of every request: required fields
 * first (a capability before a staging path, as csi-sanity wants it), then
 * sizes (128 bytes for a string, 4 KiB for a map, the paths up to PATH_MAX, 256
 * bytes for a node id), banned characters, enum ranges, negative and
 * contradictory numbers.  Whether the bytes are UTF-8 and free of NUL was
 * checked on the wire. Returns OK or INVALID_ARGUMENT with a sentence that
 * names the field.
 */
scale_status rules_check(struct call *call, const ProtobufCMessage *request);

#endif
