# SPDX-License-Identifier: BSD-2-Clause
"""Services that run, stop and fail; accounts and paths."""
from __future__ import annotations

import pytest

from shortcuts import filesystem, refused
from truenas_sim.client import Client
from truenas_sim.process import Simulator

PATH = "/mnt/tank/k8s/a"


def served(nas: Simulator) -> dict:
    return nas.control.command("dump")["served"]["nfs"]


def test_states(nas: Simulator, api: Client) -> None:
    states = {r["service"]: r["state"] for r in api.call("service.query")}
    assert states == {"nfs": "RUNNING", "iscsitarget": "RUNNING",
                      "nvmet": "RUNNING"}
    nas.control.command("service_stop", service="nfs")
    assert api.call("service.started", "nfs") is False
    assert api.call("service.started_or_enabled", "nfs") is True


def test_share_of_a_stopped_service_is_not_served(nas: Simulator,
                                                  api: Client) -> None:
    filesystem(api, "a")
    nas.control.command("service_stop", service="nfs")
    api.call("sharing.nfs.create", {"path": PATH})
    assert served(nas) == {}
    job = api.job("service.control", "START", "nfs")
    assert (job["state"], job["result"]) == ("SUCCESS", True)
    assert PATH in served(nas)


def test_stopped_service_is_not_reloaded(nas: Simulator,
                                         api: Client) -> None:
    filesystem(api, "a")
    nas.control.command("service_stop", service="nfs", failing=True)
    # a reload would fail
    assert api.call("sharing.nfs.create", {"path": PATH})["id"]
    nas.control.command("service_start", service="nfs")


def test_failing_reload_leaves_the_row(nas: Simulator, api: Client) -> None:
    filesystem(api, "a")
    nas.control.command("service_stop", service="nfs", failing=True,
                        stop=False)
    error = refused(api, "sharing.nfs.create", {"path": PATH})
    assert (error.code, error.errno) == (-32001, 202)
    assert error.error["data"]["errname"] == "ESERVICESTARTFAILURE"
    assert len(api.call("sharing.nfs.query", [["path", "=", PATH]])) == 1
    nas.control.command("service_start", service="nfs")
    assert PATH in served(nas)


def test_failing_start_is_silent_or_not(nas: Simulator, api: Client) -> None:
    nas.control.command("service_stop", service="nvmet", failing=True)
    job = api.job("service.control", "START", "nvmet")
    assert (job["state"], job["result"]) == ("SUCCESS", False)
    job = api.job("service.control", "START", "nvmet", {"silent": False})
    assert job["state"] == "FAILED"
    assert job["exc_info"]["errno"] == 202
    nas.control.command("service_start", service="nvmet")


def test_direct_methods_still_work(api: Client) -> None:
    assert api.call("service.stop", "nfs") is False
    assert api.call("service.start", "nfs") is True
    assert api.call("service.reload", "nfs") is True


def test_unknown_service(api: Client) -> None:
    error = refused(api, "service.started", "nosuch")
    assert error.error["data"]["trace"]["class"] == "MatchNotFound"


def test_enable(api: Client) -> None:
    api.call("service.update", "nfs", {"enable": False})
    row = api.call("service.query", [["service", "=", "nfs"]], {"get": True})
    assert row["enable"] is False
    assert api.call("service.update", row["id"], {"enable": True}) == (
        row["id"])


def test_setperm_and_chown(api: Client) -> None:
    filesystem(api, "a")
    api.call("filesystem.mkdir", {"path": f"{PATH}/d"})
    job = api.job("filesystem.setperm", {
        "path": PATH, "mode": "0777", "uid": 1000,
        "options": {"recursive": True}})
    assert (job["state"], job["result"]) == ("SUCCESS", None)
    facts = api.call("filesystem.stat", f"{PATH}/d")
    assert (facts["mode"] & 0o777, facts["uid"], facts["gid"]) == (
        0o777, 1000, 0)
    job = api.job("filesystem.chown", {"path": PATH, "group": "apps"})
    assert job["state"] == "SUCCESS"
    assert api.call("filesystem.stat", PATH)["group"] == "apps"


@pytest.mark.parametrize("data", [
    {"path": "/mnt/tank/none", "mode": "755"},
    {"path": "/mnt/tank", "mode": "755"},
    {"path": PATH, "mode": "755", "user": "nosuch"}])
def test_refused_permissions_fail_the_job(api: Client, data: dict) -> None:
    filesystem(api, "a")
    job = api.job("filesystem.setperm", data)
    assert job["state"] == "FAILED"
    assert job["exc_info"]["type"] == "VALIDATION"
    assert job["exc_info"]["extra"][0][0].startswith("filesystem.setperm.")


def test_statfs_of_a_quota(api: Client) -> None:
    filesystem(api, "a", refquota=1 << 30)
    facts = api.call("filesystem.statfs", PATH)
    assert facts["source"] == "tank/k8s/a"
    assert facts["total_bytes"] == 1 << 30


def test_snapshot_keeps_modes(api: Client) -> None:
    filesystem(api, "a")
    api.job("filesystem.setperm", {"path": PATH, "mode": "0770"})
    api.call("pool.snapshot.create", {"dataset": "tank/k8s/a", "name": "s"})
    api.job("filesystem.setperm", {"path": PATH, "mode": "0700"})
    api.call("pool.snapshot.clone", {"snapshot": "tank/k8s/a@s",
                                     "dataset_dst": "tank/k8s/c"})
    assert api.call("filesystem.stat", "/mnt/tank/k8s/c")[
        "mode"] & 0o777 == 0o770


def test_surroundings(api: Client) -> None:
    assert api.call("alert.list") == []
    assert api.call("failover.licensed") is False
    assert api.call("interface.query")[0]["aliases"][0][
        "address"] == "127.0.0.1"
    info = api.call("system.info")
    assert info["version"] == "25.10.5"
    assert api.call("system.version_short") == "25.10.5"
    assert api.call("system.state") == "READY"
