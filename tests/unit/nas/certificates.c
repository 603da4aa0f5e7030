/* SPDX-License-Identifier: BSD-2-Clause */
/* Makes keys and certificates with OpenSSL. */
#include "certificates.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

static void path_of(const char *dir, const char *file, const char *suffix,
		    char *ret_path, size_t size)
{
	(void)snprintf(ret_path, size, "%s/%s.%s", dir, file, suffix);
}

static FILE *open_file(const char *dir, const char *file, const char *suffix,
		       const char *mode)
{
	char path[256];
	FILE *stream;

	path_of(dir, file, suffix, path, sizeof(path));
	stream = fopen(path, mode);
	assert_non_null(stream);
	return stream;
}

static void add_extension(X509 *cert, X509V3_CTX *context, int nid,
			  const char *value)
{
	X509_EXTENSION *extension =
		X509V3_EXT_conf_nid(NULL, context, nid, value);

	assert_non_null(extension);
	assert_int_equal(X509_add_ext(cert, extension, -1), 1);
	X509_EXTENSION_free(extension);
}

static X509 *make(const struct certificate_spec *spec, long serial,
		  EVP_PKEY *key, X509 *issuer, EVP_PKEY *issuer_key)
{
	X509 *cert = X509_new();
	X509_NAME *name = X509_get_subject_name(cert);
	X509V3_CTX context;

	assert_int_equal(X509_set_version(cert, 2), 1);
	(void)ASN1_INTEGER_set(X509_get_serialNumber(cert), serial);
	(void)X509_gmtime_adj(X509_getm_notBefore(cert), spec->from_s);
	(void)X509_gmtime_adj(X509_getm_notAfter(cert), spec->to_s);
	(void)X509_NAME_add_entry_by_txt(
		name, "CN", MBSTRING_ASC,
		(const unsigned char *)spec->common_name, -1, -1, 0);
	(void)X509_set_issuer_name(
		cert, X509_get_subject_name(issuer != NULL ? issuer : cert));
	(void)X509_set_pubkey(cert, key);
	X509V3_set_ctx(&context, issuer != NULL ? issuer : cert, cert, NULL,
		       NULL, 0);
	add_extension(cert, &context, NID_basic_constraints,
		      spec->is_ca ? "critical,CA:TRUE" : "CA:FALSE");
	if (spec->names != NULL)
		add_extension(cert, &context, NID_subject_alt_name,
			      spec->names);
	assert_true(X509_sign(cert, issuer != NULL ? issuer_key : key,
			      EVP_sha256()) > 0);
	return cert;
}

static void make_one(const char *dir, const struct certificate_spec *spec,
		     long serial)
{
	EVP_PKEY *key = EVP_EC_gen("P-256"), *issuer_key = NULL;
	X509 *cert, *issuer = NULL;
	FILE *file;

	assert_non_null(key);
	if (spec->issuer != NULL) {
		file = open_file(dir, spec->issuer, "pem", "r");
		issuer = PEM_read_X509(file, NULL, NULL, NULL);
		(void)fclose(file);
		file = open_file(dir, spec->issuer, "key", "r");
		issuer_key = PEM_read_PrivateKey(file, NULL, NULL, NULL);
		(void)fclose(file);
		assert_non_null(issuer);
		assert_non_null(issuer_key);
	}
	cert = make(spec, serial, key, issuer, issuer_key);
	file = open_file(dir, spec->file, "pem", "w");
	assert_int_equal(PEM_write_X509(file, cert), 1);
	(void)fclose(file);
	file = open_file(dir, spec->file, "key", "w");
	assert_int_equal(
		PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL), 1);
	(void)fclose(file);
	X509_free(cert);
	X509_free(issuer);
	EVP_PKEY_free(key);
	EVP_PKEY_free(issuer_key);
}

void certificates_make(const char *dir, const struct certificate_spec *specs,
		       unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		make_one(dir, &specs[i], (long)i + 1);
}

void certificates_remove(const char *dir, const struct certificate_spec *specs,
			 unsigned int n)
{
	char path[256];

	for (unsigned int i = 0; i < n; i++) {
		path_of(dir, specs[i].file, "pem", path, sizeof(path));
		(void)unlink(path);
		path_of(dir, specs[i].file, "key", path, sizeof(path));
		(void)unlink(path);
	}
}
