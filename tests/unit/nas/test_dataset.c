/* SPDX-License-Identifier: BSD-2-Clause */
/* Datasets, zvols, snapshots and clones on the simulated NAS. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/map.h"
#include "nas/dataset.h"
#include "nas/snapshot.h"
#include "simulator.h"

#define GIB ((uint64_t)1 << 30)

static const struct scale_kv marks[] = {
	{"truenas-csi:csi_volume_id", "scale-nfs:tank/k8s/v \"q\""},
	{"truenas-csi:managed_resource", "true"},
};
static const struct scale_map user = {marks, 2};

struct fixture {
	struct simulator simulator;
	struct nas *nas;
	struct asking asking;
	struct call *call;
};

static int start(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	simulator_start(&fixture->simulator);
	fixture->nas = fixture->simulator.peer.nas;
	*state = fixture;
	return 0;
}

static int stop(void **state)
{
	struct fixture *fixture = *state;

	simulator_stop(&fixture->simulator);
	free(fixture);
	return 0;
}

static int set_up(void **state)
{
	struct fixture *fixture = *state;

	asking_init(&fixture->asking, 20000);
	fixture->call = &fixture->asking.call;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	asking_done(&fixture->asking);
	return 0;
}

static scale_status create(struct fixture *fixture,
			   const struct dataset_spec *spec, struct dataset *ret,
			   bool *ret_marked)
{
	struct rpc rpc, *all[] = {&rpc};

	dataset_create_submit(fixture->call, fixture->nas, spec, &rpc);
	assert_int_equal(rpc_wait(fixture->call, fixture->nas, all, 1),
			 SCALE_OK);
	return dataset_create_finish(fixture->call, &rpc, spec, ret,
				     ret_marked);
}

static void make(struct fixture *fixture, const char *path)
{
	struct dataset_spec spec = {.path = path, .kind = SCALE_FILESYSTEM};
	bool is_marked;

	assert_int_equal(create(fixture, &spec, NULL, &is_marked), SCALE_OK);
}

static void absent_dataset_is_not_found(void **state)
{
	struct fixture *fixture = *state;
	struct dataset dataset;

	assert_int_equal(dataset_read(fixture->call, fixture->nas,
				      "tank/k8s/absent", &dataset),
			 SCALE_NOT_FOUND);
	assert_string_equal(fixture->call->reason,
			    "dataset 'tank/k8s/absent' does not exist on the "
			    "NAS");
	assert_int_equal(ledger_state(&fixture->call->ledger), LEDGER_CLEAN);
}

static void filesystem_is_born_marked_and_read_back(void **state)
{
	static const struct scale_kv native[] = {{"sync", "\"ALWAYS\""}};
	struct fixture *fixture = *state;
	struct dataset_spec spec = {
		.path = "tank/k8s/fs",
		.kind = SCALE_FILESYSTEM,
		.bytes = 2 * GIB,
		.compression = "LZ4",
		.comments = "ns/pvc (cluster)",
		.managedby = "csi",
		.native = {native, 1},
		.user = user,
	};
	struct dataset made, read;
	bool is_marked = false;

	assert_int_equal(create(fixture, &spec, &made, &is_marked), SCALE_OK);
	assert_true(is_marked);
	assert_int_equal(made.refquota_bytes, 2 * GIB);
	assert_int_equal(
		dataset_read(fixture->call, fixture->nas, spec.path, &read),
		SCALE_OK);
	assert_string_equal(read.path, spec.path);
	assert_int_equal(read.kind, SCALE_FILESYSTEM);
	assert_int_equal(read.refquota_bytes, 2 * GIB);
	assert_int_equal(read.volsize_bytes, 0);
	assert_string_equal(read.mountpoint, "/mnt/tank/k8s/fs");
	assert_string_equal(read.origin, "");
	assert_true(read.guid != 0 && read.createtxg != 0);
	assert_false(read.is_locked || read.is_inconsistent);
	assert_string_equal(map_get(&read.user, marks[0].key), marks[0].value);
	assert_string_equal(map_get(&made.user, marks[1].key), marks[1].value);
	assert_int_equal(ledger_state(&fixture->call->ledger), LEDGER_DIRTY);
}

static void zvol_is_made_sparse_beyond_what_is_free(void **state)
{
	struct fixture *fixture = *state;
	struct dataset_spec spec = {
		.path = "tank/k8s/vol",
		.kind = SCALE_BLOCK,
		.bytes = (uint64_t)200 << 40,
		.volblocksize_bytes = 16384,
		.user = user,
	};
	struct dataset made, read;
	bool is_marked;

	assert_int_equal(create(fixture, &spec, &made, &is_marked), SCALE_OK);
	assert_true(is_marked);
	assert_int_equal(
		dataset_read(fixture->call, fixture->nas, spec.path, &read),
		SCALE_OK);
	assert_int_equal(read.kind, SCALE_BLOCK);
	assert_int_equal(read.volsize_bytes, spec.bytes);
	assert_int_equal(read.volblocksize_bytes, 16384);
	assert_string_equal(read.mountpoint, "");
	spec.path = "tank/k8s/thick";
	spec.is_thick = true;
	assert_int_equal(create(fixture, &spec, &made, &is_marked),
			 SCALE_RESOURCE_EXHAUSTED);
}

static void second_create_already_exists(void **state)
{
	struct fixture *fixture = *state;
	struct dataset_spec fs = {.path = "tank/k8s/twice",
				  .kind = SCALE_FILESYSTEM};
	struct dataset_spec vol = {.path = "tank/k8s/twice-vol",
				   .kind = SCALE_BLOCK,
				   .bytes = GIB};
	bool is_marked;

	assert_int_equal(create(fixture, &fs, NULL, &is_marked), SCALE_OK);
	assert_int_equal(create(fixture, &fs, NULL, &is_marked),
			 SCALE_ALREADY_EXISTS);
	assert_int_equal(create(fixture, &vol, NULL, &is_marked), SCALE_OK);
	assert_int_equal(create(fixture, &vol, NULL, &is_marked),
			 SCALE_ALREADY_EXISTS);
}

static void missing_parent_is_a_precondition(void **state)
{
	struct fixture *fixture = *state;
	struct dataset_spec spec = {.path = "tank/absent/v",
				    .kind = SCALE_FILESYSTEM};
	bool is_marked;

	assert_int_equal(create(fixture, &spec, NULL, &is_marked),
			 SCALE_FAILED_PRECONDITION);
	assert_non_null(strstr(fixture->call->reason, "'tank/absent/v'"));
	assert_int_equal(ledger_state(&fixture->call->ledger), LEDGER_CLEAN);
}

static void change_sets_removes_and_grows(void **state)
{
	static const struct scale_kv set[] = {{"truenas-csi:a", "1"}};
	static const char *const unset[] = {"truenas-csi:managed_resource",
					    NULL};
	struct fixture *fixture = *state;
	struct dataset_spec spec = {.path = "tank/k8s/change",
				    .kind = SCALE_BLOCK,
				    .bytes = GIB,
				    .user = user};
	struct dataset_change change = {
		.volsize_bytes = 2 * GIB, .set = {set, 1}, .unset = unset};
	struct dataset read;
	bool is_marked;

	assert_int_equal(create(fixture, &spec, NULL, &is_marked), SCALE_OK);
	assert_int_equal(
		dataset_change(fixture->call, fixture->nas, spec.path, &change),
		SCALE_OK);
	assert_int_equal(
		dataset_read(fixture->call, fixture->nas, spec.path, &read),
		SCALE_OK);
	assert_int_equal(read.volsize_bytes, 2 * GIB);
	assert_string_equal(map_get(&read.user, "truenas-csi:a"), "1");
	assert_null(map_get(&read.user, unset[0]));
	change = (struct dataset_change){.volsize_bytes = GIB};
	assert_int_equal(
		dataset_change(fixture->call, fixture->nas, spec.path, &change),
		SCALE_INVALID_ARGUMENT);
	assert_int_equal(dataset_change(fixture->call, fixture->nas,
					"tank/k8s/absent", &change),
			 SCALE_NOT_FOUND);
}

static void delete_is_idempotent(void **state)
{
	struct fixture *fixture = *state;

	make(fixture, "tank/k8s/gone");
	assert_int_equal(
		dataset_delete(fixture->call, fixture->nas, "tank/k8s/gone"),
		SCALE_OK);
	assert_int_equal(
		dataset_delete(fixture->call, fixture->nas, "tank/k8s/gone"),
		SCALE_OK);
	assert_int_not_equal(ledger_state(&fixture->call->ledger),
			     LEDGER_UNANSWERED);
}

static void delete_never_takes_children_or_snapshots(void **state)
{
	struct fixture *fixture = *state;
	struct snapshot snapshot;
	struct dataset read;

	make(fixture, "tank/k8s/parent");
	make(fixture, "tank/k8s/parent/child");
	assert_int_equal(
		dataset_delete(fixture->call, fixture->nas, "tank/k8s/parent"),
		SCALE_FAILED_PRECONDITION);
	assert_int_equal(snapshot_create(fixture->call, fixture->nas,
					 "tank/k8s/parent/child", "s", NULL,
					 &snapshot),
			 SCALE_OK);
	assert_int_equal(dataset_delete(fixture->call, fixture->nas,
					"tank/k8s/parent/child"),
			 SCALE_FAILED_PRECONDITION);
	assert_int_equal(dataset_read(fixture->call, fixture->nas,
				      "tank/k8s/parent/child", &read),
			 SCALE_OK);
	assert_int_not_equal(ledger_state(&fixture->call->ledger),
			     LEDGER_UNANSWERED);
}

static void delete_cut_off_after_the_act_is_read_back(void **state)
{
	struct fixture *fixture = *state;

	make(fixture, "tank/k8s/cut");
	simulator_command(&fixture->simulator,
			  "{\"cmd\":\"fault\",\"action\":\"drop_after\","
			  "\"methods\":[\"pool.dataset.delete\"]}");
	assert_int_equal(
		dataset_delete(fixture->call, fixture->nas, "tank/k8s/cut"),
		SCALE_OK);
	assert_int_not_equal(ledger_state(&fixture->call->ledger),
			     LEDGER_UNANSWERED);
}

static void delete_cut_off_before_the_act_stays_open(void **state)
{
	struct fixture *fixture = *state;

	make(fixture, "tank/k8s/uncut");
	simulator_command(&fixture->simulator,
			  "{\"cmd\":\"fault\",\"action\":\"drop_before\","
			  "\"methods\":[\"pool.dataset.delete\"]}");
	assert_int_equal(
		dataset_delete(fixture->call, fixture->nas, "tank/k8s/uncut"),
		SCALE_UNAVAILABLE);
	assert_int_equal(ledger_state(&fixture->call->ledger),
			 LEDGER_UNANSWERED);
}

static int count_dataset(const struct dataset *dataset, void *arg)
{
	int *n = arg;

	assert_non_null(strstr(dataset->path, "tank/k8s/many/"));
	++*n;
	return *n == 1000 ? 1 : 0;
}

static void many_are_listed_and_read_around_what_is_missing(void **state)
{
	struct fixture *fixture = *state;
	const char **paths, *wanted[24];
	char path[32];
	size_t n;
	int seen = 0;

	make(fixture, "tank/k8s/many");
	for (int i = 19; i >= 0; i--) {
		(void)snprintf(path, sizeof(path), "tank/k8s/many/v%02d", i);
		make(fixture, path);
	}
	assert_int_equal(dataset_list_names(fixture->call, fixture->nas,
					    "tank/k8s/many", &paths, &n),
			 SCALE_OK);
	assert_int_equal(n, 20);
	assert_string_equal(paths[0], "tank/k8s/many/v00");
	assert_string_equal(paths[19], "tank/k8s/many/v19");
	memcpy(wanted, paths, 10 * sizeof(paths[0]));
	wanted[10] = "tank/k8s/many/absent";
	memcpy(wanted + 11, paths + 10, 10 * sizeof(paths[0]));
	wanted[21] = "tank/k8s/many/absent2";
	assert_int_equal(dataset_read_many(fixture->call, fixture->nas, wanted,
					   22, count_dataset, &seen),
			 SCALE_OK);
	assert_int_equal(seen, 20);
	seen = 999; /* the first one stops it */
	assert_int_equal(dataset_read_many(fixture->call, fixture->nas, paths,
					   20, count_dataset, &seen),
			 SCALE_OK);
	assert_int_equal(seen, 1000);
	assert_int_equal(dataset_list_names(fixture->call, fixture->nas,
					    "tank/k8s/none", &paths, &n),
			 SCALE_NOT_FOUND);
}

static void snapshot_is_born_marked_and_read_back(void **state)
{
	struct fixture *fixture = *state;
	struct dataset_spec spec = {.path = "tank/k8s/snapped",
				    .kind = SCALE_BLOCK,
				    .bytes = GIB,
				    .user = user};
	static const struct scale_kv mark[] = {{"truenas-csi:snap", "h"}};
	struct scale_map own = {mark, 1};
	struct snapshot made, read;
	bool is_marked;

	assert_int_equal(create(fixture, &spec, NULL, &is_marked), SCALE_OK);
	assert_int_equal(snapshot_create(fixture->call, fixture->nas, spec.path,
					 "s1", &own, &made),
			 SCALE_OK);
	assert_string_equal(made.path, "tank/k8s/snapped@s1");
	assert_string_equal(map_get(&made.user, mark[0].key), "h");
	assert_int_equal(
		snapshot_read(fixture->call, fixture->nas, made.path, &read),
		SCALE_OK);
	assert_string_equal(read.dataset, spec.path);
	assert_string_equal(read.name, "s1");
	assert_int_equal(read.volsize_bytes, GIB);
	assert_true(read.created_s > 1600000000 && read.createtxg > 0);
	assert_false(read.is_deferred || read.has_clones || read.is_held);
	assert_string_equal(map_get(&read.user, mark[0].key), "h");
	assert_string_equal(map_get(&read.user, marks[1].key), "true");
	assert_int_equal(snapshot_create(fixture->call, fixture->nas, spec.path,
					 "s1", &own, &made),
			 SCALE_ALREADY_EXISTS);
	assert_int_equal(snapshot_create(fixture->call, fixture->nas,
					 "tank/k8s/absent", "s", &own, &made),
			 SCALE_NOT_FOUND);
	assert_int_equal(snapshot_read(fixture->call, fixture->nas,
				       "tank/k8s/snapped@absent", &read),
			 SCALE_NOT_FOUND);
}

static scale_status read_all(struct fixture *fixture, const char *dataset,
			     struct snapshot **ret_snapshots, size_t *ret_n)
{
	struct rpc rpc, *all[] = {&rpc};

	snapshot_read_dataset_submit(fixture->call, fixture->nas, dataset,
				     &rpc);
	assert_int_equal(rpc_wait(fixture->call, fixture->nas, all, 1),
			 SCALE_OK);
	return snapshot_read_dataset_finish(fixture->call, fixture->nas, &rpc,
					    ret_snapshots, ret_n);
}

static void snapshots_of_a_dataset_are_read(void **state)
{
	struct fixture *fixture = *state;
	struct snapshot *snapshots, made;
	const char **paths;
	struct rpc rpc, *all[] = {&rpc};
	char name[16];
	size_t n;

	make(fixture, "tank/k8s/six");
	for (int i = 0; i < 6; i++) {
		(void)snprintf(name, sizeof(name), "s%d", i);
		assert_int_equal(snapshot_create(fixture->call, fixture->nas,
						 "tank/k8s/six", name, NULL,
						 &made),
				 SCALE_OK);
	}
	assert_int_equal(read_all(fixture, "tank/k8s/six", &snapshots, &n),
			 SCALE_OK);
	assert_int_equal(n, 6);
	assert_string_equal(snapshots[5].path, "tank/k8s/six@s5");
	assert_int_equal(read_all(fixture, "tank/k8s/none", &snapshots, &n),
			 SCALE_OK);
	assert_int_equal(n, 0);
	snapshot_list_names_submit(fixture->call, fixture->nas, "tank/k8s/six",
				   true, &rpc);
	assert_int_equal(rpc_wait(fixture->call, fixture->nas, all, 1),
			 SCALE_OK);
	assert_int_equal(
		snapshot_list_names_finish(fixture->call, &rpc, &paths, &n),
		SCALE_OK);
	assert_true(n >= 6);
}

static void clone_is_marked_and_holds_its_snapshot(void **state)
{
	struct fixture *fixture = *state;
	struct dataset_spec spec = {.path = "tank/k8s/copy",
				    .kind = SCALE_FILESYSTEM,
				    .bytes = 3 * GIB,
				    .user = user};
	const char *snap = "tank/k8s/source@s";
	struct snapshot snapshot;
	struct dataset read;
	const char *clone;

	make(fixture, "tank/k8s/source");
	assert_int_equal(dataset_find_clone(fixture->call, fixture->nas,
					    "tank/k8s/source", &clone),
			 SCALE_OK);
	assert_null(clone);
	assert_int_equal(snapshot_create(fixture->call, fixture->nas,
					 "tank/k8s/source", "s", NULL,
					 &snapshot),
			 SCALE_OK);
	assert_int_equal(
		snapshot_clone(fixture->call, fixture->nas, snap, &spec),
		SCALE_OK);
	assert_int_equal(
		dataset_read(fixture->call, fixture->nas, spec.path, &read),
		SCALE_OK);
	assert_string_equal(read.origin, snap);
	assert_int_equal(read.refquota_bytes, 3 * GIB);
	assert_string_equal(map_get(&read.user, marks[0].key), marks[0].value);
	assert_int_equal(dataset_find_clone(fixture->call, fixture->nas,
					    "tank/k8s/source", &clone),
			 SCALE_OK);
	assert_string_equal(clone, spec.path);
	assert_int_equal(
		snapshot_delete(fixture->call, fixture->nas, snap, false),
		SCALE_FAILED_PRECONDITION);
	assert_int_equal(
		snapshot_delete(fixture->call, fixture->nas, snap, true),
		SCALE_OK);
	assert_int_equal(
		snapshot_read(fixture->call, fixture->nas, snap, &snapshot),
		SCALE_OK);
	assert_true(snapshot.is_deferred && snapshot.has_clones);
	assert_int_equal(
		snapshot_clone(fixture->call, fixture->nas, snap, &spec),
		SCALE_ALREADY_EXISTS);
	spec.path = "tank/k8s/copy2";
	assert_int_equal(snapshot_clone(fixture->call, fixture->nas,
					"tank/k8s/source@absent", &spec),
			 SCALE_NOT_FOUND);
}

static void snapshot_is_renamed_and_removed(void **state)
{
	struct fixture *fixture = *state;
	struct snapshot snapshot;

	make(fixture, "tank/k8s/ren");
	assert_int_equal(snapshot_create(fixture->call, fixture->nas,
					 "tank/k8s/ren", "a", NULL, &snapshot),
			 SCALE_OK);
	assert_int_equal(snapshot_rename(fixture->call, fixture->nas,
					 "tank/k8s/ren@a", "b"),
			 SCALE_OK);
	assert_int_equal(snapshot_read(fixture->call, fixture->nas,
				       "tank/k8s/ren@a", &snapshot),
			 SCALE_NOT_FOUND);
	assert_int_equal(snapshot_delete(fixture->call, fixture->nas,
					 "tank/k8s/ren@b", false),
			 SCALE_OK);
	assert_int_equal(snapshot_delete(fixture->call, fixture->nas,
					 "tank/k8s/ren@b", false),
			 SCALE_OK);
}

int main(void)
{
#define ROW(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		ROW(absent_dataset_is_not_found),
		ROW(filesystem_is_born_marked_and_read_back),
		ROW(zvol_is_made_sparse_beyond_what_is_free),
		ROW(second_create_already_exists),
		ROW(missing_parent_is_a_precondition),
		ROW(change_sets_removes_and_grows),
		ROW(delete_is_idempotent),
		ROW(delete_never_takes_children_or_snapshots),
		ROW(delete_cut_off_after_the_act_is_read_back),
		ROW(delete_cut_off_before_the_act_stays_open),
		ROW(many_are_listed_and_read_around_what_is_missing),
		ROW(snapshot_is_born_marked_and_read_back),
		ROW(snapshots_of_a_dataset_are_read),
		ROW(clone_is_marked_and_holds_its_snapshot),
		ROW(snapshot_is_renamed_and_removed),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
