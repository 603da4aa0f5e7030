# SPDX-License-Identifier: BSD-2-Clause
"""Jobs, bulk calls, full copies."""
from __future__ import annotations

import pytest

from shortcuts import filesystem, refused, snapshot, volume
from truenas_sim.client import Client
from truenas_sim.process import Simulator

PARENT = "tank/k8s"


def copy(source: str = "a", target: str = "c", **changes: object) -> dict:
    return {"direction": "PUSH", "transport": "LOCAL",
            "source_datasets": [f"{PARENT}/{source}"],
            "target_dataset": f"{PARENT}/{target}", "recursive": False,
            "name_regex": "s", "retention_policy": "NONE",
            "readonly": "IGNORE", "properties": False, "replicate": False,
            "allow_from_scratch": True, "only_from_scratch": True,
            "retries": 1, **changes}


def test_job_is_answered_by_its_id_and_told_by_events(
        api: Client) -> None:
    api.call("core.subscribe", "core.get_jobs")
    ident = api.call("service.control", "RELOAD", "nfs")
    states = []
    while not states or states[-1] != "SUCCESS":
        event = api.events.pop(0) if api.events else api.receive()
        assert event["method"] == "collection_update"
        params = event["params"]
        assert (params["collection"], params["id"]) == ("core.get_jobs",
                                                        ident)
        states.append(params["fields"]["state"])
    assert states[0] in ("WAITING", "RUNNING")
    job = api.call("core.get_jobs", [["id", "=", ident]], {"get": True})
    assert job["method"] == "service.control"
    assert job["arguments"][:2] == ["RELOAD", "nfs"]
    assert job["result"] is True
    assert job["time_finished"]["$date"] >= job["time_started"]["$date"]


def test_unsubscribed_events_stop(api: Client) -> None:
    ident = api.call("core.subscribe", "core.get_jobs")
    api.call("core.unsubscribe", ident)
    api.call("service.control", "RELOAD", "nfs")
    api.call("core.ping")
    assert api.events == []


def test_crud_events(nas: Simulator, api: Client) -> None:
    filesystem(api, "a")
    with nas.client() as watcher:
        watcher.call("core.subscribe", "sharing.nfs.query")
        ident = api.call("sharing.nfs.create",
                         {"path": f"/mnt/{PARENT}/a"})["id"]
        api.call("sharing.nfs.update", ident, {"comment": "x"})
        api.call("sharing.nfs.delete", ident)
        events = [watcher.receive()["params"] for _ in range(3)]
    assert [e["msg"] for e in events] == ["added", "changed", "removed"]
    assert events[1]["fields"]["comment"] == "x"
    assert "fields" not in events[2]


def test_without_legacy_jobs_the_result_is_the_answer(api: Client) -> None:
    api.call("core.set_options", {"legacy_jobs": False})
    assert api.call("service.control", "RELOAD", "nfs") is True
    error = refused(api, "filesystem.setperm", {"path": "/mnt/tank",
                                                "mode": "755"})
    assert error.code == -32602


def test_job_wait_mirrors(api: Client) -> None:
    ident = api.call("service.control", "RELOAD", "nfs")
    job = api.job("core.job_wait", ident)
    assert (job["state"], job["result"]) == ("SUCCESS", True)
    assert api.job("core.job_wait", 4711)["state"] == "FAILED"


def test_abort(nas: Simulator, api: Client) -> None:
    nas.control.command("set_latency", factor=100)
    ident = api.call("filesystem.setperm", {"path": "/mnt/tank/k8s",
                                            "mode": "755"})
    nas.control.command("set_latency", factor=0)
    api.call("core.job_abort", ident)
    job = api.job("core.job_wait", ident)
    assert job["state"] == "FAILED"
    assert api.call("core.get_jobs", [["id", "=", ident]], {"get": True})[
        "state"] == "ABORTED"


def test_seventh_job_under_one_lock_is_another_ones_id(
        nas: Simulator, api: Client) -> None:
    for name in "abcdefgh":
        filesystem(api, name)
    nas.control.command("set_latency", factor=10)
    calls = [api.submit("filesystem.setperm",
                        {"path": f"/mnt/{PARENT}/{name}", "mode": "0700"})
             for name in "abcdefgh"]
    idents = [api.result(call) for call in calls]
    nas.control.command("set_latency", factor=0)
    # one runs, five wait, the seventh and eighth are dropped
    assert len(set(idents[:6])) == 6
    assert idents[6] == idents[7] == idents[5]
    assert api.job("core.job_wait", idents[5])["state"] == "SUCCESS"
    modes = [api.call("filesystem.stat", f"/mnt/{PARENT}/{n}")["mode"]
             & 0o777 for n in "fgh"]
    assert modes == [0o700, 0o755, 0o755]


def test_jobs_are_lost_with_the_middleware(nas: Simulator,
                                           api: Client) -> None:
    nas.control.command("set_latency", factor=1000)
    ident = api.call("filesystem.setperm", {"path": "/mnt/tank/k8s",
                                            "mode": "755"})
    nas.control.command("restart")
    nas.control.command("set_latency", factor=0)
    with nas.client() as fresh:
        assert fresh.call("core.get_jobs") == []
        assert fresh.call("service.control", "RELOAD", "nfs") == 1
    assert ident >= 1


def test_bulk_reports_errors_as_texts(api: Client) -> None:
    job = api.job("core.bulk", "pool.dataset.create",
                  [[{"name": f"{PARENT}/a"}], [{"name": f"{PARENT}/a"}],
                   [{"nonsense": 1}]])
    assert job["state"] == "SUCCESS"
    first, second, third = job["result"]
    assert first["error"] is None and first["result"]["id"] == f"{PARENT}/a"
    assert "already exists" in second["error"] and second["result"] is None
    assert "Field required" in third["error"]


def test_bulk_of_jobs_waits_for_each(api: Client) -> None:
    job = api.job("core.bulk", "service.control",
                  [["RELOAD", "nfs"], ["RELOAD", "nosuch"]])
    assert job["result"][0]["result"] is True
    assert job["result"][0]["job_id"]
    assert job["result"][1]["error"]


def test_copy_is_full_and_born_marked(api: Client) -> None:
    filesystem(api, "a", compression="ZSTD",
               user_properties=[{"key": "x:y", "value": "source"}])
    snapshot(api, "a", "s", **{"s:s": "1"})
    job = api.job("replication.run_onetime",
                  copy(properties_override={"x:y": "copy", "n:n": "new"}))
    assert (job["state"], job["result"]) == ("SUCCESS", None)
    row = api.call("pool.dataset.get_instance", f"{PARENT}/c")
    assert row["origin"]["rawvalue"] == ""
    assert row["compression"]["value"] == "LZ4"
    assert {k: v["value"] for k, v in row["user_properties"].items()} == {
        "x:y": "copy", "n:n": "new"}
    snap = api.call("pool.snapshot.get_instance", f"{PARENT}/c@s")
    assert "s:s" not in snap["properties"]
    # independent of its source
    api.call("pool.dataset.delete", f"{PARENT}/a", {"recursive": True})


def test_copy_with_properties_carries_the_datasets_own(api: Client) -> None:
    filesystem(api, "a", compression="ZSTD", refquota=1 << 30,
               user_properties=[{"key": "x:y", "value": "source"},
                                {"key": "x:z", "value": "source"},
                                {"key": "x:x", "value": "source"}])
    snapshot(api, "a", "s", **{"s:s": "1"})
    job = api.job("replication.run_onetime",
                  copy(properties=True, properties_override={"x:y": "copy"},
                       properties_exclude=["x:z", "refquota"]))
    assert job["state"] == "SUCCESS"
    row = api.call("pool.dataset.get_instance", f"{PARENT}/c")
    assert (row["compression"]["value"], row["compression"]["source"]) == (
        "ZSTD", "RECEIVED")
    assert row["refquota"]["parsed"] is None
    assert {k: v["value"] for k, v in row["user_properties"].items()} == {
        "x:y": "copy", "x:x": "source"}
    snap = api.call("pool.snapshot.get_instance", f"{PARENT}/c@s")
    assert snap["properties"]["s:s"]["value"] == "1"


def test_copy_of_a_volume_has_the_snapshots_size(api: Client) -> None:
    volume(api, "a")
    snapshot(api, "a", "s")
    api.call("pool.dataset.update", f"{PARENT}/a", {"volsize": 2 << 30})
    api.job("replication.run_onetime", copy())
    row = api.call("pool.dataset.get_instance", f"{PARENT}/c")
    assert row["volsize"]["parsed"] == 1 << 30
    assert row["readonly"]["value"] == "OFF"


def test_copy_is_read_only_by_default(api: Client) -> None:
    filesystem(api, "a")
    snapshot(api, "a", "s")
    data = copy()
    del data["readonly"]
    api.job("replication.run_onetime", data)
    row = api.call("pool.dataset.get_instance", f"{PARENT}/c")
    assert row["readonly"]["value"] == "ON"


def test_running_copy_is_there_marked_and_without_snapshot(
        nas: Simulator, api: Client) -> None:
    filesystem(api, "a")
    snapshot(api, "a", "s")
    nas.control.command("tune", copy_ms=60000)
    api.call("replication.run_onetime", copy(properties_override={
        "x:y": "copy"}))
    row = api.call("pool.dataset.get_instance", f"{PARENT}/c")
    assert row["user_properties"]["x:y"]["value"] == "copy"
    assert api.call("pool.snapshot.query",
                    [["dataset", "=", f"{PARENT}/c"]]) == []
    resource = api.call("zfs.resource.query", {
        "paths": [f"{PARENT}/c"], "properties": ["inconsistent"]})
    assert resource[0]["properties"]["inconsistent"]["raw"] == "1"
    # killed: it goes at once
    nas.control.command("restart")
    nas.control.command("tune", copy_ms=0)
    with nas.client() as fresh:
        assert refused(fresh, "pool.dataset.get_instance",
                       f"{PARENT}/c").fields() == [(None, 2)]


def test_copy_failures(api: Client) -> None:
    filesystem(api, "a")
    snapshot(api, "a", "s")
    filesystem(api, "there")
    for data, text in (
            (copy(target="there"), "already exists"),
            (copy(name_regex="none"), "matching snapshots"),
            (copy(source="none"), "does not exist")):
        job = api.job("replication.run_onetime", data)
        assert job["state"] == "FAILED"
        assert text in job["error"]
        assert job["exc_info"]["errno"] == 14


@pytest.mark.parametrize("change, field", [
    ({"transport": "SSH"}, "transport"), ({"direction": "PULL"},
                                          "direction"),
    ({"compression": "LZ4"}, "compression"),
    ({"name_regex": "("}, "name_regex"),
    ({"retention_policy": "CUSTOM"}, "retention_policy"),
    ({"name_regex": None}, "also_include_naming_schema"),
    ({"target_dataset": "tank/k8s"}, "target_dataset")])
def test_refused_copies(api: Client, change: dict, field: str) -> None:
    job = api.job("replication.run_onetime", copy(**change))
    assert job["exc_info"]["type"] == "VALIDATION"
    assert job["exc_info"]["extra"][0][0] == (
        f"replication_run_onetime.{field}")


def test_destroy_snapshots_job(api: Client) -> None:
    filesystem(api, "a")
    for leaf in ("one", "two", "three"):
        snapshot(api, "a", leaf)
    job = api.job("pool.dataset.destroy_snapshots", f"{PARENT}/a",
                  {"snapshots": ["one", {"start": "three"}]})
    assert job["result"] == ["one", "three"]
    assert api.call("pool.dataset.snapshot_count", f"{PARENT}/a") == 1
