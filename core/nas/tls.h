/* SPDX-License-Identifier: BSD-2-Clause */
/* Which certificates are believed, and why one was not. */
#ifndef SCALE_CSI_NAS_TLS_H
#define SCALE_CSI_NAS_TLS_H

#include <openssl/ssl.h>

/*
 * tls_prepare - TLS 1.2 or newer, the peer verified, its certificate valid for
 * @name, a DNS name or an IPv4 or IPv6 address.  libwebsockets cuts the name at
 * its first colon and then checks none at all for "::1" (seen in 4.1.6), so its
 * own check is switched off and the rule sits in the context.
 * Returns 0 or -EINVAL.
 */
int tls_prepare(SSL_CTX *context, const char *name);

/*
 * tls_explain - the end of the sentence "the certificate of ... is not
 * accepted:" for OpenSSL's verification error @code; never NULL.
 */
const char *tls_explain(int code);

#endif
