# SPDX-License-Identifier: BSD-2-Clause
"""The control endpoint, the invariants, latencies and the work per call."""
from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from shortcuts import eventually, filesystem, user, volume
from truenas_sim.client import Client
from truenas_sim.control import Control, ControlError
from truenas_sim.process import Simulator

PARENT = "tank/k8s"
_HOME = Path(__file__).resolve().parent.parent


def test_record_of_a_call(nas: Simulator, api: Client) -> None:
    nas.control.command("clear_calls")
    filesystem(api, "a")
    call = nas.control.command("calls")[0]
    assert call["method"] == "pool.dataset.create"
    assert call["params"] == [{"name": f"{PARENT}/a"}]
    assert (call["k"], call["error"]) == (1, None)
    assert (call["received"] <= call["started"] <= call["executed"]
            <= call["answered"])
    assert call["result"]["id"] == f"{PARENT}/a"
    assert nas.control.command("calls", results=False)[0]["result"] is None


def test_record_hides_keys(nas: Simulator) -> None:
    nas.client().close()
    assert nas.key not in str(nas.control.command("calls"))


def test_record_by_method_and_since(nas: Simulator, api: Client) -> None:
    api.call("core.ping")
    api.call("system.ready")
    calls = nas.control.command("calls", methods=["system.*"])
    assert [c["method"] for c in calls] == ["system.ready"]
    assert nas.control.command("calls", since=calls[0]["seq"]) == []


def test_dump_is_the_same_for_the_same_state(nas: Simulator,
                                             api: Client) -> None:
    def make() -> dict:
        volume(api, "v")
        api.call("iscsi.extent.create", {"name": "v",
                                         "disk": f"zvol/{PARENT}/v"})
        api.call("pool.snapshot.create", {"dataset": f"{PARENT}/v",
                                          "name": "s"})
        return nas.control.command("dump")

    first = make()
    nas.control.command("restore", name="start")
    assert make() == first


def test_diff_names_what_changed(nas: Simulator, api: Client) -> None:
    nas.control.command("dump", name="before")
    assert nas.control.command("diff", a="before") == []
    filesystem(api, "a")
    api.call("pool.dataset.update", f"{PARENT}/team", {"comments": "x"})
    paths = {d["path"] for d in nas.control.command("diff", a="before")}
    assert f"/datasets/{PARENT}/a" in paths
    assert (f"/datasets/{PARENT}/team/user_properties/"
            "org.freenas:description") in paths


def test_restored_state_is_a_copy(nas: Simulator, api: Client) -> None:
    nas.control.command("save", name="mine")
    for _ in range(2):
        filesystem(api, "a")
        api.call("sharing.nfs.create", {"path": f"/mnt/{PARENT}/a"})
        nas.control.command("restore", name="mine")
    assert api.call("pool.dataset.query",
                    [["id", "=", f"{PARENT}/a"]]) == []
    assert len(api.call("sharing.nfs.query")) == 1


def test_errors_of_the_endpoint_are_sentences(nas: Simulator) -> None:
    with pytest.raises(ControlError, match="unknown, known are"):
        nas.control.command("nosuch")
    with pytest.raises(ControlError, match="KeyError"):
        nas.control.command("diff", a="never-taken")


def test_two_clients_of_the_endpoint(nas: Simulator) -> None:
    other = Control(nas.control_path)
    assert other.command("stats")["connections"] >= 0
    other.close()
    assert nas.control.command("late") == 0


def test_stats(nas: Simulator) -> None:
    before = nas.control.command("stats")
    with nas.client() as api:
        api.call("core.ping")
        now = nas.control.command("stats")
    assert now["logins"] == before["logins"] + 1
    assert now["connections"] == before["connections"] + 1
    assert now["max_running"] >= 1


def test_shutdown() -> None:
    nas = Simulator()
    nas.control.command("shutdown")
    assert nas.process.wait(10) == 0
    nas.stop()


@pytest.mark.parametrize("options, text", [
    (["--release", "9.9"], "known are: 25.10"),
    (["--tls-cert", "x"], "go together"),
    (["--listen", "nowhere"], "is not HOST:PORT"),
    (["--files", "/proc"], "is not empty")])
def test_bad_options_are_refused(options: list, text: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "truenas_sim", *options], timeout=20,
        env={**os.environ, "PYTHONPATH": str(_HOME)}, capture_output=True,
        text=True)
    assert done.returncode != 0
    assert text in done.stderr


def test_ready_file_and_wrapper(tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    process = subprocess.Popen(
        [str(_HOME / "truenas-sim"), "--ready-file", str(ready),
         "--control", str(tmp_path / "control")])
    try:
        eventually(ready.exists, "the ready file")
        assert f'"pid": {process.pid}' in ready.read_text()
    finally:
        process.terminate()
        process.wait(10)


# -- invariants -------------------------------------------------------------
def rules(nas: Simulator) -> list[str]:
    return [v["rule"] for v in nas.control.command("invariants")]


def managed(api: Client, name: str, protocol: str) -> None:
    make = filesystem if protocol == "scale-nfs" else volume
    make(api, name, user_properties=user(name, protocol))


def export(api: Client, name: str, protocol: str) -> Any:
    if protocol == "scale-nfs":
        return api.call("sharing.nfs.create", {
            "path": f"/mnt/{PARENT}/{name}", "hosts": ["*"]})
    if protocol == "scale-iscsi":
        target = api.call("iscsi.target.create", {"name": name})["id"]
        extent = api.call("iscsi.extent.create", {
            "name": name, "disk": f"zvol/{PARENT}/{name}"})["id"]
        return api.call("iscsi.targetextent.create", {
            "target": target, "extent": extent, "lunid": 0})
    subsys = api.call("nvmet.subsys.create", {"name": name})["id"]
    api.call("nvmet.namespace.create", {
        "subsys_id": subsys, "device_type": "ZVOL",
        "device_path": f"zvol/{PARENT}/{name}"})
    return api.call("nvmet.port_subsys.create", {"port_id": 1,
                                                 "subsys_id": subsys})


@pytest.mark.parametrize("protocol", ["scale-nfs", "scale-iscsi",
                                      "scale-nvmeof"])
def test_managed_dataset_needs_its_export(nas: Simulator, api: Client,
                                          protocol: str) -> None:
    assert rules(nas) == []
    managed(api, "a", protocol)
    assert rules(nas) == ["one-export"]
    export(api, "a", protocol)
    assert rules(nas) == []


def test_second_export_is_found(nas: Simulator, api: Client) -> None:
    managed(api, "a", "scale-nfs")
    for _ in range(2):
        api.call("sharing.nfs.create", {"path": f"/mnt/{PARENT}/a"})
    assert rules(nas) == ["one-export", "duplicate"]


def test_export_over_another_protocol_is_found(nas: Simulator,
                                               api: Client) -> None:
    managed(api, "a", "scale-iscsi")
    export(api, "a", "scale-iscsi")
    api.call("pool.dataset.update", f"{PARENT}/a", {
        "user_properties_update": [
            {"key": "truenas-csi:csi_volume_id",
             "value": f"scale-nvmeof:{PARENT}/a"}]})
    assert rules(nas) == ["one-export", "one-export"]


def test_pieces_without_the_rest_are_found(nas: Simulator,
                                           api: Client) -> None:
    api.call("iscsi.target.create", {"name": "t"})
    api.call("nvmet.subsys.create", {"name": "s"})
    managed(api, "v", "scale-iscsi")
    api.call("iscsi.extent.create", {"name": "v",
                                     "disk": f"zvol/{PARENT}/v"})
    assert sorted(rules(nas)) == ["one-export", "orphan", "orphan",
                                  "orphan"]


def test_changed_foreign_things_are_found(nas: Simulator,
                                          api: Client) -> None:
    api.call("pool.dataset.update", f"{PARENT}/legacy-disk",
             {"comments": "touched"})
    api.call("sharing.nfs.delete", 1)
    found = nas.control.command("invariants")
    assert sorted(v["object"] for v in found) == [
        f"dataset {PARENT}/legacy-disk", "sharing.nfs 1"]


def test_unmarked_leftover_is_found(nas: Simulator, api: Client) -> None:
    filesystem(api, "left")
    filesystem(api, ".markers")
    assert [(v["rule"], v["object"])
            for v in nas.control.command("invariants")] == [
        ("unmarked", f"{PARENT}/left")]


# -- latencies and work -----------------------------------------------------
def test_fixed_latency(nas: Simulator, api: Client) -> None:
    nas.control.command("set_latency", ms=100)
    calls = [api.submit("system.ready") for _ in range(10)]
    for call in calls:
        api.result(call)
    record = nas.control.command("calls", method="system.ready")
    assert all(c["executed"] - c["started"] >= 0.1 for c in record)
    # they ran side by side
    assert max(c["started"] for c in record) < min(c["executed"]
                                                   for c in record)


def test_reloads_of_a_service_queue(nas: Simulator, api: Client) -> None:
    for name in "abcd":
        filesystem(api, name)
    nas.control.command("set_latency", factor=0.1)
    calls = [api.submit("sharing.nfs.create",
                        {"path": f"/mnt/{PARENT}/{name}"})
             for name in "abcd"]
    other = api.submit("nvmet.subsys.create", {"name": "beside"})
    for call in (*calls, other):
        api.result(call)
    record = nas.control.command("calls", method="sharing.nfs.create")
    ends = sorted(c["executed"] for c in record)
    gaps = [b - a for a, b in zip(ends, ends[1:])]
    assert all(gap >= 0.045 for gap in gaps)
    beside = nas.control.command("calls", method="nvmet.subsys.create")[0]
    assert beside["executed"] < ends[-1]


def test_five_snapshot_calls_at_a_time(nas: Simulator,
                                       api: Client) -> None:
    names = "abcdef"
    for name in names:
        filesystem(api, name)
    nas.control.command("set_latency", factor=1)
    calls = [api.submit("pool.snapshot.create",
                        {"dataset": f"{PARENT}/{name}", "name": "s"})
             for name in names]
    for call in calls:
        api.result(call)
    ends = sorted(c["executed"] for c in nas.control.command(
        "calls", method="pool.snapshot.create"))
    assert ends[5] - ends[0] >= 0.14


def cpu_seconds(process: subprocess.Popen) -> float:
    fields = Path(f"/proc/{process.pid}/stat").read_text().rsplit(")")[1]
    user_ticks, system_ticks = fields.split()[11:13]
    return (int(user_ticks) + int(system_ticks)) / os.sysconf("SC_CLK_TCK")


def test_a_call_costs_less_than_a_millisecond(nas: Simulator,
                                              api: Client) -> None:
    before = cpu_seconds(nas.process)
    for index in range(500):
        filesystem(api, f"v{index}", refquota=1 << 30,
                   user_properties=user(f"v{index}", "scale-nfs"))
        api.call("sharing.nfs.create", {
            "path": f"/mnt/{PARENT}/v{index}", "hosts": ["*"]})
        api.call("zfs.resource.query", {"paths": [f"{PARENT}/v{index}"],
                                        "get_user_properties": True})
    spent = cpu_seconds(nas.process) - before
    assert spent / 1500 < 0.001, f"{spent / 1500 * 1000:.3f} ms per call"
