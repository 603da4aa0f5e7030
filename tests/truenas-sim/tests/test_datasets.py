# SPDX-License-Identifier: BSD-2-Clause
"""pool.dataset.* and zfs.resource.query."""
from __future__ import annotations

import pytest

from shortcuts import (GIB, clone, filesystem, names, refused, snapshot,
                       user, volume)
from truenas_sim.client import Client
from truenas_sim.process import Simulator

PARENT = "tank/k8s"


def test_new_filesystem(api: Client) -> None:
    row = filesystem(api, "a", refquota=GIB, comments="ns/pvc",
                     managedby="csi")
    assert (row["id"], row["type"], row["mountpoint"]) == (
        f"{PARENT}/a", "FILESYSTEM", f"/mnt/{PARENT}/a")
    assert row["refquota"]["rawvalue"] == str(GIB)
    assert row["refquota"]["value"] == "1G"
    assert row["user_properties"]["comments"]["value"] == "ns/pvc"
    assert row["user_properties"]["managedby"]["value"] == "csi"
    assert row["origin"]["rawvalue"] == ""
    facts = api.call("filesystem.stat", f"/mnt/{PARENT}/a")
    assert (facts["mode"] & 0o7777, facts["uid"], facts["gid"]) == (
        0o755, 0, 0)


def test_property_objects(api: Client) -> None:
    row = filesystem(api, "a")
    for name in ("quota", "refquota", "reservation", "refreservation"):
        assert row[name]["parsed"] is None
        assert row[name]["rawvalue"] == "0"
    assert row["readonly"]["parsed"] is False
    assert row["compression"] == {
        "parsed": "lz4", "rawvalue": "lz4", "value": "LZ4",
        "source": "INHERITED", "source_info": "tank"}
    assert row["creation"]["parsed"]["$date"] == (
        int(row["creation"]["rawvalue"]) * 1000)


def test_user_properties_are_inherited_and_called_local(api: Client) -> None:
    filesystem(api, "a", user_properties=[{"key": "x:y", "value": "1"}])
    row = filesystem(api, "a/b")
    assert row["user_properties"]["x:y"] == {
        "parsed": "1", "rawvalue": "1", "value": "1", "source": "LOCAL",
        "source_info": None}


def test_seeded_child_inherits_marks_that_name_another(api: Client) -> None:
    row = api.call("pool.dataset.get_instance", f"{PARENT}/team/inherits")
    assert row["user_properties"]["truenas-csi:csi_volume_id"][
        "value"] == "scale-nfs:tank/elsewhere"


def test_volume_defaults(api: Client) -> None:
    row = volume(api, "v")
    assert row["volblocksize"]["parsed"] == 16384
    assert row["volsize"]["parsed"] == GIB
    assert row["mountpoint"] is None
    assert row["refreservation"]["parsed"] is None
    assert "quota" not in row


def test_thick_volume_reserves_more_than_its_size(api: Client) -> None:
    row = api.call("pool.dataset.create", {
        "name": f"{PARENT}/v", "type": "VOLUME", "volsize": GIB})
    assert row["refreservation"]["parsed"] > GIB
    assert row["used"]["parsed"] == row["refreservation"]["parsed"]


@pytest.mark.parametrize("fields, attribute", [
    ({"name": "alone"}, "name"), ({"name": f"{PARENT}/a "}, "name"),
    ({"name": f"{PARENT}//a"}, "name"), ({"name": f"{PARENT}/a@b"}, "name"),
    ({"name": f"{PARENT}/no/a"}, "name"), ({"name": "nopool/a"}, "name"),
    ({"name": f"{PARENT}/{'x' * 250}"}, "name"),
    ({"name": f"{PARENT}/a", "acltype": "NFSV4"}, "aclmode"),
    ({"name": f"{PARENT}/a", "aclmode": "PASSTHROUGH"}, "aclmode"),
    ({"name": f"{PARENT}/a", "recordsize": "3K"}, "recordsize"),
    ({"name": f"{PARENT}/v", "type": "VOLUME", "volsize": 16384 + 512},
     "volsize"),
    ({"name": f"{PARENT}/v", "type": "VOLUME", "volsize": 90 << 40},
     "volsize"),
    ({"name": f"{PARENT}/v", "type": "VOLUME", "volsize": 90 << 40,
      "sparse": True}, "volsize"),
])
def test_refused_creations(api: Client, fields: dict,
                           attribute: str) -> None:
    error = refused(api, "pool.dataset.create", fields)
    assert error.code == -32602
    assert error.fields() == [(f"pool_dataset_create.{attribute}", 22)]


def test_force_size_lifts_the_80_percent_rule(api: Client) -> None:
    row = volume(api, "v", 90 << 40, force_size=True)
    assert row["volsize"]["parsed"] == 90 << 40


def test_thick_volume_beyond_the_pool_is_out_of_space(api: Client) -> None:
    error = refused(api, "pool.dataset.create", {
        "name": f"{PARENT}/v", "type": "VOLUME", "volsize": 200 << 40,
        "force_size": True})
    assert (error.code, error.errno) == (-32001, 14)
    assert "out of space" in error.reason


def test_existing_filesystem_and_volume_differ(api: Client) -> None:
    filesystem(api, "a")
    error = refused(api, "pool.dataset.create", {"name": f"{PARENT}/a"})
    assert error.extra == [["pool_dataset_create.name",
                            f"Path /mnt/{PARENT}/a already exists", 22]]
    volume(api, "v")
    error = refused(api, "pool.dataset.create", {
        "name": f"{PARENT}/v", "type": "VOLUME", "volsize": GIB})
    assert (error.code, error.errno) == (-32001, 14)
    assert error.reason.startswith("[EFAULT] Failed to create dataset: ")
    assert "already exists" in error.reason


def test_a_directory_is_in_the_way_of_a_dataset(api: Client) -> None:
    api.call("filesystem.mkdir", {"path": f"/mnt/{PARENT}/a"})
    error = refused(api, "pool.dataset.create", {
        "name": f"{PARENT}/a", "type": "VOLUME", "volsize": GIB})
    assert error.fields() == [("pool_dataset_create.name", 22)]


def test_no_child_below_volume_or_readonly_parent(api: Client) -> None:
    volume(api, "v")
    filesystem(api, "ro", readonly="ON")
    for parent in ("v", "ro"):
        error = refused(api, "pool.dataset.create",
                        {"name": f"{PARENT}/{parent}/x"})
        assert error.fields() == [("pool_dataset_create.name", 22)]


def test_create_ancestors(api: Client) -> None:
    filesystem(api, "x/y/z", create_ancestors=True)
    assert api.call("zfs.resource.query", {"paths": [f"{PARENT}/x/y"]})


def test_share_type_presets(api: Client) -> None:
    row = filesystem(api, "a", share_type="NFS")
    assert (row["acltype"]["value"], row["aclmode"]["value"],
            row["atime"]["value"]) == ("NFSV4", "PASSTHROUGH", "OFF")


def test_update_user_properties(api: Client) -> None:
    filesystem(api, "a", user_properties=[{"key": "x:y", "value": "1"},
                                          {"key": "x:z", "value": "2"}])
    row = api.call("pool.dataset.update", f"{PARENT}/a", {
        "user_properties_update": [{"key": "x:y", "value": "3"},
                                   {"key": "x:z", "remove": True}]})
    assert row["user_properties"]["x:y"]["value"] == "3"
    assert "x:z" not in row["user_properties"]
    row = api.call("pool.dataset.update", f"{PARENT}/a", {
        "user_properties": [{"key": "q:q", "value": "4"}]})
    assert list(row["user_properties"]) == ["q:q"]


def test_both_user_property_lists_are_refused(api: Client) -> None:
    filesystem(api, "a")
    error = refused(api, "pool.dataset.update", f"{PARENT}/a", {
        "user_properties": [], "user_properties_update": []})
    assert error.fields() == [
        ("pool_dataset_update.user_properties_update", 22)]


def test_update_of_nothing_names_the_id(api: Client) -> None:
    error = refused(api, "pool.dataset.update", f"{PARENT}/none", {})
    assert error.fields() == [("id", 2)]


def test_quota_zero_removes(api: Client) -> None:
    filesystem(api, "a", refquota=2 * GIB)
    row = api.call("pool.dataset.update", f"{PARENT}/a", {"refquota": 0})
    assert row["refquota"]["parsed"] is None
    api.call("pool.dataset.set_quota", f"{PARENT}/a", [
        {"quota_type": "DATASET", "id": "REFQUOTA", "quota_value": 1 << 20}])
    quota = api.call("pool.dataset.get_quota", f"{PARENT}/a", "DATASET")
    assert quota[0]["refquota"] == 1 << 20


def test_refquota_below_use_is_refused_by_zfs(api: Client) -> None:
    filesystem(api, "a")
    error = refused(api, "pool.dataset.set_quota", f"{PARENT}/a", [
        {"quota_type": "DATASET", "id": "REFQUOTA", "quota_value": 4096}])
    assert (error.code, error.errno) == (-32001, 14)
    assert "Failed to update dataset: " in error.reason


def test_volume_grows_and_never_shrinks(api: Client) -> None:
    volume(api, "v")
    row = api.call("pool.dataset.update", f"{PARENT}/v",
                   {"volsize": 2 * GIB})
    assert row["volsize"]["parsed"] == 2 * GIB
    for size in (GIB, 2 * GIB + 1):
        error = refused(api, "pool.dataset.update", f"{PARENT}/v",
                        {"volsize": size})
        assert error.fields() == [("pool_dataset_update.volsize", 22)]


def test_computed_reservation_grows_with_the_volume(api: Client) -> None:
    api.call("pool.dataset.create", {"name": f"{PARENT}/v", "type": "VOLUME",
                                     "volsize": GIB})
    row = api.call("pool.dataset.update", f"{PARENT}/v",
                   {"volsize": 2 * GIB})
    assert row["refreservation"]["parsed"] > 2 * GIB


def test_space_of_parents_and_quotas(api: Client) -> None:
    filesystem(api, "q", quota=10 * GIB)
    before = api.call("pool.dataset.get_instance", "tank")
    row = api.call("pool.dataset.create", {
        "name": f"{PARENT}/q/v", "type": "VOLUME", "volsize": 4 * GIB})
    after = api.call("pool.dataset.get_instance", "tank")
    grown = after["used"]["parsed"] - before["used"]["parsed"]
    assert grown == row["used"]["parsed"]
    assert (before["available"]["parsed"] - after["available"]["parsed"]
            == grown)
    quota = api.call("pool.dataset.get_instance", f"{PARENT}/q")
    assert quota["available"]["parsed"] == (
        10 * GIB - quota["used"]["parsed"])
    error = refused(api, "pool.dataset.create", {
        "name": f"{PARENT}/q/w", "type": "VOLUME", "volsize": 8 * GIB,
        "force_size": True})
    assert "out of space" in error.reason
    api.call("pool.dataset.delete", f"{PARENT}/q/v")
    assert api.call("pool.dataset.get_instance", "tank")[
        "used"]["parsed"] == before["used"]["parsed"]


def test_available_with_refquota(api: Client) -> None:
    row = filesystem(api, "a", refquota=GIB)
    assert row["available"]["parsed"] == (
        GIB - row["usedbydataset"]["parsed"])


def test_delete_refusals(api: Client) -> None:
    filesystem(api, "a")
    filesystem(api, "a/b")
    error = refused(api, "pool.dataset.delete", f"{PARENT}/a")
    assert (error.code, error.errno) == (-32001, 39)
    error = refused(api, "pool.dataset.delete", f"{PARENT}/none")
    assert error.fields() == [(None, 2)]
    snapshot(api, "a/b", "s")
    error = refused(api, "pool.dataset.delete", f"{PARENT}/a/b")
    assert (error.code, error.errno) == (-32001, 14)
    assert api.call("pool.dataset.delete", f"{PARENT}/a",
                    {"recursive": True}) is True


def test_recursive_delete_stops_at_clones_elsewhere(api: Client) -> None:
    filesystem(api, "a")
    snapshot(api, "a", "s")
    clone(api, "a@s", "c")
    error = refused(api, "pool.dataset.delete", f"{PARENT}/a",
                    {"recursive": True})
    assert (error.code, error.errno) == (-32001, 14)
    assert "dependent clones" in error.reason


def test_busy_dataset_answers_ebusy(nas: Simulator, api: Client) -> None:
    volume(api, "v")
    nas.control.command("busy", name=f"{PARENT}/v")
    error = refused(api, "pool.dataset.delete", f"{PARENT}/v")
    assert (error.code, error.errno) == (-32001, 16)
    nas.control.command("busy", name=f"{PARENT}/v", on=False)
    assert api.call("pool.dataset.delete", f"{PARENT}/v") is True


def test_delete_takes_shares_along_even_if_zfs_refuses(
        api: Client) -> None:
    filesystem(api, "a")
    api.call("sharing.nfs.create", {"path": f"/mnt/{PARENT}/a"})
    snapshot(api, "a", "s")
    refused(api, "pool.dataset.delete", f"{PARENT}/a")
    assert api.call("sharing.nfs.query",
                    [["path", "=", f"/mnt/{PARENT}/a"]]) == []
    assert api.call("zfs.resource.query", {"paths": [f"{PARENT}/a"]})


def test_delete_refused_before_attachments_keeps_shares(
        api: Client) -> None:
    filesystem(api, "a")
    filesystem(api, "a/b")
    api.call("sharing.nfs.create", {"path": f"/mnt/{PARENT}/a"})
    refused(api, "pool.dataset.delete", f"{PARENT}/a")
    assert len(api.call("sharing.nfs.query",
                        [["path", "=", f"/mnt/{PARENT}/a"]])) == 1


def test_disabled_share_is_no_attachment(api: Client) -> None:
    filesystem(api, "a")
    api.call("sharing.nfs.create", {"path": f"/mnt/{PARENT}/a",
                                    "enabled": False})
    assert api.call("pool.dataset.attachments", f"{PARENT}/a") == []
    api.call("pool.dataset.delete", f"{PARENT}/a")
    assert len(api.call("sharing.nfs.query",
                        [["path", "=", f"/mnt/{PARENT}/a"]])) == 1


def test_delete_of_a_volume_takes_all_its_exports(api: Client) -> None:
    volume(api, "v")
    extent = api.call("iscsi.extent.create", {
        "name": "v", "disk": f"zvol/{PARENT}/v"})
    own = api.call("iscsi.target.create", {"name": "own"})
    api.call("iscsi.targetextent.create", {
        "target": own["id"], "extent": extent["id"]})
    found = api.call("pool.dataset.attachments", f"{PARENT}/v")
    assert found == [{"type": "iSCSI Extent", "service": "iscsitarget",
                      "attachments": ["v"]}]
    api.call("pool.dataset.delete", f"{PARENT}/v")
    for namespace in ("extent", "target", "targetextent"):
        rows = api.call(f"iscsi.{namespace}.query")
        assert len(rows) == 1, namespace  # the foreign one


def test_delete_leaves_the_empty_subsystem(api: Client) -> None:
    volume(api, "v")
    subsys = api.call("nvmet.subsys.create", {"name": "v"})
    api.call("nvmet.namespace.create", {
        "subsys_id": subsys["id"], "device_type": "ZVOL",
        "device_path": f"zvol/{PARENT}/v"})
    api.call("nvmet.port_subsys.create", {"port_id": 1,
                                          "subsys_id": subsys["id"]})
    api.call("pool.dataset.delete", f"{PARENT}/v")
    row = api.call("nvmet.subsys.query", [["id", "=", subsys["id"]]],
                   {"get": True, "extra": {"verbose": True}})
    assert (row["namespaces"], row["ports"]) == ([], [1])


def test_rename_needs_force_and_moves_all(api: Client) -> None:
    filesystem(api, "a")
    filesystem(api, "a/b")
    assert refused(api, "pool.dataset.rename", f"{PARENT}/a",
                   {"new_name": f"{PARENT}/z"}).code == -32602
    api.call("pool.dataset.rename", f"{PARENT}/a",
             {"new_name": f"{PARENT}/z", "force": True})
    assert api.call("zfs.resource.query", {"paths": [f"{PARENT}/z/b"]})
    assert refused(api, "pool.dataset.rename", f"{PARENT}/z",
                   {"new_name": "other/z", "force": True}).errno == 14


def test_resource_query(api: Client) -> None:
    filesystem(api, "a", user_properties=user("a", "scale-nfs"))
    rows = api.call("zfs.resource.query", {
        "paths": [f"{PARENT}/a"], "properties": ["refquota", "atime"],
        "get_user_properties": True})
    assert rows[0]["user_properties"]["truenas-csi:managed_resource"] == (
        "true")
    assert set(rows[0]["properties"]) == {"refquota", "atime"}
    assert rows[0]["properties"]["refquota"]["value"] == 0
    assert rows[0]["properties"]["atime"]["source"] == {
        "type": "DEFAULT", "value": None}
    assert rows[0]["children"] is None
    bare = api.call("zfs.resource.query", {
        "paths": [f"{PARENT}/a"], "properties": None, "get_source": False})
    assert bare[0]["properties"] is None


def test_resource_query_walks_children_when_asked(api: Client) -> None:
    filesystem(api, "a")
    filesystem(api, "a/b")
    rows = api.call("zfs.resource.query", {"paths": [f"{PARENT}/a"],
                                           "get_children": True})
    assert [r["name"] for r in rows] == [f"{PARENT}/a", f"{PARENT}/a/b"]
    nested = api.call("zfs.resource.query", {
        "paths": [f"{PARENT}/a"], "get_children": True,
        "nest_results": True})
    assert [c["name"] for c in nested[0]["children"]] == [f"{PARENT}/a/b"]


def test_resource_query_of_a_missing_path_fails(api: Client) -> None:
    error = refused(api, "zfs.resource.query",
                    {"paths": ["tank", f"{PARENT}/none"]})
    assert (error.code, error.errno) == (-32001, 22)
    assert "not found" in error.reason
    assert not error.reason.startswith("[")


@pytest.mark.parametrize("path", ["/tank", "tank/", "tank@x"])
def test_resource_query_of_a_bad_path(api: Client, path: str) -> None:
    error = refused(api, "zfs.resource.query", {"paths": [path]})
    assert error.fields() == [("data.paths", 22)]


def test_pool_query(api: Client) -> None:
    rows = api.call("pool.query")
    assert names(rows) == [1]
    assert rows[0]["name"] == "tank" and rows[0]["size"] == 100 << 40
