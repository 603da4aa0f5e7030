# SPDX-License-Identifier: BSD-2-Clause
"""iscsi.*."""
from __future__ import annotations

import pytest

from shortcuts import GIB, eventually, refused, volume
from truenas_sim.client import ApiError, Client
from truenas_sim.process import Simulator

DISK = "zvol/tank/k8s/v"
BASE = "iqn.2005-10.org.freenas.ctl"


@pytest.fixture
def lun(api: Client) -> tuple[int, int, int]:
    """Target, extent and mapping of a volume `v`."""
    volume(api, "v")
    target = api.call("iscsi.target.create", {
        "name": "v", "groups": [{"portal": 1}]})["id"]
    extent = api.call("iscsi.extent.create", {
        "name": "v", "disk": DISK, "serial": "abc"})["id"]
    mapping = api.call("iscsi.targetextent.create", {
        "target": target, "extent": extent, "lunid": 0})["id"]
    return target, extent, mapping


def served(nas: Simulator) -> dict:
    return nas.control.command("dump")["served"]["iscsi"]


def session(nas: Simulator, target: str = "v") -> None:
    nas.control.command("session_add", iscsi={
        "target": f"{BASE}:{target}", "initiator": "iqn.2026-01.x:node"})


def test_lun_is_served(nas: Simulator, lun: tuple) -> None:
    assert served(nas)[f"{BASE}:v"] == {"0": f"/dev/{DISK}"}


def test_target_without_lun_is_not_served(nas: Simulator,
                                          api: Client) -> None:
    api.call("iscsi.target.create", {"name": "empty"})
    assert f"{BASE}:empty" not in served(nas)


def test_extent_entry(api: Client, lun: tuple) -> None:
    row = api.call("iscsi.extent.get_instance", lun[1])
    assert (row["disk"], row["path"], row["serial"], row["locked"]) == (
        DISK, DISK, "abc", False)
    assert row["naa"].startswith("0x6589cfc000000") and len(row["naa"]) == 34
    volume(api, "w")
    auto = api.call("iscsi.extent.create", {"name": "w", "disk":
                                            "zvol/tank/k8s/w"})
    assert len(auto["serial"]) == 15
    int(auto["serial"], 16)


def test_extent_gives_its_volume_properties(nas: Simulator,
                                            api: Client) -> None:
    volume(api, "v")
    api.call("iscsi.extent.create", {"name": "v", "disk": DISK, "ro": True})
    props = nas.control.command("dump")["datasets"]["tank/k8s/v"][
        "properties"]
    assert (props["volthreading"], props["readonly"]) == ("off", "on")


@pytest.mark.parametrize("fields, attribute", [
    ({"name": "w", "disk": "zvol/tank/k8s/none"}, "disk"),
    ({"name": "w", "disk": "tank/k8s/v"}, "disk"),
    ({"name": "w"}, "disk"), ({"name": "w", "disk": DISK}, "disk"),
    ({"name": "v", "disk": "zvol/tank/k8s/w"}, "name"),
    ({"name": "x.y/z", "disk": "zvol/tank/k8s/w"}, "name"),
    ({"name": "w", "disk": "zvol/tank/k8s/w", "serial": "abc"}, "serial"),
    ({"name": "w", "disk": "zvol/tank/k8s/w", "serial": "x" * 21}, "serial"),
    ({"name": "w", "disk": "zvol/tank/k8s/n"}, "disk"),
])
def test_refused_extents(api: Client, lun: tuple, fields: dict,
                         attribute: str) -> None:
    for name in ("w", "n", "o"):
        volume(api, name)
    api.call("iscsi.extent.create", {"name": "x_y-z",
                                     "disk": "zvol/tank/k8s/o"})
    subsys = api.call("nvmet.subsys.create", {"name": "n"})["id"]
    api.call("nvmet.namespace.create", {
        "subsys_id": subsys, "device_type": "ZVOL",
        "device_path": "zvol/tank/k8s/n"})
    error = refused(api, "iscsi.extent.create", fields)
    assert error.fields() == [(f"iscsi_extent_create.{attribute}", 22)]


def test_device_link_may_be_late(nas: Simulator, api: Client) -> None:
    volume(api, "v")
    nas.control.command("device_missing", name="tank/k8s/v")
    error = refused(api, "iscsi.extent.create", {"name": "v", "disk": DISK})
    assert error.fields() == [("iscsi_extent_create.disk", 22)]
    nas.control.command("device_missing", name="tank/k8s/v", on=False)
    assert api.call("iscsi.extent.create", {"name": "v", "disk": DISK})["id"]


def test_new_volumes_may_all_be_late(nas: Simulator, api: Client) -> None:
    nas.control.command("tune", device_ms=100)
    volume(api, "v")
    error = refused(api, "iscsi.extent.create", {"name": "v", "disk": DISK})
    assert error.fields() == [("iscsi_extent_create.disk", 22)]

    def made() -> bool:
        try:
            return bool(api.call("iscsi.extent.create",
                                 {"name": "v", "disk": DISK}))
        except ApiError:
            return False

    eventually(made, "the volume's link")
    nas.control.command("tune", device_ms=0)


@pytest.mark.parametrize("fields, attribute", [
    ({"name": "legacy-disk"}, "name"),
    ({"name": "t", "alias": "target"}, "alias"),
    ({"name": "t", "alias": 'a"b'}, "alias"),
    ({"name": "t", "mode": "FC"}, "mode"),
    ({"name": "t", "groups": [{"portal": 9}]}, "groups.0.portal"),
    ({"name": "t", "groups": [{"portal": 1}, {"portal": 1}]},
     "groups.1.portal"),
    ({"name": "t", "groups": [{"portal": 1, "initiator": 9}]},
     "groups.0.initiator"),
    ({"name": "t", "groups": [{"portal": 1, "authmethod": "CHAP"}]},
     "groups.0.auth"),
    ({"name": "t", "groups": [{"portal": 1, "authmethod": "CHAP",
                               "auth": 5}]}, "groups.0.auth"),
    ({"name": "t", "auth_networks": ["x"]}, "auth_networks.0"),
])
def test_refused_targets(api: Client, fields: dict, attribute: str) -> None:
    error = refused(api, "iscsi.target.create", fields)
    assert error.fields() == [(f"iscsi_target_create.{attribute}", 22)]


def test_empty_alias_is_none(api: Client) -> None:
    assert api.call("iscsi.target.create", {"name": "t", "alias": ""})[
        "alias"] is None


def test_validate_name(api: Client) -> None:
    assert api.call("iscsi.target.validate_name", "fine") is None
    assert api.call("iscsi.target.validate_name", "legacy-disk")
    assert api.call("iscsi.target.validate_name", "legacy-disk", 1) is None
    assert "lowercase" in api.call("iscsi.target.validate_name", "A_b")


@pytest.mark.parametrize("change, attribute", [
    ({"target": 99}, "target"), ({"extent": 99}, "extent"),
    ({}, "extent"), ({"lunid": 16383}, "lunid")])
def test_refused_mappings(api: Client, lun: tuple, change: dict,
                          attribute: str) -> None:
    data = {"target": lun[0], "extent": lun[1], "lunid": 1, **change}
    error = refused(api, "iscsi.targetextent.create", data)
    assert (f"iscsi_targetextent_create.{attribute}", 22) in error.fields()


def test_lun_numbers_of_a_target(api: Client, lun: tuple) -> None:
    volume(api, "w")
    extent = api.call("iscsi.extent.create", {
        "name": "w", "disk": "zvol/tank/k8s/w"})["id"]
    error = refused(api, "iscsi.targetextent.create",
                    {"target": lun[0], "extent": extent, "lunid": 0})
    assert error.fields() == [("iscsi_targetextent_create.lunid", 22)]
    row = api.call("iscsi.targetextent.create",
                   {"target": lun[0], "extent": extent})
    assert row["lunid"] == 1


def test_automatic_luns_collide_in_parallel(api: Client) -> None:
    target = api.call("iscsi.target.create", {"name": "t"})["id"]
    extents = []
    for name in ("v", "w"):
        volume(api, name)
        extents.append(api.call("iscsi.extent.create", {
            "name": name, "disk": f"zvol/tank/k8s/{name}"})["id"])
    calls = [api.submit("iscsi.targetextent.create",
                        {"target": target, "extent": e}) for e in extents]
    assert [api.result(c)["lunid"] for c in calls] == [0, 0]


def test_objects_in_use_need_force(nas: Simulator, api: Client,
                                   lun: tuple) -> None:
    target, extent, mapping = lun
    session(nas)
    for call, text in (
            (("iscsi.target.delete", target), "Target v is in use."),
            (("iscsi.extent.delete", extent),
             "Associated target(s) v in use."),
            (("iscsi.targetextent.delete", mapping),
             "Associated target v is in use.")):
        error = refused(api, *call)
        assert (error.code, error.errno) == (-32001, 14)
        assert error.reason == f"[EFAULT] {text}"
    assert api.call("iscsi.targetextent.delete", mapping, True) is True
    assert api.call("iscsi.global.sessions", [], {"count": True}) == 1
    assert api.call("iscsi.target.delete", target, True) is True
    assert api.call("iscsi.global.sessions") == []
    assert len(api.call("iscsi.extent.query", [["id", "=", extent]])) == 1


def test_target_delete_takes_mappings_and_extents_if_told(
        api: Client, lun: tuple) -> None:
    api.call("iscsi.target.delete", lun[0], False, True)
    assert api.call("iscsi.extent.query", [["id", "=", lun[1]]]) == []
    assert api.call("iscsi.targetextent.query", [["id", "=", lun[2]]]) == []
    assert api.call("zfs.resource.query", {"paths": ["tank/k8s/v"]})


def test_extent_delete_takes_its_mapping(api: Client, lun: tuple) -> None:
    api.call("iscsi.extent.delete", lun[1], True, True)
    assert api.call("iscsi.targetextent.query", [["id", "=", lun[2]]]) == []
    assert api.call("iscsi.target.query", [["id", "=", lun[0]]])
    assert api.call("zfs.resource.query", {"paths": ["tank/k8s/v"]})


def test_sessions_are_filtered(nas: Simulator, api: Client,
                               lun: tuple) -> None:
    session(nas)
    session(nas, "legacy-disk")
    rows = api.call("iscsi.global.sessions",
                    [["target", "=", f"{BASE}:v"]])
    assert [r["initiator"] for r in rows] == ["iqn.2026-01.x:node"]
    assert nas.control.command("session_remove",
                               iscsi={"target": f"{BASE}:v"}) == 1
    assert api.call("iscsi.global.client_count") == 1


def test_portals(api: Client) -> None:
    assert api.call("iscsi.portal.query")[0]["listen"] == [
        {"ip": "0.0.0.0", "port": 3260}]
    for listen, field in (([], "listen"), ([{"ip": "192.0.2.9"}],
                                           "listen.0.ip"),
                          ([{"ip": "0.0.0.0"}], "listen.0.ip")):
        error = refused(api, "iscsi.portal.create", {"listen": listen})
        assert error.fields() == [(f"iscsiportal_create.{field}", 22)]
    row = api.call("iscsi.portal.create", {"listen": [{"ip": "127.0.0.1"}]})
    assert row["tag"] == 2
    assert "127.0.0.1" in api.call("iscsi.portal.listen_ip_choices")


def test_deleted_initiator_group_opens_the_target(api: Client) -> None:
    group = api.call("iscsi.initiator.create",
                     {"initiators": ["iqn.2026-01.x:a"]})["id"]
    target = api.call("iscsi.target.create", {
        "name": "t", "groups": [{"portal": 1, "initiator": group}]})["id"]
    api.call("iscsi.initiator.delete", group)
    row = api.call("iscsi.target.get_instance", target)
    assert row["groups"][0]["initiator"] is None


@pytest.mark.parametrize("fields, attribute", [
    ({"secret": "short"}, "secret"), ({"secret": "x" * 17}, "secret"),
    ({"secret": "x" * 12, "peeruser": "p", "peersecret": "x" * 12},
     "peersecret")])
def test_refused_credentials(api: Client, fields: dict,
                             attribute: str) -> None:
    error = refused(api, "iscsi.auth.create", {"tag": 1, "user": "u",
                                               **fields})
    assert error.fields() == [(f"iscsi_auth_create.{attribute}", 22)]


def test_last_credential_in_use_stays(api: Client) -> None:
    ident = api.call("iscsi.auth.create", {"tag": 3, "user": "u",
                                           "secret": "x" * 12})["id"]
    api.call("iscsi.target.create", {"name": "t", "groups": [
        {"portal": 1, "authmethod": "CHAP", "auth": 3}]})
    assert refused(api, "iscsi.auth.delete", ident).fields() == [
        ("iscsi_auth_delete.id", 22)]


def test_readonly_volume_is_pushed_to_its_extent(api: Client,
                                                 lun: tuple) -> None:
    api.call("pool.dataset.update", "tank/k8s/v", {"readonly": "ON"})
    assert api.call("iscsi.extent.get_instance", lun[1])["ro"] is True


def test_disk_choices_leave_out_what_is_used(api: Client,
                                             lun: tuple) -> None:
    volume(api, "w", GIB)
    choices = api.call("iscsi.extent.disk_choices")
    assert "zvol/tank/k8s/w" in choices and DISK not in choices


def test_updates(api: Client, lun: tuple) -> None:
    target, extent, mapping = lun
    assert api.call("iscsi.target.update", target, {"alias": "x"})[
        "alias"] == "x"
    assert api.call("iscsi.extent.update", extent, {"comment": "c"})[
        "comment"] == "c"
    assert api.call("iscsi.targetextent.update", mapping, {"lunid": 5})[
        "lunid"] == 5
