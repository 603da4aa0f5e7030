# SPDX-License-Identifier: BSD-2-Clause
"""Snapshots, clones, promotion, holds and deferred destruction."""
from __future__ import annotations

import pytest

from shortcuts import clone, filesystem, refused, snapshot, volume
from truenas_sim.client import Client
from truenas_sim.process import Simulator

PARENT = "tank/k8s"


def get(api: Client, name: str, **extra: object) -> dict | None:
    rows = api.call("pool.snapshot.query", [["id", "=", f"{PARENT}/{name}"]],
                    {"extra": extra})
    return rows[0] if rows else None


def origin(api: Client, name: str) -> str:
    return api.call("pool.dataset.get_instance",
                    f"{PARENT}/{name}")["origin"]["rawvalue"]


def test_entry(api: Client) -> None:
    filesystem(api, "a")
    row = snapshot(api, "a", "s")
    assert (row["id"], row["dataset"], row["snapshot_name"], row["pool"],
            row["type"]) == (f"{PARENT}/a@s", f"{PARENT}/a", "s", "tank",
                             "SNAPSHOT")
    assert type(row["createtxg"]) is str
    assert row["properties"]["creation"]["rawvalue"].isdigit()
    assert "holds" not in row


def test_exists_and_missing_dataset(api: Client) -> None:
    filesystem(api, "a")
    snapshot(api, "a", "s")
    error = refused(api, "pool.snapshot.create",
                    {"dataset": f"{PARENT}/a", "name": "s"})
    assert (error.code, error.errno) == (-32001, 17)
    error = refused(api, "pool.snapshot.create",
                    {"dataset": f"{PARENT}/none", "name": "s"})
    assert (error.code, error.errno) == (-32001, 14)


def test_recursive_is_all_or_nothing(api: Client) -> None:
    filesystem(api, "a")
    filesystem(api, "a/b")
    snapshot(api, "a/b", "s")
    refused(api, "pool.snapshot.create", {"dataset": f"{PARENT}/a",
                                          "name": "s", "recursive": True})
    assert get(api, "a@s") is None
    api.call("pool.snapshot.create", {"dataset": f"{PARENT}/a", "name": "r",
                                      "recursive": True})
    assert get(api, "a/b@r")


def test_user_properties_own_over_the_datasets_current_ones(
        api: Client) -> None:
    filesystem(api, "a", user_properties=[{"key": "x:y", "value": "old"},
                                          {"key": "x:z", "value": "old"}])
    snapshot(api, "a", "s", **{"x:y": "mine"})
    api.call("pool.dataset.update", f"{PARENT}/a", {
        "user_properties_update": [{"key": "x:y", "value": "new"},
                                   {"key": "x:z", "value": "new"}]})
    props = get(api, "a@s")["properties"]
    assert props["x:y"]["value"] == "mine"
    assert props["x:z"]["value"] == "new"


def test_clone_takes_from_its_new_parent_only(api: Client) -> None:
    filesystem(api, "p", user_properties=[{"key": "p:p", "value": "1"}])
    filesystem(api, "a", refquota=1 << 30, compression="ZSTD",
               user_properties=[{"key": "x:y", "value": "1"}])
    snapshot(api, "a", "s", **{"s:s": "1"})
    clone(api, "a@s", "p/c")
    row = api.call("pool.dataset.get_instance", f"{PARENT}/p/c")
    assert list(row["user_properties"]) == ["p:p"]
    assert row["refquota"]["parsed"] is None
    assert row["compression"]["value"] == "LZ4"
    assert row["origin"]["rawvalue"] == f"{PARENT}/a@s"
    assert row["mountpoint"] == f"/mnt/{PARENT}/p/c"


def test_clone_born_with_properties(api: Client) -> None:
    volume(api, "v")
    snapshot(api, "v", "s")
    api.call("pool.snapshot.clone", {
        "snapshot": f"{PARENT}/v@s", "dataset_dst": f"{PARENT}/c",
        "dataset_properties": {"x:y": "1", "refreservation": "1G"}})
    row = api.call("pool.dataset.get_instance", f"{PARENT}/c")
    assert row["user_properties"]["x:y"]["value"] == "1"
    assert row["refreservation"]["parsed"] == 1 << 30
    assert row["volsize"]["parsed"] == 1 << 30


def test_clone_refusals(api: Client) -> None:
    filesystem(api, "a")
    snapshot(api, "a", "s")
    for source, target in (("a@none", "c"), ("a@s", "a"),
                           ("a@s", "no/where")):
        error = refused(api, "pool.snapshot.clone", {
            "snapshot": f"{PARENT}/{source}",
            "dataset_dst": f"{PARENT}/{target}"})
        assert (error.code, error.errno) == (-32001, 14)
        assert error.reason.startswith("[EFAULT] Failed to clone snapshot: ")


def test_delete_with_clone_needs_defer(api: Client) -> None:
    filesystem(api, "a")
    snapshot(api, "a", "s")
    clone(api, "a@s", "c")
    error = refused(api, "pool.snapshot.delete", f"{PARENT}/a@s")
    assert error.fields() == [("options.defer", 22)]
    assert f"{PARENT}/c" in error.extra[0][1]
    assert api.call("pool.snapshot.delete", f"{PARENT}/a@s",
                    {"defer": True}) is True
    props = get(api, "a@s")["properties"]
    assert props["defer_destroy"]["rawvalue"] == "on"
    assert props["clones"]["rawvalue"] == f"{PARENT}/c"
    # once more is fine
    api.call("pool.snapshot.delete", f"{PARENT}/a@s", {"defer": True})
    api.call("pool.dataset.delete", f"{PARENT}/c")
    assert get(api, "a@s") is None


def test_delete_missing(api: Client) -> None:
    error = refused(api, "pool.snapshot.delete", f"{PARENT}/a@s")
    assert error.fields() == [(None, 2)]


@pytest.mark.parametrize("hold_goes_first", [True, False])
def test_deferred_goes_with_last_clone_and_hold(
        api: Client, hold_goes_first: bool) -> None:
    filesystem(api, "a")
    snapshot(api, "a", "s")
    clone(api, "a@s", "c")
    api.call("pool.snapshot.hold", f"{PARENT}/a@s")
    api.call("pool.snapshot.delete", f"{PARENT}/a@s", {"defer": True})
    steps = [("pool.snapshot.release", f"{PARENT}/a@s"),
             ("pool.dataset.delete", f"{PARENT}/c")]
    if not hold_goes_first:
        steps.reverse()
    api.call(*steps[0])
    assert get(api, "a@s") is not None
    api.call(*steps[1])
    assert get(api, "a@s") is None


def test_hold_blocks_and_shows(api: Client) -> None:
    filesystem(api, "a")
    snapshot(api, "a", "s")
    api.call("pool.snapshot.hold", f"{PARENT}/a@s")
    row = get(api, "a@s", holds=True)
    assert list(row["holds"]) == ["truenas"]
    assert row["properties"]["userrefs"]["rawvalue"] == "1"
    assert refused(api, "pool.snapshot.delete", f"{PARENT}/a@s").errno == 14
    # zfs(8) says "it's being held" here, and only "is busy" becomes EBUSY
    assert refused(api, "pool.dataset.delete", f"{PARENT}/a",
                   {"recursive": True}).errno == 14
    api.call("pool.snapshot.release", f"{PARENT}/a@s")
    assert api.call("pool.snapshot.delete", f"{PARENT}/a@s") is True


def test_deferred_name_is_taken_until_renamed(api: Client) -> None:
    filesystem(api, "a")
    snapshot(api, "a", "s")
    clone(api, "a@s", "c")
    api.call("pool.snapshot.delete", f"{PARENT}/a@s", {"defer": True})
    assert refused(api, "pool.snapshot.create",
                   {"dataset": f"{PARENT}/a", "name": "s"}).errno == 17
    assert refused(api, "pool.snapshot.rename", f"{PARENT}/a@s",
                   {"new_name": f"{PARENT}/a@old"}).code == -32602
    api.call("pool.snapshot.rename", f"{PARENT}/a@s",
             {"new_name": f"{PARENT}/a@old", "force": True})
    snapshot(api, "a", "s")
    assert origin(api, "c") == f"{PARENT}/a@old"
    api.call("pool.dataset.delete", f"{PARENT}/c")
    assert get(api, "a@old") is None


def test_promote_moves_origin_and_older_ones(api: Client) -> None:
    filesystem(api, "a", user_properties=[{"key": "x:y", "value": "a"}])
    for leaf in ("one", "two", "three"):
        snapshot(api, "a", leaf)
    clone(api, "a@two", "c")
    api.call("pool.dataset.update", f"{PARENT}/c", {
        "user_properties_update": [{"key": "x:y", "value": "c"}]})
    api.call("pool.dataset.promote", f"{PARENT}/c")
    assert get(api, "c@one") and get(api, "c@two")
    assert get(api, "a@three") and not get(api, "a@one")
    assert origin(api, "c") == ""
    assert origin(api, "a") == f"{PARENT}/c@two"
    # a moved snapshot inherits from its new dataset
    assert get(api, "c@one")["properties"]["x:y"]["value"] == "c"


def test_promote_keeps_the_clones_own_snapshots(api: Client) -> None:
    filesystem(api, "a")
    snapshot(api, "a", "s")
    clone(api, "a@s", "c")
    snapshot(api, "c", "own")
    api.call("pool.dataset.promote", f"{PARENT}/c")
    rows = api.call("pool.snapshot.query", [["dataset", "=", f"{PARENT}/c"]],
                    {"select": ["snapshot_name"]})
    assert [r["snapshot_name"] for r in rows] == ["s", "own"]


def test_promote_frees_a_source_with_deferred_snapshots(
        api: Client) -> None:
    filesystem(api, "a")
    snapshot(api, "a", "s")
    clone(api, "a@s", "c")
    api.call("pool.snapshot.delete", f"{PARENT}/a@s", {"defer": True})
    refused(api, "pool.dataset.delete", f"{PARENT}/a")
    api.call("pool.dataset.promote", f"{PARENT}/c")
    assert get(api, "c@s")["properties"]["defer_destroy"]["value"] == "on"
    api.call("pool.dataset.delete", f"{PARENT}/a")
    assert get(api, "c@s") is None


def test_promote_keeps_the_siblings_of_a_chain(api: Client) -> None:
    filesystem(api, "a")
    snapshot(api, "a", "s")
    clone(api, "a@s", "c")
    clone(api, "a@s", "d")
    api.call("pool.dataset.promote", f"{PARENT}/c")
    assert origin(api, "d") == f"{PARENT}/c@s"
    assert refused(api, "pool.dataset.delete", f"{PARENT}/c",
                   {"recursive": True}).errno == 14


def test_promote_twice_up_a_chain(api: Client) -> None:
    filesystem(api, "a")
    snapshot(api, "a", "s")
    clone(api, "a@s", "b")
    snapshot(api, "b", "t")
    clone(api, "b@t", "c")
    api.call("pool.dataset.promote", f"{PARENT}/c")
    assert origin(api, "c") == f"{PARENT}/a@s"
    api.call("pool.dataset.promote", f"{PARENT}/c")
    assert origin(api, "c") == ""
    assert origin(api, "a") == f"{PARENT}/c@s"
    assert origin(api, "b") == f"{PARENT}/c@t"


def test_promote_refusals(api: Client) -> None:
    filesystem(api, "a")
    snapshot(api, "a", "s")
    assert refused(api, "pool.dataset.promote", f"{PARENT}/a").errno == 14
    clone(api, "a@s", "c")
    snapshot(api, "c", "s")
    error = refused(api, "pool.dataset.promote", f"{PARENT}/c")
    assert "conflicts" in error.reason


def test_rollback_needs_recursive_past_newer_ones(api: Client) -> None:
    filesystem(api, "a")
    snapshot(api, "a", "one")
    snapshot(api, "a", "two")
    assert refused(api, "pool.snapshot.rollback",
                   f"{PARENT}/a@one").errno == 14
    api.call("pool.snapshot.rollback", f"{PARENT}/a@one",
             {"recursive": True})
    assert get(api, "a@two") is None


def test_update_works_on_25_10(api: Client) -> None:
    filesystem(api, "a")
    snapshot(api, "a", "s", **{"x:y": "1", "x:z": "1"})
    api.call("pool.snapshot.update", f"{PARENT}/a@s", {
        "user_properties_update": [{"key": "x:y", "value": "2"}],
        "user_properties_remove": ["x:z"]})
    props = get(api, "a@s")["properties"]
    assert props["x:y"]["value"] == "2" and "x:z" not in props


def test_select_takes_plain_keys_only(api: Client) -> None:
    filesystem(api, "a")
    snapshot(api, "a", "s")
    rows = api.call("pool.snapshot.query",
                    [["dataset", "=", f"{PARENT}/a"]],
                    {"select": ["name", "properties.creation",
                                ["id", "alias"]]})
    assert rows == [{"name": f"{PARENT}/a@s"}]


def test_count_applies_filters(api: Client) -> None:
    filesystem(api, "a")
    snapshot(api, "a", "s")
    assert api.call("pool.snapshot.query",
                    [["dataset", "=", f"{PARENT}/a"]],
                    {"count": True}) == 1
    assert api.call("pool.snapshot.query", [], {"count": True}) == 3


def test_properties_can_be_narrowed(api: Client) -> None:
    filesystem(api, "a")
    snapshot(api, "a", "s", **{"x:y": "1"})
    assert list(get(api, "a@s", properties=["creation"])[
        "properties"]) == ["creation"]
    assert get(api, "a@s", properties=[])["properties"] == {}


def test_naming_schema(api: Client) -> None:
    filesystem(api, "a")
    row = api.call("pool.snapshot.create", {"dataset": f"{PARENT}/a",
                                            "naming_schema": "auto-%Y"})
    assert row["snapshot_name"].startswith("auto-2")


def test_foreign_snapshot_is_there(nas: Simulator, api: Client) -> None:
    assert api.call("pool.snapshot.query", [["id", "=", "tank/foreign@daily"]],
                    {"get": True})["properties"]["org.acme:keep"][
                        "value"] == "30"
