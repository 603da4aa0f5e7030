# SPDX-License-Identifier: BSD-2-Clause
"""iscsi.extent.*: what a LUN is made of.

Source: middleware plugins/iscsi_/extents.py [25.10].
"""
from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from .. import iscsi_use
from ..backing import VOLUME, ZfsError
from ..errors import CallError, Collected
from ..registry import crud, method
from ..rows import lister, need

if TYPE_CHECKING:
    from ..nas import Nas
    from ..record import Call

_VERBOSE = "iSCSITargetExtent"


def _entry(nas: "Nas", row: dict) -> dict:
    return {**row, "locked": False}


crud("iscsi.extent", _VERBOSE,
     lister(lambda nas: nas.db.extent, _entry, {"path": "disk"}))


def _device(name: str) -> str:
    """The SCST device name an extent's name becomes."""
    return name.replace(".", "_").replace("/", "-")


def _check_name(nas: "Nas", prefix: str, data: dict, mine: int | None,
                errors: Collected) -> None:
    name = data["name"]
    if '"' in name or "'" in name:
        errors.add(f"{prefix}.name", "Quotes are not allowed")
    device = _device(name)
    if any(row["id"] != mine for row in nas.db.extent.by("name", name)):
        errors.add(f"{prefix}.name", "Extent name must be unique")
    elif device != name or any(c in name for c in "_-"):
        if any(_device(row["name"]) == device and row["id"] != mine
               for row in nas.db.extent):
            errors.add(f"{prefix}.name", "Extent name must be unique")
    serial = data["serial"]
    if serial is not None:
        if len(serial) > 20:
            errors.add(f"{prefix}.serial", "Extent serial can not exceed 20 "
                                           "characters")
        if '"' in serial:
            errors.add(f"{prefix}.serial", "Double quotes are not allowed")
        if any(row["id"] != mine
               for row in nas.db.extent.by("serial", serial)):
            errors.add(f"{prefix}.serial", "Serial number must be unique")


async def _check_disk(nas: "Nas", prefix: str, data: dict, mine: int | None,
                      errors: Collected) -> None:
    attribute, disk = f"{prefix}.disk", data["disk"]
    if data["type"] != "DISK":
        errors.add(f"{prefix}.type", "The simulator has no FILE extents")
        return
    if not disk:
        errors.add(attribute, "This field is required")
        return
    if not disk.startswith("zvol/"):
        errors.add(attribute, "Disk name must start with \"zvol/\"")
        return
    for row in nas.db.extent.by("disk", disk):
        if row["id"] != mine:
            errors.add(attribute, "Disk currently in use by extent "
                                  f"{row['name']}")
    if nas.db.namespace.by("device_path", disk):
        errors.add(attribute, "Disk currently in use by an NVMe-oF "
                              "namespace")
    if not await nas.backing.device_ready(disk[len("zvol/"):]):
        errors.add(attribute, f"Device '/dev/{disk}' for volume "
                              f"'{disk[len('zvol/'):]}' does not exist")


async def _check(nas: "Nas", prefix: str, data: dict,
                 mine: int | None) -> None:
    errors = Collected()
    _check_name(nas, prefix, data, mine, errors)
    await _check_disk(nas, prefix, data, mine, errors)
    errors.check()


def _free_serial(nas: "Nas") -> str:
    while True:
        serial = secrets.token_hex(8)[:15]
        if not nas.db.extent.by("serial", serial):
            return serial


@method("iscsi.extent.create", event="iscsi.extent")
async def create(nas: "Nas", call: "Call", data: dict) -> dict:
    await _check(nas, "iscsi_extent_create", data, None)
    row = nas.db.extent.insert({
        **data, "path": data["disk"],
        "serial": data["serial"] or _free_serial(nas),
        "naa": "0x6589cfc000000" + secrets.token_hex(10)[:19],
        "vendor": "TrueNAS"})
    # No reload: nothing refers to the extent yet (middleware#6497).
    await _set_volume(nas, row)
    return _entry(nas, row)


async def _set_volume(nas: "Nas", row: dict) -> None:
    """The properties an extent gives its volume."""
    name = row["disk"][len("zvol/"):]
    try:
        await nas.backing.set_property(name, {"volthreading": "off"})
        volume = await nas.backing.dataset(name)
        if volume is None or volume.kind != VOLUME:
            return
        wanted = "on" if row["ro"] else "off"
        if volume.prop("readonly").raw != wanted:
            await nas.backing.set_property(name, {"readonly": wanted})
    except ZfsError as error:
        raise CallError(f"Failed to update dataset: {error.text}") from None


@method("iscsi.extent.update", event="iscsi.extent")
async def update(nas: "Nas", call: "Call", ident: int, data: dict) -> dict:
    old = need(nas.db.extent, ident, _VERBOSE)
    merged = {**old, **data}
    await _check(nas, "iscsi_extent_update", merged, ident)
    merged["path"] = merged["disk"]
    merged["serial"] = merged["serial"] or _free_serial(nas)
    row = nas.db.extent.update(ident, merged)
    await _set_volume(nas, row)
    # Twice, as the NAS does it.
    await nas.reload("iscsitarget", "iscsi.extent.update")
    await nas.reload("iscsitarget", "iscsi.extent.update")
    return _entry(nas, row)


@method("iscsi.extent.delete", event="iscsi.extent")
async def delete(nas: "Nas", call: "Call", ident: int, remove: bool,
                 force: bool) -> bool:
    db = nas.db
    need(db.extent, ident, _VERBOSE)
    mappings = db.mapping.by("extent", ident)
    used = await iscsi_use.in_use(nas, [m["target"] for m in mappings])
    if used and not force:
        raise CallError(f"Associated target(s) {', '.join(used)} in use.")
    for mapping in mappings:
        if db.mapping.get(mapping["id"]) is not None:
            db.mapping.delete(mapping["id"])
            await nas.reload("iscsitarget", "iscsi.targetextent.delete")
    # `remove` deletes the file of a FILE extent, never a zvol.
    if db.extent.get(ident) is not None:
        db.extent.delete(ident)
    await nas.reload("iscsitarget", "iscsi.extent.delete")
    return True


@method("iscsi.extent.disk_choices")
async def disk_choices(nas: "Nas", call: "Call") -> dict:
    used = {row["disk"] for row in nas.db.extent}
    used |= {row["device_path"] for row in nas.db.namespace}
    out = {}
    for resource in await nas.backing.datasets():
        disk = f"zvol/{resource.name}"
        if resource.kind == VOLUME and disk not in used:
            size = resource.prop("volsize").raw
            out[disk] = f"{resource.name} ({size})"
    return out
