/* SPDX-License-Identifier: BSD-2-Clause */
/* SHA-256 (FIPS 180-4), for names that must be short, stable and distinct. */
#ifndef SCALE_CSI_BASE_SHA256_H
#define SCALE_CSI_BASE_SHA256_H

#include <stddef.h>
#include <stdint.h>

/*
 * Our own sixty lines, because the node program links no crypto library and a
 * backend's object name has to come out the same on both halves.
 */
#define SHA256_BYTES 32

/* sha256_digest - the hash of @len bytes. */
void sha256_digest(const void *data, size_t len, uint8_t ret[SHA256_BYTES]);

/*
 * sha256_hex - the first @digits lower-case hex digits (at most 64) of the hash
 * of @text, and a NUL.
 */
void sha256_hex(const char *text, size_t digits, char *ret_hex);

#endif
