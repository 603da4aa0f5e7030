/* SPDX-License-Identifier: BSD-2-Clause */
#include "scene.h"

#include <stdio.h>
#include <string.h>

/* Ours: v00 .. v(n-1), foreign ones between them. */
static void make_many(unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		char name[16], foreign[32];
		struct volume_create create;

		(void)snprintf(name, sizeof(name), "v%02u", i);
		(void)snprintf(foreign, sizeof(foreign), "tank/k8s/v%02u-x", i);
		create = scene_create(name, i % 2 == 0 ? "nfs" : "iscsi");
		assert_int_equal(scene_make(&create), SCALE_OK);
		fake_add_dataset(foreign, SCALE_FILESYSTEM, 0);
	}
}

static size_t list(uint32_t max, const char *token, const char **ret_next,
		   const char **ret_first)
{
	struct volume_info *infos = NULL;
	size_t n = 0;

	assert_int_equal(volume_list(&scene.call, scene.volumes, max, token,
				     &infos, &n, ret_next),
			 SCALE_OK);
	*ret_first = n > 0 ? infos[0].id : "";
	for (size_t i = 1; i < n; i++)
		assert_true(strcmp(strchr(infos[i - 1].id, ':'),
				   strchr(infos[i].id, ':')) < 0);
	return n;
}

static void one_page_holds_all_of_ours_and_nothing_else(void **state)
{
	const char *next, *first;

	(void)state;
	make_many(20);
	scene_call();
	assert_int_equal(list(0, "", &next, &first), 20);
	assert_string_equal(next, "");
	assert_string_equal(first, "scale-nfs:tank/k8s/v00");
}

static void pages_of_every_size_add_up(void **state)
{
	(void)state;
	make_many(20);
	for (uint32_t max = 1; max <= 21; max++) {
		const char *token = "", *first;
		size_t all = 0;

		scene_call();
		do {
			size_t n = list(max, token, &token, &first);

			assert_true(n <= max);
			/* a page that is not the last one is full */
			assert_true(n == max || token[0] == '\0');
			all += n;
		} while (token[0] != '\0');
		assert_int_equal(all, 20);
	}
}

static void volumes_that_go_between_pages_lose_nobody(void **state)
{
	const char *token, *first;

	(void)state;
	make_many(6);
	scene_call();
	assert_int_equal(list(2, "", &token, &first), 2);
	fake_dataset("tank/k8s/v01")->exists = false; /* the cursor's own */
	fake_dataset("tank/k8s/v02")->exists = false;
	assert_int_equal(list(0, token, &token, &first), 3);
	assert_string_equal(first, "scale-iscsi:tank/k8s/v03");
}

static void a_stranger_s_token_is_aborted(void **state)
{
	struct volume_info *infos;
	const char *next;
	size_t n;

	(void)state;
	assert_int_equal(volume_list(scene_call(), scene.volumes, 0,
				     "invalid-token", &infos, &n, &next),
			 SCALE_ABORTED);
}

static void an_entry_tells_source_size_and_nodes(void **state)
{
	struct volume_create create = scene_create("a", "nfs");
	struct volume_info *infos;
	const char *next;
	size_t n;

	(void)state;
	assert_int_equal(scene_make(&create), SCALE_OK);
	create = scene_create("b", "nfs");
	create.source_kind = VOLUME_FROM_VOLUME;
	create.source_id = "scale-nfs:tank/k8s/a";
	assert_int_equal(scene_make(&create), SCALE_OK);
	assert_int_equal(
		scene_publish("scale-nfs:tank/k8s/b", "scale1:w", 5, false),
		SCALE_OK);
	assert_int_equal(volume_list(scene_call(), scene.volumes, 0, "", &infos,
				     &n, &next),
			 SCALE_OK);
	assert_int_equal(n, 2);
	assert_int_equal(infos[0].source_kind, VOLUME_BLANK);
	assert_int_equal(infos[1].source_kind, VOLUME_FROM_VOLUME);
	assert_string_equal(infos[1].source_id, "scale-nfs:tank/k8s/a");
	assert_int_equal(infos[1].bytes, GIB);
	assert_string_equal(infos[1].nodes[0], "w");
	assert_null(infos[1].nodes[1]);
}

static void others_alone_make_an_empty_list(void **state)
{
	struct volume_info *infos;
	const char *next;
	size_t n = 1;

	(void)state;
	(void)fake_add_dataset("tank/k8s/theirs", SCALE_FILESYSTEM, GIB);
	assert_int_equal(volume_list(scene_call(), scene.volumes, 0, "", &infos,
				     &n, &next),
			 SCALE_OK);
	assert_int_equal(n, 0);
	assert_string_equal(next, "");
}

static void a_missing_parent_is_said(void **state)
{
	struct volume_info *infos;
	const char *next;
	size_t n;

	(void)state;
	fake_dataset("tank/k8s")->exists = false;
	assert_int_equal(volume_list(scene_call(), scene.volumes, 0, "", &infos,
				     &n, &next),
			 SCALE_FAILED_PRECONDITION);
	assert_reason("'tank/k8s'");
}

static const struct {
	const char *id;
	struct volume_access access;
	bool is_fine;
} uses[] = {
	{"scale-nfs:tank/k8s/n", {.mode = 5, .fs_type = ""}, true},
	{"scale-nfs:tank/k8s/n",
	 {.mode = 1, .fs_type = "", .is_raw = true},
	 false},
	{"scale-iscsi:tank/k8s/b", {.mode = 1, .fs_type = "ext4"}, true},
	{"scale-iscsi:tank/k8s/b", {.mode = 1, .fs_type = "xfs"}, false},
	{"scale-iscsi:tank/k8s/b", {.mode = 5, .fs_type = ""}, false},
	{"scale-iscsi:tank/k8s/b",
	 {.mode = 1, .fs_type = "", .is_raw = true},
	 false},
};

static void validation_says_why_not(void **state)
{
	struct volume_create create = scene_create("n", "nfs");
	struct scale_map nothing = {0};
	const char *why;

	(void)state;
	assert_int_equal(scene_make(&create), SCALE_OK);
	create = scene_create("b", "iscsi");
	assert_int_equal(scene_make(&create), SCALE_OK);
	for (size_t i = 0; i < sizeof(uses) / sizeof(*uses); i++) {
		assert_int_equal(volume_check_access(scene_call(),
						     scene.volumes, uses[i].id,
						     &uses[i].access, 1,
						     &nothing, &why),
				 SCALE_OK);
		if ((why == NULL) != uses[i].is_fine)
			fail_msg("row %zu: %s", i, why != NULL ? why : "fine");
	}
	assert_int_equal(volume_check_access(scene_call(), scene.volumes,
					     "fake-vol-id", &uses[0].access, 1,
					     &nothing, &why),
			 SCALE_NOT_FOUND);
}

#define CASE(test)                                                             \
	cmocka_unit_test_setup_teardown(test, scene_setup, scene_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(one_page_holds_all_of_ours_and_nothing_else),
		CASE(pages_of_every_size_add_up),
		CASE(volumes_that_go_between_pages_lose_nobody),
		CASE(a_stranger_s_token_is_aborted),
		CASE(an_entry_tells_source_size_and_nodes),
		CASE(others_alone_make_an_empty_list),
		CASE(a_missing_parent_is_said),
		CASE(validation_says_why_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
