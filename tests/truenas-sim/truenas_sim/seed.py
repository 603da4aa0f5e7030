# SPDX-License-Identifier: BSD-2-Clause
"""What a NAS holds before the driver comes: portals, and others' storage.

The foreign objects must never change.  Some are traps: marks of another
driver, marks of ours that were inherited and name another dataset, volumes
of others below our own parent.
"""
from __future__ import annotations

from typing import TYPE_CHECKING

from . import invariants
from .backing import FILESYSTEM, VOLUME
from .db import Table

if TYPE_CHECKING:
    from .nas import Nas

GIB = 1 << 30


async def infrastructure(nas: "Nas", portal: str | None,
                         nvmet_port: tuple[str, int] | None) -> None:
    """The portal and port which an admin makes once."""
    if portal is not None:
        nas.db.portal.insert({"comment": "", "tag": 1, "listen":
                              [{"ip": portal}]})
    if nvmet_port is not None:
        nas.db.port.insert({
            "index": 1, "addr_trtype": "TCP", "addr_traddr": nvmet_port[0],
            "addr_trsvcid": nvmet_port[1],
            "addr_adrfam": "IPV6" if ":" in nvmet_port[0] else "IPV4",
            "inline_data_size": None, "max_queue_size": None,
            "pi_enable": None, "enabled": True})


async def parents(nas: "Nas", path: str) -> None:
    """The dataset below which volumes are made, with those above it."""
    parts = path.split("/")
    for depth in range(2, len(parts) + 1):
        name = "/".join(parts[:depth])
        if await nas.backing.dataset(name) is None:
            await nas.backing.dataset_create(name, FILESYSTEM, {}, {})


async def foreign(nas: "Nas") -> None:
    """Other people's datasets, shares, targets, subsystems, snapshots."""
    parent, pool = nas.settings.parent, nas.settings.parent.split("/")[0]
    theirs = {"scale-csi:managed_resource": "true",
              "scale-csi:csi_volume_name": "legacy"}
    ours_elsewhere = {invariants.MANAGED: "true",
                      invariants.VOLUME_ID: f"scale-nfs:{pool}/elsewhere"}
    filesystems = {
        f"{pool}/foreign": {"org.acme:owner": "alice"},
        f"{pool}/foreign/child": {},
        f"{parent}/legacy-share": theirs,
        f"{parent}/team": ours_elsewhere,
        f"{parent}/team/inherits": {},
    }
    volumes = {f"{pool}/foreign/disk": {},
               f"{parent}/legacy-disk": theirs,
               f"{parent}/legacy-nvme": theirs}
    backing = nas.backing
    for name, user in filesystems.items():
        await backing.dataset_create(name, FILESYSTEM, {}, user)
    for name, user in volumes.items():
        await backing.dataset_create(
            name, VOLUME, {"volsize": str(GIB), "volblocksize": "16384"},
            user)
    await backing.snapshot_create(f"{pool}/foreign", "daily",
                                  {"org.acme:keep": "30"}, False)
    await backing.snapshot_create(f"{parent}/legacy-share", "manual", {},
                                  False)
    await backing.clone(f"{pool}/foreign@daily", f"{pool}/foreign-clone", {})
    rows = _exports(nas, parent)
    seeded = {"datasets": [*filesystems, *volumes, f"{pool}/foreign-clone"],
              "rows": rows}
    seeded["state"] = await invariants.foreign_state(nas, seeded)
    nas.seeded = seeded


def _exports(nas: "Nas", parent: str) -> dict[str, list[int]]:
    """Exports of the foreign datasets; their ids by table."""
    db = nas.db
    made: dict[str, list[int]] = {}

    def insert(table: Table, row: dict) -> int:
        ident = table.insert(row)["id"]
        made.setdefault(table.name, []).append(ident)
        return ident

    insert(db.nfs, {
        "path": f"/mnt/{parent}/legacy-share", "aliases": [],
        "comment": "legacy", "networks": [], "hosts": [], "ro": False,
        "maproot_user": None, "maproot_group": None, "mapall_user": None,
        "mapall_group": None, "security": [], "enabled": True,
        "expose_snapshots": False})
    target = insert(db.target, {
        "name": "legacy-disk", "alias": None, "mode": "ISCSI",
        "groups": ([{"portal": 1, "initiator": None, "authmethod": "NONE",
                     "auth": None}] if db.portal.get(1) else []),
        "auth_networks": [], "rel_tgt_id": 1, "iscsi_parameters": None})
    disk = f"zvol/{parent}/legacy-disk"
    extent = insert(db.extent, {
        "name": "legacy-disk", "type": "DISK", "disk": disk,
        "serial": "10a1b2c3d4e5f60", "path": disk, "filesize": "0",
        "blocksize": 512, "pblocksize": False, "avail_threshold": None,
        "comment": "legacy", "naa": "0x6589cfc000000123456789abcdef0123",
        "insecure_tpc": True, "xen": False, "rpm": "SSD", "ro": False,
        "enabled": True, "vendor": "TrueNAS", "product_id": None})
    insert(db.mapping, {"target": target, "extent": extent, "lunid": 0})
    subsys = insert(db.subsys, {
        "name": "legacy-nvme",
        "subnqn": f"{db.nvmet_config['basenqn']}:legacy-nvme",
        "serial": "0123456789abcdef0123", "allow_any_host": True,
        "pi_enable": None, "qid_max": None, "ieee_oui": None, "ana": None})
    insert(db.namespace, {
        "subsys_id": subsys, "nsid": 1, "device_type": "ZVOL",
        "device_path": f"zvol/{parent}/legacy-nvme", "filesize": None,
        "device_uuid": "0f6d1a52-7a43-4b6c-9a51-2f1f3c7e6b10",
        "device_nguid": "0f6d1a52-7a43-4b6c-9a51-2f1f3c7e6b11",
        "enabled": True})
    if db.port.get(1):
        insert(db.port_link, {"port_id": 1, "subsys_id": subsys})
    return made
