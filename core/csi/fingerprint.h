/* SPDX-License-Identifier: BSD-2-Clause */
/* What makes two requests the same. */
#ifndef SCALE_CSI_CSI_FINGERPRINT_H
#define SCALE_CSI_CSI_FINGERPRINT_H

#include <stdint.h>

#include <protobuf-c/protobuf-c.h>

#include "base/sha256.h"
#include "work/call.h"

/*
 * fingerprint_request - a hash over every field but `secrets` and the map keys
 * below csi.storage.k8s.io/, which sidecars add or leave out between retries.
 * The order of map entries is no difference: Go sends them shuffled.
 */
scale_status fingerprint_request(struct call *call,
				 const ProtobufCMessage *request,
				 uint8_t ret_hash[SHA256_BYTES]);

#endif
