/* SPDX-License-Identifier: BSD-2-Clause */
/* Ids are taken apart or refused, and names follow from them alone. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "backend/id.h"

static int set_up(void **state)
{
	*state = arena_new(1u << 20);
	return *state == NULL;
}

static int tear_down(void **state)
{
	arena_free(*state);
	return 0;
}

static void a_volume_id_is_prefix_and_dataset(void **state)
{
	struct id id;

	assert_int_equal(id_parse(*state, "scale-nfs:tank/k8s/pvc-1", &id), 0);
	assert_string_equal(id.volume, "scale-nfs:tank/k8s/pvc-1");
	assert_string_equal(id.prefix, "scale-nfs");
	assert_string_equal(id.dataset, "tank/k8s/pvc-1");
	assert_null(id.snapshot);
}

static void a_snapshot_id_has_its_volume_in_front(void **state)
{
	struct id id;

	assert_int_equal(id_parse(*state, "scale-nfs:tank/pvc:1@snap-1", &id),
			 0);
	assert_string_equal(id.volume, "scale-nfs:tank/pvc:1");
	assert_string_equal(id.dataset, "tank/pvc:1");
	assert_string_equal(id.snapshot, "snap-1");
}

static void what_is_no_id_is_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"fake-vol-id",
		"tank/k8s/pvc-1",
		":tank/k8s/pvc-1",
		"Scale:tank/pvc-1",
		"9p:tank/pvc-1",
		"a-prefix-too-long:tank/pvc-1",
		"scale-nfs:",
		"scale-nfs:tank",
		"scale-nfs:/tank/pvc-1",
		"scale-nfs:tank/pvc-1/",
		"scale-nfs:tank//pvc-1",
		"scale-nfs:tank/../pvc-1",
		"scale-nfs:tank/./pvc-1",
		"scale-nfs:../pvc-1",
		"scale-nfs:tank/pvc 1",
		"scale-nfs:tank/pvc\n1",
		"scale-nfs:tank/pvc#1",
		"scale-nfs:tank/pvc-1@",
		"scale-nfs:tank/pvc-1@a@b",
		"scale-nfs:tank/pvc-1@a/b",
		"scale-nfs:tank/pvc-1@..",
		"scale@nfs:tank/pvc-1",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct id id;

		assert_int_equal(id_parse(*state, bad[i], &id), -EINVAL);
	}
}

static void an_id_longer_than_csi_allows_is_refused(void **state)
{
	char text[ID_MAX + 2];
	struct id id;

	memset(text, 'a', ID_MAX + 1);
	memcpy(text, "scale-nfs:tank/", strlen("scale-nfs:tank/"));
	text[ID_MAX + 1] = '\0';
	assert_int_equal(id_parse(*state, text, &id), -EINVAL);
	text[ID_MAX] = '\0';
	assert_int_equal(id_parse(*state, text, &id), 0);
}

static void below_means_strictly_below_and_by_whole_parts(void **state)
{
	(void)state;
	assert_true(id_is_below("tank/k8s/pvc-1", "tank/k8s"));
	assert_true(id_is_below("tank/k8s/sub/pvc-1", "tank/k8s"));
	assert_false(id_is_below("tank/k8s", "tank/k8s"));
	assert_false(id_is_below("tank/k8s/", "tank/k8s"));
	assert_false(id_is_below("tank/k8s-other/pvc-1", "tank/k8s"));
	assert_false(id_is_below("tank", "tank/k8s"));
}

static void a_name_zfs_can_take_is_its_own_leaf(void **state)
{
	assert_string_equal(id_make_leaf(*state, "pvc-1.a_b:c", 40),
			    "pvc-1.a_b:c");
}

static void other_names_become_distinct_leaves(void **state)
{
	static const char *const names[] = {
		"a/b",
		"a@b",
		"a b",
		"..",
		".",
		"",
		"\xc3\xa4",
		"-a",
		"a-name-that-is-longer-than-the-forty-bytes-it-may-have",
		"a-name-that-is-longer-than-the-forty-bytes-it-may-hav2",
	};
	const char *made[sizeof(names) / sizeof(*names)];

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		const char *text;
		struct id id;

		made[i] = id_make_leaf(*state, names[i], 40);
		assert_non_null(made[i]);
		assert_true(strlen(made[i]) <= 40);
		text = arena_printf(*state, "scale-nfs:tank/%s", made[i]);
		assert_int_equal(id_parse(*state, text, &id), 0);
		/* the same again, so that a retry finds it */
		assert_string_equal(id_make_leaf(*state, names[i], 40),
				    made[i]);
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(made[i], made[j]);
	}
}

static void snapshot_names_fit_their_room(void **state)
{
	char *cut = id_make_snapshot(
		*state, "snapshot-0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0");

	assert_string_equal(id_make_snapshot(*state, "snap-1"), "snap-1");
	assert_true(strlen(cut) <= ID_SNAPSHOT_ROOM);
}

static bool is_object(const char *name)
{
	size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789.-");

	return len > 0 && len <= ID_OBJECT_MAX && name[len] == '\0';
}

static void object_names_are_of_one_volume_only(void **state)
{
	static const char *const ids[] = {
		"scale-iscsi:tank/k8s/pvc-1",  "scale-iscsi:tank/k9s/pvc-1",
		"scale-nvmeof:tank/k8s/pvc-1", "scale-iscsi:tank/k8s/PVC-1",
		"scale-iscsi:tank/k8s/pvc_1",  "scale-iscsi:tank/k8s/pvc-10",
	};
	const char *made[sizeof(ids) / sizeof(*ids)];

	for (size_t i = 0; i < sizeof(ids) / sizeof(*ids); i++) {
		made[i] = id_make_object(*state, ids[i]);
		assert_true(is_object(made[i]));
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(made[i], made[j]);
	}
	assert_int_equal(strncmp(made[0], "pvc-1-", 6), 0);
}

static void every_name_is_null_when_memory_is_out(void **state)
{
	arena_set_failure(*state, 1);
	assert_null(id_make_leaf(*state, "a", 40));
	assert_null(id_make_object(*state, "scale-nfs:tank/a"));
	struct id id;
	assert_int_equal(id_parse(*state, "scale-nfs:tank/a", &id), -ENOMEM);
	arena_set_failure(*state, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_volume_id_is_prefix_and_dataset),
		TEST(a_snapshot_id_has_its_volume_in_front),
		TEST(what_is_no_id_is_refused),
		TEST(an_id_longer_than_csi_allows_is_refused),
		TEST(below_means_strictly_below_and_by_whole_parts),
		TEST(a_name_zfs_can_take_is_its_own_leaf),
		TEST(other_names_become_distinct_leaves),
		TEST(snapshot_names_fit_their_room),
		TEST(object_names_are_of_one_volume_only),
		TEST(every_name_is_null_when_memory_is_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
