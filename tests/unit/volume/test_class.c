/* SPDX-License-Identifier: BSD-2-Clause */
#include "scene.h"

#include <string.h>

#include "backend/params.h"
#include "volume/class.h"

static scale_status parse(const struct scale_kv *kv, size_t n,
			  struct volume_class *ret)
{
	struct scale_map given = {kv, n};

	return class_parse(scene_call(), scene.volumes, &given, "pvc-1", ret);
}

static const struct {
	struct scale_kv kv;
	scale_status want;
	const char *says;
} rows[] = {
	{{"pool", "main"}, SCALE_OK, NULL},
	{{"pool", "other"}, SCALE_INVALID_ARGUMENT, "'other'"},
	{{"csi.storage.k8s.io/pvc/name", "x"}, SCALE_OK, NULL},
	{{"fsType", "ext4"},
	 SCALE_INVALID_ARGUMENT,
	 "csi.storage.k8s.io/fstype"},
	{{"fstype", "ext4"}, SCALE_INVALID_ARGUMENT, "old form"},
	{{"sprase", "true"}, SCALE_INVALID_ARGUMENT, "'sparse'"},
	{{"nfs.mod", "0700"}, SCALE_INVALID_ARGUMENT, "nfs.mode"},
	{{"iscsi.chap", "true"}, SCALE_INVALID_ARGUMENT, "'nfs.'"},
	{{"volblocksize", "16K"}, SCALE_OK, NULL},
	{{"volblocksize", "17K"}, SCALE_INVALID_ARGUMENT, "power of two"},
	{{"volblocksize", "1M"}, SCALE_INVALID_ARGUMENT, "131072"},
	{{"compression", "zstd-9"}, SCALE_OK, NULL},
	{{"compression", "zst"}, SCALE_INVALID_ARGUMENT, "zstd"},
};

static void classes_are_checked_by_declaration(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct scale_kv kv[] = {{"protocol", "nfs"}, rows[i].kv};
		struct volume_class class;
		scale_status status = parse(kv, 2, &class);

		if (status != rows[i].want)
			fail_msg("%s: %d, %s", kv[1].key, status,
				 scene.call.reason);
		if (rows[i].says != NULL)
			assert_reason(rows[i].says);
	}
}

static void the_protocol_picks_the_backend(void **state)
{
	struct scale_kv nfs[] = {{"protocol", "nfs"}};
	struct scale_kv typo[] = {{"protocol", "iscsii"}};
	struct scale_kv absent[] = {{"protocol", "nvmeof"}};
	struct volume_class class;

	(void)state;
	assert_int_equal(parse(nfs, 1, &class), SCALE_OK);
	assert_string_equal(class.backend->descriptor.name, "nfs");
	assert_int_equal(parse(typo, 1, &class), SCALE_INVALID_ARGUMENT);
	assert_reason("'iscsi'");
	assert_int_equal(parse(absent, 1, &class), SCALE_FAILED_PRECONDITION);
	assert_reason("iscsi, nfs");
	assert_int_equal(parse(NULL, 0, &class), SCALE_INVALID_ARGUMENT);
	assert_reason("'protocol' is missing");
}

static void only_what_is_not_the_default_is_recorded(void **state)
{
	struct scale_kv kv[] = {{"protocol", "nfs"},
				{"nfs.mode", "0777"},
				{"nfs.maprootUser", "admin"},
				{"sparse", "true"}};
	struct volume_class class;
	struct scale_map again;

	(void)state;
	assert_int_equal(parse(kv, 4, &class), SCALE_OK);
	assert_int_equal(class.own_said.n, 0);
	assert_int_equal(class.params_said.n, 1);
	assert_string_equal(map_get(&class.params_said, "maprootUser"),
			    "admin");
	assert_int_equal(class_complete(&scene.call, class.backend,
					&class.params_said, &again),
			 SCALE_OK);
	assert_true(map_equal(&again, &class.params));
}

static void what_an_older_driver_recorded_is_kept(void **state)
{
	struct scale_kv kv[] = {{"retired", "x"}};
	struct scale_map recorded = {kv, 1}, again;

	(void)state;
	assert_int_equal(class_complete(scene_call(),
					backend_find_name(&fake_table, "nfs"),
					&recorded, &again),
			 SCALE_OK);
	assert_string_equal(map_get(&again, "retired"), "x");
}

static void comments_name_claim_and_cluster(void **state)
{
	struct scale_kv kv[] = {{"protocol", "nfs"},
				{"csi.storage.k8s.io/pvc/name", "data"},
				{"csi.storage.k8s.io/pvc/namespace", "shop"}};
	struct volume_class class;

	(void)state;
	assert_int_equal(parse(kv, 3, &class), SCALE_OK);
	assert_string_equal(class.comments, "shop/data (prod)");
	assert_int_equal(parse(kv, 1, &class), SCALE_OK);
	assert_string_equal(class.comments, "pvc-1 (prod)");
}

static void our_own_table_is_sane(void **state)
{
	char error[256] = "";
	size_t n;
	const struct scale_param *params = class_params(&n);

	(void)state;
	assert_int_equal(params_check_table(params, n, error, sizeof(error)),
			 0);
	assert_string_equal(error, "");
}

#define CASE(test)                                                             \
	cmocka_unit_test_setup_teardown(test, scene_setup, scene_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(classes_are_checked_by_declaration),
		CASE(the_protocol_picks_the_backend),
		CASE(only_what_is_not_the_default_is_recorded),
		CASE(what_an_older_driver_recorded_is_kept),
		CASE(comments_name_claim_and_cluster),
		CASE(our_own_table_is_sane),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
