# SPDX-License-Identifier: BSD-2-Clause
"""nvmet.*."""
from __future__ import annotations

import base64
import zlib

import pytest

from shortcuts import refused, volume
from truenas_sim.client import Client
from truenas_sim.process import Simulator

DEVICE = "zvol/tank/k8s/v"


@pytest.fixture
def subsys(api: Client) -> int:
    """A subsystem `v` with a namespace of a volume, on port 1."""
    volume(api, "v")
    ident = api.call("nvmet.subsys.create", {"name": "v"})["id"]
    api.call("nvmet.namespace.create", {
        "subsys_id": ident, "device_type": "ZVOL", "device_path": DEVICE})
    api.call("nvmet.port_subsys.create", {"port_id": 1, "subsys_id": ident})
    return ident


def served(nas: Simulator) -> dict:
    return nas.control.command("dump")["served"]["nvmet"]


def test_namespace_is_served(nas: Simulator, api: Client,
                             subsys: int) -> None:
    nqn = api.call("nvmet.subsys.get_instance", subsys)["subnqn"]
    base = api.call("nvmet.global.config")["basenqn"]
    assert nqn == f"{base}:v"
    assert served(nas)[nqn] == {"1": f"/dev/{DEVICE}"}


def test_subsystem_without_port_is_not_served(nas: Simulator,
                                              api: Client) -> None:
    nqn = api.call("nvmet.subsys.create", {"name": "x"})["subnqn"]
    assert nqn not in served(nas)


def test_subsystem_entry(api: Client, subsys: int) -> None:
    row = api.call("nvmet.subsys.get_instance", subsys)
    assert len(row["serial"]) == 20
    assert row["namespaces"] is None
    row = api.call("nvmet.subsys.query", [["name", "=", "v"]],
                   {"get": True, "extra": {"verbose": True}})
    assert (len(row["namespaces"]), row["ports"], row["hosts"]) == (
        1, [1], [])


def test_entries_nest(api: Client, subsys: int) -> None:
    row = api.call("nvmet.namespace.query", [["subsys.id", "=", subsys]],
                   {"get": True})
    assert row["subsys"]["name"] == "v" and "subsys_id" not in row
    assert len(row["device_uuid"]) == len(row["device_nguid"]) == 36
    link = api.call("nvmet.port_subsys.query", [["subsys.id", "=", subsys]],
                    {"get": True})
    assert link["port"]["addr_trsvcid"] == 4420


@pytest.mark.parametrize("fields, attribute", [
    ({"name": "v"}, "name"),
    ({"name": "x", "subnqn": "nqn.2011-06.com.truenas:uuid:5b2a1d0e-64f5-"
      "4a0c-9f3a-0d7e1c9b8a42:v"}, "subnqn"),
    ({"name": "x", "ana": True}, "ana")])
def test_refused_subsystems(api: Client, subsys: int, fields: dict,
                            attribute: str) -> None:
    error = refused(api, "nvmet.subsys.create", fields)
    assert (f"nvmet_subsys_create.{attribute}", 22) in error.fields()


@pytest.mark.parametrize("fields, attribute", [
    ({"device_path": "zvol/tank/k8s/none"}, "device_path"),
    ({"device_path": DEVICE}, "device_path"),
    ({"device_path": "tank/k8s/v"}, "device_path"),
    ({"device_path": "zvol/tank/k8s/legacy-disk"}, "device_path"),
    ({"device_path": "zvol/tank/k8s/w", "nsid": 1}, "nsid"),
    ({"device_path": "zvol/tank/k8s/w", "subsys_id": 99}, "subsys_id")])
def test_refused_namespaces(api: Client, subsys: int, fields: dict,
                            attribute: str) -> None:
    volume(api, "w")
    error = refused(api, "nvmet.namespace.create", {
        "subsys_id": subsys, "device_type": "ZVOL", **fields})
    assert error.fields() == [(f"nvmet_namespace_create.{attribute}", 22)]


def test_automatic_nsid_is_the_lowest_free_in_parallel(
        api: Client, subsys: int) -> None:
    calls = []
    for name in ("w", "x"):
        volume(api, name)
        calls.append(api.submit("nvmet.namespace.create", {
            "subsys_id": subsys, "device_type": "ZVOL",
            "device_path": f"zvol/tank/k8s/{name}"}))
    assert sorted(api.result(c)["nsid"] for c in calls) == [2, 3]


def test_active_namespace_keeps_path_and_nsid(api: Client,
                                              subsys: int) -> None:
    volume(api, "w")
    ident = api.call("nvmet.namespace.query",
                     [["subsys.id", "=", subsys]], {"get": True})["id"]
    error = refused(api, "nvmet.namespace.update", ident,
                    {"device_path": "zvol/tank/k8s/w"})
    assert error.fields() == [("nvmet_namespace_update.device_path", 22)]
    assert api.call("nvmet.namespace.update", ident, {"enabled": False})[
        "enabled"] is False
    assert api.call("nvmet.namespace.update", ident, {"nsid": 7})[
        "nsid"] == 7


def test_subsystem_delete_needs_force_while_not_empty(
        api: Client, subsys: int) -> None:
    error = refused(api, "nvmet.subsys.delete", subsys)
    assert error.fields() == [("nvmet_subsys_delete.id", 22)]
    space = api.call("nvmet.namespace.query", [["subsys.id", "=", subsys]],
                     {"get": True})["id"]
    api.call("nvmet.namespace.delete", space)
    assert refused(api, "nvmet.subsys.delete", subsys).code == -32602
    assert api.call("nvmet.subsys.delete", subsys, {"force": True}) is True
    assert api.call("nvmet.port_subsys.query",
                    [["subsys.id", "=", subsys]]) == []


def test_sessions_vanish_with_their_subsystem(nas: Simulator, api: Client,
                                              subsys: int) -> None:
    nqn = api.call("nvmet.subsys.get_instance", subsys)["subnqn"]
    nas.control.command("session_add", nvmet={
        "subnqn": nqn, "hostnqn": "nqn.2014-08.org.nvmexpress:uuid:x"})
    rows = api.call("nvmet.global.sessions", [["subsys_id", "=", subsys]])
    assert set(rows[0]) == {"host_traddr", "hostnqn", "subsys_id", "port_id",
                            "ctrl"}
    api.call("nvmet.subsys.delete", subsys, {"force": True})
    assert api.call("nvmet.global.sessions") == []


def test_port_links(api: Client, subsys: int) -> None:
    error = refused(api, "nvmet.port_subsys.create",
                    {"port_id": 9, "subsys_id": subsys})
    assert error.extra == [["nvmet_port_subsys_create.port_id",
                            "No port with ID 9", 22]]
    error = refused(api, "nvmet.port_subsys.create",
                    {"port_id": 1, "subsys_id": subsys})
    assert error.fields() == [("nvmet_port_subsys_create.port_id", 22)]


def test_ports(api: Client) -> None:
    for fields in ({"addr_traddr": "192.0.2.1"},
                   {"addr_traddr": "127.0.0.1"}):
        error = refused(api, "nvmet.port.create",
                        {"addr_trtype": "TCP", **fields})
        assert error.fields() == [("nvmet_port_create.addr_traddr", 22)]
    row = api.call("nvmet.port.create", {
        "addr_trtype": "TCP", "addr_traddr": "127.0.0.1",
        "addr_trsvcid": 4421})
    assert (row["index"], row["addr_adrfam"]) == (2, "IPV4")
    assert refused(api, "nvmet.port.delete", 1).fields() == [
        ("nvmet_port_delete.id", 22)]
    assert api.call("nvmet.port.delete", row["id"]) is True
    assert "127.0.0.1" in api.call("nvmet.port.transport_address_choices",
                                   "TCP")


def test_a_new_nas_has_no_ports() -> None:
    with Simulator("--bare") as nas, nas.client() as api:
        assert api.call("nvmet.port.query") == []
        assert api.call("iscsi.portal.query") == []


def test_hosts(api: Client, subsys: int) -> None:
    nqn = "nqn.2014-08.org.nvmexpress:uuid:1"
    host = api.call("nvmet.host.create", {"hostnqn": nqn})
    assert host["dhchap_key"] is None
    assert refused(api, "nvmet.host.create", {"hostnqn": nqn}).fields() == [
        ("nvmet_host_create.hostnqn", 22)]
    api.call("nvmet.host_subsys.create", {"host_id": host["id"],
                                          "subsys_id": subsys})
    assert refused(api, "nvmet.host.delete", host["id"]).code == -32602
    assert api.call("nvmet.host.delete", host["id"], {"force": True}) is True
    assert api.call("nvmet.host_subsys.query") == []


@pytest.mark.parametrize("name, number, size", [
    ("SHA-256", "01", 32), ("SHA-512", "03", 64)])
def test_generated_key_has_its_checksum(api: Client, name: str, number: str,
                                        size: int) -> None:
    prefix, kind, body, end = api.call("nvmet.host.generate_key",
                                       name).split(":")
    raw = base64.b64decode(body)
    assert (prefix, kind, end, len(raw)) == ("DHHC-1", number, "", size + 4)
    assert zlib.crc32(raw[:-4]).to_bytes(4, "little") == raw[-4:]
