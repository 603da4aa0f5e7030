# SPDX-License-Identifier: BSD-2-Clause
"""nvmet.namespace.*: volumes in subsystems.

Source: middleware plugins/nvmet/namespace.py [25.10].
"""
from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from ..errors import Collected, Invalid
from ..nvmet_entries import namespace as entry
from ..registry import crud, method
from ..rows import lister, need

if TYPE_CHECKING:
    from ..nas import Nas
    from ..record import Call

_VERBOSE = "NVMetNamespace"

crud("nvmet.namespace", _VERBOSE,
     lister(lambda nas: nas.db.namespace, entry,
            {"subsys.id": "subsys_id"}))


async def _check(nas: "Nas", prefix: str, data: dict,
                 mine: int | None) -> None:
    db, errors, path = nas.db, Collected(), data["device_path"]
    subsys = db.subsys.get(data["subsys_id"])
    if subsys is None:
        errors.add(f"{prefix}.subsys_id",
                   f"No subsystem with ID {data['subsys_id']}")
    attribute = f"{prefix}.device_path"
    if data["device_type"] == "FILE":
        errors.add(f"{prefix}.device_type",
                   "The simulator has no FILE namespaces")
    elif not path.startswith("zvol/"):
        errors.add(attribute, "ZVOL device_path must start with \"zvol/\"")
    else:
        if any(row["id"] != mine
               for row in db.namespace.by("device_path", path)):
            errors.add(attribute, "This device_path already used by "
                                  "subsystem")
        if db.extent.by("disk", path):
            errors.add(attribute, "This device_path already used by iSCSI "
                                  "extent")
        if not await nas.backing.device_ready(path[len("zvol/"):]):
            errors.add(attribute, f"Device '/dev/{path}' does not exist")
    nsid = data["nsid"]
    if nsid is not None and any(
            row["nsid"] == nsid and row["id"] != mine
            for row in db.namespace.by("subsys_id", data["subsys_id"])):
        errors.add(f"{prefix}.nsid", "This nsid already exists in subsystem")
    errors.check()


def _free_nsid(nas: "Nas", subsys: int) -> int:
    used = {row["nsid"] for row in nas.db.namespace.by("subsys_id", subsys)}
    nsid = 1
    while nsid in used:
        nsid += 1
    return nsid


@method("nvmet.namespace.create", event="nvmet.namespace")
async def create(nas: "Nas", call: "Call", data: dict) -> dict:
    async with nas.allocation:
        await _check(nas, "nvmet_namespace_create", data, None)
        if data["nsid"] is None:
            data = {**data, "nsid": _free_nsid(nas, data["subsys_id"])}
        row = nas.db.namespace.insert({
            **data, "device_uuid": str(uuid.uuid4()),
            "device_nguid": str(uuid.uuid4())})
        shown = entry(nas, row)
    await nas.reload("nvmet", "nvmet.namespace.create")
    return shown


@method("nvmet.namespace.update", event="nvmet.namespace")
async def update(nas: "Nas", call: "Call", ident: int, data: dict) -> dict:
    old = need(nas.db.namespace, ident, _VERBOSE)
    merged = {**old, **data}
    await _check(nas, "nvmet_namespace_update", merged, ident)
    if old["enabled"] and await nas.backing.service_running("nvmet"):
        for key in ("device_type", "device_path", "nsid", "subsys_id"):
            if merged[key] != old[key]:
                raise Invalid(f"nvmet_namespace_update.{key}",
                              f"Cannot change {key} on an active namespace")
    shown = entry(nas, nas.db.namespace.update(ident, merged))
    await nas.reload("nvmet", "nvmet.namespace.update")
    return shown


@method("nvmet.namespace.delete", event="nvmet.namespace")
async def delete(nas: "Nas", call: "Call", ident: int,
                 options: dict) -> bool:
    # No guard for sessions: they see the namespace vanish.
    need(nas.db.namespace, ident, _VERBOSE)
    nas.db.namespace.delete(ident)
    await nas.reload("nvmet", "nvmet.namespace.delete")
    return True
