# SPDX-License-Identifier: BSD-2-Clause
"""The iSCSI target: LIO through configfs, dressed as the NAS's own.

A LUN's backstore is named by the extent's NAA, which never changes in the
extent's life; the NAA a node reads from the disk is the one the API reports.
(LIO derives the SCSI serial number from the same value, so unlike on the NAS
it is not the extent's serial.)
"""
from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

from ..backing import IscsiConfig
from . import configfs, paths

STORES = configfs.ROOT / "target/core/iblock_0"
TARGETS = configfs.ROOT / "target/iscsi"
NAA_PREFIX = "0x6589cfc"
GROUP = "tpgt_1"


class Store(NamedTuple):
    """A backstore's configuration."""

    device: str
    product: str
    blocksize: int
    readonly: bool


class Target(NamedTuple):
    """A target's configuration."""

    luns: dict[int, str]             # LUN -> NAA
    portals: frozenset[str]
    initiators: frozenset[str]       # empty: everybody
    authentication: tuple[str, str, str, str] | None


class Lio:
    """Makes configfs agree with the database's rows."""

    def apply(self, config: IscsiConfig | None) -> None:
        """Serves exactly this; None takes everything down."""
        TARGETS.mkdir(parents=True, exist_ok=True)
        STORES.mkdir(parents=True, exist_ok=True)
        stores = _wanted_stores(config) if config else {}
        targets = _wanted_targets(config, stores) if config else {}
        for iqn in _targets():
            if iqn not in targets:
                _remove_target(iqn)
            else:
                _prune_target(iqn, targets[iqn], stores)
        for naa in configfs.objects(STORES):
            if naa not in stores or _store(naa) != stores[naa]:
                (STORES / naa).rmdir()
        for naa, store in stores.items():
            if not (STORES / naa).exists():
                _add_store(naa, store)
        for iqn, target in targets.items():
            _fill_target(iqn, target)

    def sessions(self) -> list[tuple[str, str]]:
        """Live sessions: initiator and target names."""
        found = []
        for iqn in _targets():
            group = TARGETS / iqn / GROUP
            dynamic = configfs.read(group / "dynamic_sessions")
            names = {name for name in dynamic.replace("\0", "\n").split("\n")
                     if name}
            for name in configfs.objects(group / "acls"):
                if "No active" not in configfs.read(
                        group / "acls" / name / "info"):
                    names.add(name)
            found += [(name, iqn) for name in sorted(names)]
        return found

    def served(self) -> dict[str, dict[str, str]]:
        """Targets that can be logged in to, and the device behind each LUN."""
        found = {}
        for iqn in _targets():
            group = TARGETS / iqn / GROUP
            if configfs.read(group / "enable") == "1":
                found[iqn] = {str(lun): _store(naa).device
                              for lun, naa in sorted(_luns(group).items())}
        return found

    def access(self) -> dict[str, dict]:
        """Where each target listens and who may log in (nobody: all)."""
        return {iqn: {"portals": configfs.objects(TARGETS / iqn / GROUP
                                                  / "np"),
                      "initiators": configfs.objects(TARGETS / iqn / GROUP
                                                     / "acls")}
                for iqn in _targets()}


def _wanted_stores(config: IscsiConfig) -> dict[str, Store]:
    mapped = {row["extent"] for row in config.mappings}
    return {
        row["naa"]: Store(f"/dev/{row['disk']}",
                          row.get("product_id") or "iSCSI Disk",
                          row["blocksize"], row["ro"])
        for row in config.extents
        if row["type"] == "DISK" and row["enabled"] and row["id"] in mapped
        and paths.is_device(f"/dev/{row['disk']}")}


def _wanted_targets(config: IscsiConfig,
                    stores: dict[str, Store]) -> dict[str, Target]:
    extents = {row["id"]: row for row in config.extents}
    targets = {}
    for row in config.targets:
        luns = {m["lunid"]: extents[m["extent"]]["naa"]
                for m in config.mappings if m["target"] == row["id"]}
        targets[f"{config.settings['basename']}:{row['name']}"] = Target(
            {lun: naa for lun, naa in luns.items() if naa in stores},
            _portals(config, row), _initiators(config, row),
            _authentication(config, row))
    return targets


def _portals(config: IscsiConfig, target: dict) -> frozenset[str]:
    used = {group["portal"] for group in target["groups"]}
    port = config.settings["listen_port"]
    return frozenset(
        f"[{listen['ip']}]:{port}" if ":" in listen["ip"]
        else f"{listen['ip']}:{port}"
        for portal in config.portals if portal["id"] in used
        for listen in portal["listen"])


def _initiators(config: IscsiConfig, target: dict) -> frozenset[str]:
    groups = {row["id"]: row for row in config.initiators}
    allowed: set[str] = set()
    for group in target["groups"]:
        row = groups.get(group["initiator"])
        if row is None or not row["initiators"]:
            return frozenset()
        allowed.update(row["initiators"])
    return frozenset(allowed)


def _authentication(config: IscsiConfig,
                    target: dict) -> tuple[str, str, str, str] | None:
    for group in target["groups"]:
        if group["authmethod"] == "NONE":
            continue
        for row in config.auths:
            if row["tag"] == group["auth"]:
                mutual = group["authmethod"] == "CHAP_MUTUAL"
                return (row["user"], row["secret"],
                        row["peeruser"] if mutual else "",
                        row["peersecret"] if mutual else "")
    return None


# -- what configfs holds ----------------------------------------------------
def _targets() -> list[str]:
    return [name for name in configfs.objects(TARGETS)
            if name != "discovery_auth"]


def _luns(group: Path) -> dict[int, str]:
    found = {}
    for name in configfs.objects(group / "lun"):
        for link in configfs.links(group / "lun" / name):
            found[int(name.removeprefix("lun_"))] = os.path.basename(
                os.readlink(link))
    return found


def _store(naa: str) -> Store:
    path = STORES / naa
    info = configfs.read(path / "info")
    return Store(configfs.read(path / "udev_path"),
                 configfs.read(path / "wwn/product_id"),
                 int(configfs.read(path / "attrib/block_size")),
                 "readonly: 1" in info)


# -- changes ----------------------------------------------------------------
def _add_store(naa: str, store: Store) -> None:
    path = STORES / naa
    path.mkdir()
    configfs.write(path / "control", f"udev_path={store.device}")
    configfs.write(path / "udev_path", store.device)
    if store.readonly:
        configfs.write(path / "control", "readonly=1")
    configfs.write(path / "wwn/vendor_id", "TrueNAS")
    configfs.write(path / "wwn/product_id", store.product)
    configfs.write(path / "wwn/revision", "0123")
    configfs.write(path / "wwn/company_id", "0x589cfc")
    configfs.write(path / "enable", 1)
    configfs.write(path / "wwn/vpd_unit_serial",
                   naa.removeprefix(NAA_PREFIX))
    configfs.settle(path / "attrib/block_size", store.blocksize)
    configfs.settle(path / "attrib/emulate_tpu", 1)


def _fill_target(iqn: str, target: Target) -> None:
    group = TARGETS / iqn / GROUP
    group.mkdir(parents=True, exist_ok=True)
    there = _luns(group)
    for lun, naa in target.luns.items():
        if lun not in there:
            (group / f"lun/lun_{lun}").mkdir(exist_ok=True)
            os.symlink(STORES / naa, group / f"lun/lun_{lun}/store")
    for portal in target.portals:
        (group / "np" / portal).mkdir(exist_ok=True)
    attributes = group / "attrib"
    dynamic = int(not target.initiators)
    configfs.settle(attributes / "authentication",
                    int(target.authentication is not None))
    configfs.settle(attributes / "generate_node_acls", dynamic)
    configfs.settle(attributes / "cache_dynamic_acls", dynamic)
    configfs.settle(attributes / "demo_mode_write_protect", 0)
    _fill_secrets(group / "auth", target)
    for name in target.initiators:
        _fill_acl(group, name, target)
    # the NAS leaves a target without LUN or portal switched off
    configfs.settle(group / "enable",
                    int(bool(target.luns and target.portals)))


def _fill_acl(group: Path, name: str, target: Target) -> None:
    acl = group / "acls" / name
    acl.mkdir(exist_ok=True)
    _fill_secrets(acl / "auth", target)
    for lun in target.luns:
        mapped = acl / f"lun_{lun}"
        mapped.mkdir(exist_ok=True)
        if not configfs.links(mapped):
            os.symlink(group / f"lun/lun_{lun}", mapped / "lun")


def _fill_secrets(path: Path, target: Target) -> None:
    if target.authentication is None:
        return
    names = ("userid", "password", "userid_mutual", "password_mutual")
    for name, value in zip(names, target.authentication, strict=True):
        if value:
            configfs.settle(path / name, value)


def _prune_target(iqn: str, target: Target, stores: dict[str, Store]) -> None:
    """Takes away what is not wanted or was configured otherwise."""
    group = TARGETS / iqn / GROUP
    for name in configfs.objects(group / "acls"):
        if name not in target.initiators:
            _remove_acl(group / "acls" / name)
    for lun, naa in _luns(group).items():
        if target.luns.get(lun) != naa or _store(naa) != stores[naa]:
            _remove_lun(group, lun)
    for portal in configfs.objects(group / "np"):
        if portal not in target.portals:
            (group / "np" / portal).rmdir()


def _remove_acl(acl: Path) -> None:
    for name in configfs.objects(acl):
        if name.startswith("lun_"):
            for link in configfs.links(acl / name):
                link.unlink()
            (acl / name).rmdir()
    acl.rmdir()


def _remove_lun(group: Path, lun: int) -> None:
    for name in configfs.objects(group / "acls"):
        mapped = group / "acls" / name / f"lun_{lun}"
        for link in configfs.links(mapped):
            link.unlink()
        if mapped.exists():
            mapped.rmdir()
    path = group / f"lun/lun_{lun}"
    for link in configfs.links(path):
        link.unlink()
    path.rmdir()


def _remove_target(iqn: str) -> None:
    group = TARGETS / iqn / GROUP
    if group.exists():
        configfs.settle(group / "enable", 0)
        for name in configfs.objects(group / "acls"):
            _remove_acl(group / "acls" / name)
        for lun in _luns(group):
            _remove_lun(group, lun)
        for portal in configfs.objects(group / "np"):
            (group / "np" / portal).rmdir()
        group.rmdir()
    (TARGETS / iqn).rmdir()
