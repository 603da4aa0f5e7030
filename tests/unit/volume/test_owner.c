/* SPDX-License-Identifier: BSD-2-Clause */
#include "scene.h"

#include <string.h>

#include "volume/owner.h"

#define ID "scale-nfs:tank/k8s/a"

static const struct {
	const char *managed, *id, *instance, *record;
	const char *foreign; /* a property of another driver */
	enum owner want;
} rows[] = {
	{"true", ID, INSTANCE, "1", NULL, OWNER_OURS},
	{"true", "scale-iscsi:tank/k8s/a", INSTANCE, "1", NULL, OWNER_SIBLING},
	{"true", ID, "csi.scale.io/uid-2", "1", NULL, OWNER_OTHER},
	{"true", ID, NULL, "1", NULL, OWNER_OTHER},
	{NULL, ID, INSTANCE, "1", NULL, OWNER_OTHER},
	{"true", ID, INSTANCE, "2", NULL, OWNER_NEWER},
	{"true", ID, INSTANCE, NULL, NULL, OWNER_OTHER},
	{"true", ID, INSTANCE, "one", NULL, OWNER_OTHER},
	/* inherited, or renamed: the id names the dataset it was written on */
	{"true", "scale-nfs:tank/k8s", INSTANCE, "1", NULL, OWNER_MOVED},
	{"true", "scale-nfs:tank/k8s/aa", INSTANCE, "1", NULL, OWNER_MOVED},
	{NULL, NULL, NULL, NULL, NULL, OWNER_NOBODY},
	/* other drivers' marks */
	{"true", NULL, NULL, NULL, NULL, OWNER_OTHER},
	{NULL, NULL, NULL, NULL, "scale-csi:managed_resource", OWNER_OTHER},
	{NULL, NULL, NULL, NULL, "democratic-csi:managed_resource",
	 OWNER_OTHER},
	{NULL, NULL, NULL, NULL, "tns-csi:managed_by", OWNER_OTHER},
	/* adopted, or below a parent that another driver also marks */
	{"true", ID, INSTANCE, "1", "scale-csi:managed_resource", OWNER_OURS},
};

static void put_if(struct map_builder *user, const char *key, const char *value)
{
	if (value != NULL)
		map_put(user, key, value);
}

static void only_a_mark_that_names_the_dataset_proves(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct dataset dataset = {.path = "tank/k8s/a", .origin = ""};
		struct call *call = scene_call();
		struct volume_record record;
		struct map_builder user;

		map_init(&user, call->arena);
		put_if(&user, RECORD_MANAGED, rows[i].managed);
		put_if(&user, RECORD_ID, rows[i].id);
		put_if(&user, RECORD_INSTANCE, rows[i].instance);
		put_if(&user, RECORD_VERSION_KEY, rows[i].record);
		if (rows[i].foreign != NULL)
			map_put(&user, rows[i].foreign, "true");
		dataset.user = map_view(&user);
		assert_int_equal(record_read(call, &dataset.user, &record),
				 SCALE_OK);
		if (owner_of(&dataset, &record, INSTANCE, ID) != rows[i].want)
			fail_msg("row %zu", i);
	}
}

static void managedby_is_read_under_both_names(void **state)
{
	static const struct scale_kv ours[] = {
		{"org.truenas:managedby", INSTANCE}};
	static const struct scale_kv theirs[] = {{"managedby", "somebody"}};
	struct dataset dataset = {.user = {ours, 1}};

	(void)state;
	assert_true(owner_may_take(&dataset, INSTANCE));
	dataset.user.kv = theirs;
	assert_false(owner_may_take(&dataset, INSTANCE));
	dataset.user.n = 0;
	assert_false(owner_may_take(&dataset, INSTANCE));
}

static void a_renamed_snapshot_loses_its_id(void **state)
{
	static const struct scale_kv kv[] = {{RECORD_SNAPSHOT_HANDLE, ID "@s"},
					     {RECORD_INSTANCE, INSTANCE}};
	struct snapshot snapshot = {.path = "tank/k8s/a@s", .user = {kv, 2}};

	(void)state;
	assert_string_equal(owner_snapshot_id(&snapshot, INSTANCE), ID "@s");
	assert_null(owner_snapshot_id(&snapshot, "other"));
	snapshot.path = "tank/k8s/a@s-gone-1";
	assert_null(owner_snapshot_id(&snapshot, INSTANCE));
}

static void a_snapshot_of_another_installation_is_not_ours(void **state)
{
	static const struct scale_kv kv[] = {{RECORD_SNAPSHOT_HANDLE, ID "@s"},
					     {RECORD_SNAPSHOT_FOR, ID},
					     {RECORD_INSTANCE, INSTANCE}};
	struct snapshot snapshot = {.path = "tank/k8s/a@s", .user = {kv, 3}};
	const char *whose = NULL;

	(void)state;
	assert_true(owner_has_snapshot(&snapshot, INSTANCE, ID "@s"));
	assert_false(owner_has_snapshot(&snapshot, INSTANCE, ID "@t"));
	assert_false(owner_has_snapshot(&snapshot, "other", ID "@s"));
	assert_true(owner_is_helper(&snapshot, INSTANCE, &whose));
	assert_string_equal(whose, ID);
	assert_false(owner_is_helper(&snapshot, "other", &whose));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			only_a_mark_that_names_the_dataset_proves, scene_setup,
			scene_teardown),
		cmocka_unit_test(managedby_is_read_under_both_names),
		cmocka_unit_test(a_renamed_snapshot_loses_its_id),
		cmocka_unit_test(
			a_snapshot_of_another_installation_is_not_ours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
