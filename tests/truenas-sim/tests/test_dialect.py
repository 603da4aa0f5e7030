# SPDX-License-Identifier: BSD-2-Clause
"""JSON-RPC as the NAS speaks it, and its limits on calls."""
from __future__ import annotations

import json
from typing import Any

import pytest

from shortcuts import refused
from truenas_sim.client import Client
from truenas_sim.process import Simulator


def exchange(api: Client, message: Any) -> dict:
    text = message if isinstance(message, str) else json.dumps(message)
    api.send_text(text)
    return api.receive()


def request(**changes: Any) -> dict:
    message = {"jsonrpc": "2.0", "id": 7, "method": "core.ping"}
    message.update(changes)
    return {k: v for k, v in message.items() if v != "absent"}


@pytest.mark.parametrize("text", ["nonsense", "[]", "3", "[{}]", '"x"',
                                  "[" * 4000])
def test_what_is_no_object_is_a_parse_error(api: Client, text: str) -> None:
    answer = exchange(api, text)
    assert answer["error"]["code"] == -32700
    assert answer["id"] is None
    assert "data" not in answer["error"]


def test_batches_are_refused(api: Client) -> None:
    answer = exchange(api, [request(), request(id=8)])
    assert (answer["id"], answer["error"]["code"]) == (None, -32700)


@pytest.mark.parametrize("change", [
    {"jsonrpc": "1.0"}, {"jsonrpc": "absent"}, {"method": 3},
    {"method": "absent"}, {"params": {"a": 1}}, {"params": "x"},
    {"id": 1.5}, {"id": [1]}, {"id": True}])
def test_bad_request_objects_are_refused(api: Client, change: dict) -> None:
    assert exchange(api, request(**change))["error"]["code"] == -32600


def test_bad_notification_is_not_answered(api: Client) -> None:
    api.send_text(json.dumps(request(id="absent", params={})))
    assert exchange(api, request())["id"] == 7


def test_unknown_method(api: Client) -> None:
    answer = exchange(api, request(method="no.such"))
    assert answer["error"] == {"code": -32601,
                               "message": "Method does not exist"}


def test_string_and_null_ids_are_given_back(api: Client) -> None:
    assert exchange(api, request(id="seven"))["id"] == "seven"
    answer = exchange(api, request(id=None))
    assert (answer["id"], answer["result"]) == (None, "pong")


def test_notification_is_executed_and_not_answered(nas: Simulator,
                                                   api: Client) -> None:
    api.send_text(json.dumps({
        "jsonrpc": "2.0", "method": "pool.dataset.create",
        "params": [{"name": "tank/k8s/silent"}]}))
    api.send_text(json.dumps({
        "jsonrpc": "2.0", "method": "pool.dataset.create",
        "params": [{"name": "tank/k8s/silent"}]}))
    assert exchange(api, request())["id"] == 7
    assert api.call("pool.dataset.query",
                    [["id", "=", "tank/k8s/silent"]], {"select": ["id"]}) == [
        {"id": "tank/k8s/silent"}]


def test_one_parameter_too_many(api: Client) -> None:
    error = refused(api, "core.ping", 1)
    assert error.code == -32602
    assert error.extra == [["", "Too many arguments (expected 0, found 1)",
                            22]]


def test_answers_come_as_calls_end(nas: Simulator, api: Client) -> None:
    nas.control.fault("delay", method="system.version", ms=200)
    slow, quick = api.submit("system.version"), api.submit("core.ping")
    assert api.receive()["id"] == quick
    assert api.receive()["id"] == slow


def test_ten_run_ten_wait_the_next_is_refused(nas: Simulator,
                                              api: Client) -> None:
    nas.control.fault("delay", method="system.ready", ms=300, count=0)
    idents = [api.submit("system.ready") for _ in range(21)]
    answers = {ident: api.answer(ident) for ident in idents}
    refusal = answers[idents[20]]["error"]
    assert refusal == {"code": -32000, "message": "Maximum number of "
                       "concurrent calls (20) has exceeded"}
    assert all(answers[i]["result"] is True for i in idents[:20])
    calls = nas.control.command("calls", method="system.ready")
    assert len(calls) == 20
    first_end = min(c["answered"] for c in calls)
    assert sum(c["started"] < first_end for c in calls) == 10


def test_limits_count_per_socket(nas: Simulator, api: Client) -> None:
    nas.control.fault("hang", method="system.ready", count=0)
    for _ in range(20):
        api.submit("system.ready")
    with nas.client() as other:
        assert other.call("core.ping") == "pong"


def test_error_data_has_the_shape_of_the_nas(api: Client) -> None:
    error = refused(api, "pool.dataset.delete", "tank/k8s/none").error
    data = error["data"]
    assert error["message"] == "Invalid params"
    assert (data["error"], data["errname"]) == (22, "EINVAL")
    assert data["reason"] == ("[ENOENT] None: PoolDataset tank/k8s/none does "
                              "not exist\n")
    assert data["trace"]["class"] == "InstanceNotFound"
    assert "tank/k8s/none" in data["trace"]["formatted"]


def test_call_error_has_its_errno_in_the_reason(api: Client) -> None:
    error = refused(api, "filesystem.stat", "/mnt/tank/none")
    assert (error.code, error.errno) == (-32001, 2)
    assert error.reason.startswith("[ENOENT] ")


def test_no_mutation_is_lost_with_its_socket(nas: Simulator) -> None:
    nas.control.command("set_latency", ms=200)
    with nas.client() as api:
        api.submit("pool.dataset.create", {"name": "tank/k8s/orphan"})
        # the call has begun when this one is answered
        api.call("core.ping")
    with nas.client() as api:
        api.call("core.ping")
        assert api.call("zfs.resource.query",
                        {"paths": ["tank/k8s/orphan"]})
