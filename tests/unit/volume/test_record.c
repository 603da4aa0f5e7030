/* SPDX-License-Identifier: BSD-2-Clause */
#include "scene.h"

#include <ctype.h>
#include <string.h>

static const struct scale_kv params[] = {
	{"maprootUser", "admin"}, {"a_b", "1"}, {"UPPER", "2"}};
static const struct scale_kv class_keys[] = {{"sparse", "false"}};
static const struct scale_kv state_keys[] = {{"share_id", "7"},
					     {"truenas_nfs_share_id", "8"}};

static struct volume_record example(void)
{
	return (struct volume_record){
		.id = "scale-nfs:tank/k8s/a",
		.instance = INSTANCE,
		.name = "a",
		.protocol = "nfs",
		.filesystem = "",
		.source_type = "snapshot",
		.source_id = "scale-nfs:tank/k8s/b@s",
		.bytes = 5 * GIB,
		.class = {class_keys, 1},
		.params = {params, 3},
	};
}

static void what_is_written_is_read_again(void **unused)
{
	struct volume_record wanted = example(), found;
	struct scale_map state = {state_keys, 2};
	struct call *call = scene_call();
	struct map_builder user;
	struct scale_map view;

	(void)unused;
	map_init(&user, call->arena);
	assert_int_equal(record_put_marks(call, &wanted, &user), SCALE_OK);
	assert_int_equal(record_put_state(call, &state, &user), SCALE_OK);
	view = map_view(&user);
	assert_int_equal(record_read(call, &view, &found), SCALE_OK);
	assert_int_equal(found.version, RECORD_VERSION);
	assert_string_equal(found.id, wanted.id);
	assert_string_equal(found.source_id, wanted.source_id);
	assert_int_equal(found.bytes, wanted.bytes);
	assert_true(map_equal(&found.params, &wanted.params));
	assert_true(map_equal(&found.class, &wanted.class));
	assert_true(map_equal(&found.state, &state));
	assert_false(found.is_provisioned);
}

/* TrueNAS 26 takes [a-z0-9:._-]+ and at most 255 bytes (truenas-api.md 5.3.3).
 */
static void every_property_suits_truenas_26(void **unused)
{
	struct volume_record record = example();
	struct call *call = scene_call();
	struct map_builder user;
	char name[400];

	(void)unused;
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	record.name = name;
	map_init(&user, call->arena);
	assert_int_equal(record_put_marks(call, &record, &user), SCALE_OK);
	for (size_t i = 0; i < user.n; i++) {
		assert_true(strlen(user.kv[i].value) <= RECORD_VALUE_MAX);
		for (const char *c = user.kv[i].key; *c != '\0'; c++)
			if (!islower((unsigned char)*c) &&
			    !isdigit((unsigned char)*c) &&
			    strchr(":._-", *c) == NULL)
				fail_msg("'%s'", user.kv[i].key);
	}
}

static void a_parameter_that_does_not_fit_is_refused(void **unused)
{
	char value[RECORD_VALUE_MAX + 2];
	struct scale_kv kv[] = {{"mode", value}};
	struct volume_record record = example();
	struct map_builder user;

	(void)unused;
	memset(value, 'v', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	record.params = (struct scale_map){kv, 1};
	scene_call();
	map_init(&user, scene.arena);
	assert_int_equal(record_put_marks(&scene.call, &record, &user),
			 SCALE_INVALID_ARGUMENT);
	assert_reason("'mode'");
}

static void a_difference_is_named(void **unused)
{
	static const struct scale_kv one[] = {{"a", "1"}, {"b", "2"}};
	static const struct scale_kv two[] = {{"a", "1"}, {"b", "3"}};
	struct scale_map a = {one, 2}, b = {two, 2}, c = {one, 1};

	(void)unused;
	assert_null(record_find_difference(&a, &a));
	assert_string_equal(record_find_difference(&a, &b), "b");
	assert_string_equal(record_find_difference(&a, &c), "b");
	assert_string_equal(record_find_difference(&c, &a), "b");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_is_written_is_read_again,
						scene_setup, scene_teardown),
		cmocka_unit_test_setup_teardown(every_property_suits_truenas_26,
						scene_setup, scene_teardown),
		cmocka_unit_test_setup_teardown(
			a_parameter_that_does_not_fit_is_refused, scene_setup,
			scene_teardown),
		cmocka_unit_test(a_difference_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
