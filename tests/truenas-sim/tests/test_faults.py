# SPDX-License-Identifier: BSD-2-Clause
"""Scripted faults: what they hit and what they leave."""
from __future__ import annotations

from typing import Any

import pytest

from shortcuts import eventually, filesystem, refused
from truenas_sim.client import ApiError, Client, Dropped
from truenas_sim.control import ControlError
from truenas_sim.process import Simulator

PARENT = "tank/k8s"
CREATE = ("pool.dataset.create", {"name": f"{PARENT}/a"})


def exists(nas: Simulator, name: str = "a") -> bool:
    return f"{PARENT}/{name}" in nas.control.command("dump")["datasets"]


def connects(nas: Simulator) -> bool:
    try:
        nas.client().close()
    except (ConnectionRefusedError, Dropped):
        return False
    return True


def dropped(api: Client, *call: Any) -> None:
    with pytest.raises(Dropped) as caught:
        api.call(*call)
    assert caught.value.code == 1006


def test_delay(nas: Simulator, api: Client) -> None:
    ident = nas.control.fault("delay", method="system.ready", ms=100)
    assert api.call("system.ready") is True
    call = nas.control.command("calls", method="system.ready")[0]
    assert call["executed"] - call["started"] >= 0.1
    assert call["fault"] == ident
    assert nas.control.fired(ident) == 1


def test_refuse_with_errno(nas: Simulator, api: Client) -> None:
    nas.control.fault("refuse", method="pool.dataset.create",
                      error={"errno": 16, "reason": "busy now"})
    error = refused(api, *CREATE)
    assert (error.code, error.errno, error.reason) == (
        -32001, 16, "[EBUSY] busy now")
    assert not exists(nas)
    assert api.call(*CREATE)["id"]


def test_refuse_with_validation_errors(nas: Simulator, api: Client) -> None:
    nas.control.fault("refuse", method="pool.dataset.create", error={
        "code": -32602, "extra": [["data.name", "no", 22]]})
    assert refused(api, *CREATE).fields() == [("data.name", 22)]


def test_drop_before_leaves_nothing(nas: Simulator, api: Client) -> None:
    nas.control.fault("drop_before", method="pool.dataset.create")
    dropped(api, *CREATE)
    assert not exists(nas)


def test_drop_after_has_done_it(nas: Simulator, api: Client) -> None:
    nas.control.fault("drop_after", method="pool.dataset.create")
    dropped(api, *CREATE)
    assert exists(nas)


def test_late_on_release(nas: Simulator, api: Client) -> None:
    nas.control.fault("late", method="pool.dataset.create",
                      until={"release": True})
    dropped(api, *CREATE)
    assert nas.control.command("late") == 1 and not exists(nas)
    assert nas.control.command("release") == 1
    assert exists(nas)
    call = nas.control.command("calls", method="pool.dataset.create")[0]
    assert call["late"] and call["executed"] and not call["answered"]


def test_late_after_a_time(nas: Simulator, api: Client) -> None:
    nas.control.fault("late", method="pool.dataset.create",
                      until={"ms": 50})
    dropped(api, *CREATE)
    eventually(lambda: exists(nas), "the postponed creation")


def test_late_after_other_calls(nas: Simulator, api: Client) -> None:
    nas.control.fault("late", method="pool.dataset.create",
                      until={"after": {"methods": ["*.query"], "count": 2}})
    dropped(api, *CREATE)
    with nas.client() as other:
        filters = [["id", "=", f"{PARENT}/a"]]
        for _ in range(2):
            other.call("core.ping")
            assert other.call("pool.dataset.query", filters) == []
        eventually(lambda: other.call("pool.dataset.query", filters),
                   "the creation set off by the second answer")
        assert nas.control.command("late") == 0


def test_late_delete_takes_the_next_owner_of_the_id(nas: Simulator,
                                                    api: Client) -> None:
    for name in "ab":
        filesystem(api, name)
    share = api.call("sharing.nfs.create", {"path": f"/mnt/{PARENT}/a"})
    nas.control.fault("late", method="sharing.nfs.delete",
                      until={"release": True})
    dropped(api, "sharing.nfs.delete", share["id"])
    with nas.client() as other:
        other.call("sharing.nfs.delete", share["id"])
        again = other.call("sharing.nfs.create",
                           {"path": f"/mnt/{PARENT}/b"})
        assert again["id"] == share["id"]
        nas.control.command("release")
        assert other.call("sharing.nfs.query",
                          [["path", "=", f"/mnt/{PARENT}/b"]]) == []


@pytest.mark.parametrize("execute", [True, False])
def test_hang(nas: Simulator, api: Client, execute: bool) -> None:
    nas.control.fault("hang", method="pool.dataset.create", execute=execute)
    api.submit(*CREATE)
    api.call("core.ping")
    assert exists(nas) is execute


def test_restart_closes_the_port_for_a_while(nas: Simulator,
                                             api: Client) -> None:
    nas.control.fault("restart", method="pool.dataset.create", pause_ms=300)
    dropped(api, *CREATE)
    assert exists(nas)
    with pytest.raises(ConnectionRefusedError):
        nas.client()
    eventually(lambda: connects(nas), "an open port")
    assert nas.control.command("stats")["restarts"] >= 1


def test_restart_behind_a_gateway_answers_502(nas: Simulator) -> None:
    nas.control.command("restart", pause_ms=300, gateway=True)
    with pytest.raises(Dropped) as caught:
        nas.client()
    assert "502" in caught.value.reason
    eventually(lambda: connects(nas), "an answer other than 502")


def test_restart_lets_running_calls_end(nas: Simulator, api: Client) -> None:
    nas.control.command("set_latency", ms=200)
    api.submit(*CREATE)
    eventually(lambda: nas.control.command(
        "calls", method="pool.dataset.create"), "the call in the record")
    nas.control.command("restart")
    eventually(lambda: exists(nas), "the end of the running call")


def test_reboot_changes_the_boot_id(nas: Simulator, api: Client) -> None:
    before = api.call("system.boot_id")
    nas.control.command("restart")
    with nas.client() as other:
        assert other.call("system.boot_id") == before
    nas.control.command("restart", reboot=True)
    with nas.client() as other:
        assert other.call("system.boot_id") != before


def test_expire_session_on_a_call(nas: Simulator, api: Client) -> None:
    nas.control.fault("expire_session", method="pool.dataset.create")
    assert refused(api, *CREATE).errno == 207
    assert not exists(nas)
    api.login(nas.user, nas.key)
    assert api.call(*CREATE)["id"]


def test_by_number_since_the_record_was_cleared(nas: Simulator,
                                                api: Client) -> None:
    nas.control.command("clear_calls")
    nas.control.fault("refuse", k=3)
    outcomes = []
    for _ in range(4):
        try:
            outcomes.append(api.call("core.ping"))
        except ApiError:
            outcomes.append("refused")
    assert outcomes == ["pong", "pong", "refused", "pong"]


def test_by_number_among_fitting_methods(nas: Simulator,
                                         api: Client) -> None:
    ident = nas.control.fault("refuse", methods=["*", "!core.*"], nth=2)
    assert api.call("system.ready")
    assert api.call("core.ping") == "pong"
    assert refused(api, "system.ready").errno == 14
    assert api.call("system.ready")
    assert nas.control.fired(ident) == 1


def test_by_what_the_parameters_contain(nas: Simulator, api: Client) -> None:
    nas.control.fault("refuse", contains=f"{PARENT}/b", count=0)
    assert filesystem(api, "a")
    for _ in range(2):
        refused(api, "pool.dataset.create", {"name": f"{PARENT}/b"})


def test_cleared_faults_do_nothing(nas: Simulator, api: Client) -> None:
    nas.control.fault("refuse", count=0)
    nas.control.command("faults_clear")
    assert api.call("core.ping") == "pong"


def test_cleared_faults_forget_postponed_calls(nas: Simulator,
                                               api: Client) -> None:
    nas.control.fault("late", method="pool.dataset.create",
                      until={"release": True})
    dropped(api, *CREATE)
    nas.control.command("faults_clear")
    assert nas.control.command("release") == 0
    assert not exists(nas)


@pytest.mark.parametrize("fault", [
    {"action": "explode"}, {"action": "delay", "millis": 3}])
def test_misspelt_faults_are_refused(nas: Simulator, fault: dict) -> None:
    with pytest.raises(ControlError) as caught:
        nas.control.command("fault", **fault)
    assert "known are" in str(caught.value) or "none of" in str(caught.value)
