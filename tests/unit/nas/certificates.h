/* SPDX-License-Identifier: BSD-2-Clause */
/* Certificates made for one test run. */
#ifndef SCALE_CSI_TESTS_NAS_CERTIFICATES_H
#define SCALE_CSI_TESTS_NAS_CERTIFICATES_H

struct certificate_spec {
	const char *file;   /* "good": good.pem with its chain, good.key */
	const char *issuer; /* another file; NULL: itself */
	const char *common_name;
	const char *names; /* "DNS:a,IP:127.0.0.1"; NULL: none */
	long from_s, to_s; /* of validity, counted from now */
	int is_ca;
};

/*
 * certificates_make - in @dir, in that order, issuers first; asserts that all
 * goes well.  certificates_remove - the files again.
 */
void certificates_make(const char *dir, const struct certificate_spec *specs,
		       unsigned int n);
void certificates_remove(const char *dir, const struct certificate_spec *specs,
			 unsigned int n);

#endif
