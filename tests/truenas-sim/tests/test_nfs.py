# SPDX-License-Identifier: BSD-2-Clause
"""sharing.nfs.* and nfs.*."""
from __future__ import annotations

from typing import Any

import pytest

from shortcuts import filesystem, refused
from truenas_sim.client import Client
from truenas_sim.process import Simulator

PATH = "/mnt/tank/k8s/a"


@pytest.fixture
def share(api: Client) -> Any:
    filesystem(api, "a")

    def create(**fields: Any) -> dict:
        return api.call("sharing.nfs.create", {"path": PATH, **fields})
    return create


def served(nas: Simulator) -> dict:
    return nas.control.command("dump")["served"]["nfs"]


def test_new_share_is_served(nas: Simulator, share: Any) -> None:
    row = share(networks=["10.1.2.3/24"], hosts=["10.9.9.9", "node.example"],
                maproot_user="root", maproot_group="root", comment="x")
    assert row["networks"] == ["10.1.2.0/24"]
    assert row["locked"] is False
    assert served(nas)[PATH] == ["10.1.2.0/24", "10.9.9.9", "node.example"]


def test_empty_lists_are_everybody(nas: Simulator, share: Any) -> None:
    share()
    assert served(nas)[PATH] == ["*"]


@pytest.mark.parametrize("fields, attribute", [
    ({"path": "/mnt/tank/none"}, "path"), ({"path": "/etc"}, "path"),
    ({"path": "/mnt/tankard"}, "path"),
    ({"path": PATH + "/.zfs/snapshot/s"}, "path"),
    ({"networks": ["0.0.0.0/0"]}, "networks"),
    ({"networks": ["::/0"]}, "networks"),
    ({"networks": ["0.0.0.0/8"]}, "networks"),
    ({"networks": ["10.0.0.0/33"]}, "networks.0"),
    ({"networks": ["10.0.0.0/8", "10.1.0.0/16"]}, "networks"),
    ({"networks": ["10.0.0.1/24", "10.0.0.2/24"]}, "networks"),
    ({"hosts": ["a b"]}, "hosts.0"), ({"hosts": ['a"b']}, "hosts.0"),
    ({"hosts": ["x.example", "x.example"]}, "hosts.1"),
    ({"hosts": ["0.0.0.0"]}, "hosts.0"),
    ({"hosts": ["nobody.invalid"]}, "hosts.0"),
    ({"hosts": ["10.0.0.9"], "networks": ["10.0.0.0/24"]}, "networks"),
    ({"maproot_group": "root"}, "maproot_user"),
    ({"maproot_user": "nosuch"}, "maproot_user"),
    ({"mapall_user": "root", "mapall_group": "nosuch"}, "mapall_group"),
    ({"maproot_user": "root", "mapall_user": "root"}, "mapall_user"),
    ({"expose_snapshots": True}, "expose_snapshots"),
])
def test_refused_shares(api: Client, share: Any, fields: dict,
                        attribute: str) -> None:
    error = refused(api, "sharing.nfs.create", {"path": PATH, **fields})
    assert error.code == -32602
    assert [f for f, _ in error.fields()] == [
        f"sharingnfs_create.{attribute}"]


def test_wildcards_and_netgroups_need_no_address(share: Any) -> None:
    row = share(hosts=["*.example", "@group", "*"])
    assert row["hosts"] == ["*.example", "@group", "*"]


def test_second_open_share_is_accepted(share: Any) -> None:
    assert share()["id"] != share()["id"]


def test_second_share_for_a_star_is_refused(api: Client, share: Any) -> None:
    share(hosts=["*"])
    error = refused(api, "sharing.nfs.create", {"path": PATH,
                                                "hosts": ["*"]})
    assert error.fields() == [("sharingnfs_create.hosts", 22)]


def test_other_share_with_overlapping_network_is_refused(
        api: Client, share: Any) -> None:
    share(networks=["10.0.0.0/8"], enabled=False)
    error = refused(api, "sharing.nfs.create",
                    {"path": PATH, "networks": ["10.2.0.0/16"]})
    assert error.fields() == [("sharingnfs_create.networks", 22)]
    assert share(networks=["192.0.2.0/24"])["id"]


def test_network_after_an_open_share_is_refused_and_a_host_is_not(
        api: Client, share: Any) -> None:
    share()
    error = refused(api, "sharing.nfs.create",
                    {"path": PATH, "networks": ["10.0.0.0/8"]})
    assert error.fields() == [("sharingnfs_create.networks", 22)]
    assert share(hosts=["10.0.0.1"])["id"]


def test_update_replaces_whole_lists(nas: Simulator, api: Client,
                                     share: Any) -> None:
    ident = share(hosts=["a.example", "b.example"])["id"]
    row = api.call("sharing.nfs.update", ident, {"hosts": ["c.example"]})
    assert row["hosts"] == ["c.example"]
    assert served(nas)[PATH] == ["c.example"]
    error = refused(api, "sharing.nfs.update", ident, {"path": "/etc"})
    assert error.fields() == [("sharingnfs_update.path", 22)]


def test_update_does_not_clash_with_itself(api: Client, share: Any) -> None:
    ident = share(hosts=["*"])["id"]
    assert api.call("sharing.nfs.update", ident, {"comment": "x"})["id"] == (
        ident)


def test_missing_ids(api: Client) -> None:
    for call in (("sharing.nfs.update", 99, {}), ("sharing.nfs.delete", 99),
                 ("sharing.nfs.get_instance", 99)):
        error = refused(api, *call)
        assert error.extra == [[None, "SharingNFS 99 does not exist", 2]]


def test_freed_ids_come_again_lowest_first(api: Client, share: Any) -> None:
    first, second = share()["id"], share()["id"]
    api.call("sharing.nfs.delete", second)
    api.call("sharing.nfs.delete", first)
    assert [share()["id"], share()["id"]] == [first, second]


def test_ids_can_be_told_not_to_come_again() -> None:
    with Simulator("--monotonic-ids") as nas, nas.client() as api:
        filesystem(api, "a")
        ident = api.call("sharing.nfs.create", {"path": PATH})["id"]
        api.call("sharing.nfs.delete", ident)
        assert api.call("sharing.nfs.create", {"path": PATH})["id"] > ident


def test_kerberos_needs_version_4(api: Client, share: Any) -> None:
    api.call("nfs.update", {"protocols": ["NFSV3"]})
    error = refused(api, "sharing.nfs.create",
                    {"path": PATH, "security": ["KRB5"]})
    assert error.fields() == [("sharingnfs_create.security", 22)]
    api.call("nfs.update", {"protocols": ["NFSV3", "NFSV4"]})
    assert share(security=["KRB5"])["security"] == ["KRB5"]


def test_config_of_a_new_installation(api: Client) -> None:
    assert api.call("nfs.config")["protocols"] == ["NFSV3", "NFSV4"]
