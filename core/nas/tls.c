/* SPDX-License-Identifier: BSD-2-Clause */
/* The rules for the NAS's certificate. */
#include "nas/tls.h"

#include <errno.h>
#include <openssl/x509v3.h>
#include <stddef.h>

int tls_prepare(SSL_CTX *context, const char *name)
{
	X509_VERIFY_PARAM *rules = SSL_CTX_get0_param(context);

	if (SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1)
		return -EINVAL;
	SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
	X509_VERIFY_PARAM_set_hostflags(rules,
					X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	if (X509_VERIFY_PARAM_set1_ip_asc(rules, name) == 1)
		return 0;
	return X509_VERIFY_PARAM_set1_host(rules, name, 0) == 1 ? 0 : -EINVAL;
}

static const struct {
	int code;
	const char *text;
} reasons[] = {
	{X509_V_ERR_CERT_HAS_EXPIRED, "it has expired; renew it on the NAS"},
	{X509_V_ERR_CERT_NOT_YET_VALID,
	 "it is not valid yet; compare the clocks"},
	{X509_V_ERR_HOSTNAME_MISMATCH,
	 "it is for another name; use a name that it bears, or set the name "
	 "to expect"},
	{X509_V_ERR_IP_ADDRESS_MISMATCH,
	 "it does not bear this address; use a name that it bears, or set "
	 "the name to expect"},
	{X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
	 "it was issued by a CA that is not trusted here; give its CA file"},
	{X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT,
	 "it was issued by a CA that is not trusted here; give its CA file"},
	{X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE,
	 "it was issued by a CA that is not trusted here; give its CA file"},
	{X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT,
	 "it is self-signed and not trusted here; give it as the CA file"},
	{X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN,
	 "its CA is not trusted here; give its CA file"},
	{X509_V_ERR_INVALID_CA, "its issuer is no CA; give the right CA file"},
	{X509_V_ERR_CERT_SIGNATURE_FAILURE,
	 "its signature does not fit the CA file"},
};

const char *tls_explain(int code)
{
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		if (reasons[i].code == code)
			return reasons[i].text;
	}
	return X509_verify_cert_error_string(code);
}
