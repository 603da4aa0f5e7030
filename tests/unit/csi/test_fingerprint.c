/* SPDX-License-Identifier: BSD-2-Clause */
/* Which differences between two requests count. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "csi/fingerprint.h"
#include "request.h"

static int is_same(struct request_fixture *fixture, const ProtobufCMessage *a,
		   const ProtobufCMessage *b)
{
	uint8_t first[SHA256_BYTES], second[SHA256_BYTES];

	assert_int_equal(fingerprint_request(&fixture->call, a, first),
			 SCALE_OK);
	assert_int_equal(fingerprint_request(&fixture->call, b, second),
			 SCALE_OK);
	return memcmp(first, second, sizeof(first)) == 0;
}

static void the_order_of_parameters_is_no_difference(void **state)
{
	struct request_fixture *fixture = *state;
	Csi__V1__CreateVolumeRequest *a = request_make_create(fixture, "pvc-1");
	Csi__V1__CreateVolumeRequest *b = request_make_create(fixture, "pvc-1");

	request_add_parameter(fixture, a, "protocol", "nfs");
	request_add_parameter(fixture, a, "pool", "fast");
	request_add_parameter(fixture, b, "pool", "fast");
	request_add_parameter(fixture, b, "protocol", "nfs");
	assert_true(is_same(fixture, &a->base, &b->base));
}

static void keys_of_the_sidecars_are_no_difference(void **state)
{
	struct request_fixture *fixture = *state;
	Csi__V1__CreateVolumeRequest *a = request_make_create(fixture, "pvc-1");
	Csi__V1__CreateVolumeRequest *b = request_make_create(fixture, "pvc-1");

	request_add_parameter(fixture, b, "csi.storage.k8s.io/pvc/name", "db");
	assert_true(is_same(fixture, &a->base, &b->base));
}

static void secrets_are_no_difference(void **state)
{
	struct request_fixture *fixture = *state;
	Csi__V1__CreateVolumeRequest *a = request_make_create(fixture, "pvc-1");
	Csi__V1__CreateVolumeRequest *b = request_make_create(fixture, "pvc-1");
	Csi__V1__CreateVolumeRequest__SecretsEntry *secret = REQUEST_NEW(
		fixture, Csi__V1__CreateVolumeRequest__SecretsEntry,
		csi__v1__create_volume_request__secrets_entry__descriptor);

	secret->key = arena_strdup(fixture->arena, "chap");
	secret->value = arena_strdup(fixture->arena, "x");
	b->secrets = &secret;
	b->n_secrets = 1;
	assert_true(is_same(fixture, &a->base, &b->base));
}

static void name_size_parameter_and_capability_are_differences(void **state)
{
	struct request_fixture *fixture = *state;
	Csi__V1__CreateVolumeRequest *a = request_make_create(fixture, "pvc-1");
	Csi__V1__CreateVolumeRequest *name =
		request_make_create(fixture, "pvc-2");
	Csi__V1__CreateVolumeRequest *size =
		request_make_create(fixture, "pvc-1");
	Csi__V1__CreateVolumeRequest *key =
		request_make_create(fixture, "pvc-1");
	Csi__V1__CreateVolumeRequest *mode =
		request_make_create(fixture, "pvc-1");

	size->capacity_range->required_bytes++;
	request_add_parameter(fixture, key, "protocol", "nfs");
	mode->volume_capabilities[0]->access_mode->mode = 5;
	assert_false(is_same(fixture, &a->base, &name->base));
	assert_false(is_same(fixture, &a->base, &size->base));
	assert_false(is_same(fixture, &a->base, &key->base));
	assert_false(is_same(fixture, &a->base, &mode->base));
}

/* "a" + "bc" and "ab" + "c" must not look alike. */
static void texts_do_not_run_into_each_other(void **state)
{
	struct request_fixture *fixture = *state;
	Csi__V1__CreateVolumeRequest *a = request_make_create(fixture, "x");
	Csi__V1__CreateVolumeRequest *b = request_make_create(fixture, "x");

	request_add_parameter(fixture, a, "a", "bc");
	request_add_parameter(fixture, b, "ab", "c");
	assert_false(is_same(fixture, &a->base, &b->base));
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, request_setup, request_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_order_of_parameters_is_no_difference),
		TEST(keys_of_the_sidecars_are_no_difference),
		TEST(secrets_are_no_difference),
		TEST(name_size_parameter_and_capability_are_differences),
		TEST(texts_do_not_run_into_each_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
