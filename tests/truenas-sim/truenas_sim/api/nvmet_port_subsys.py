# SPDX-License-Identifier: BSD-2-Clause
"""nvmet.port_subsys.*: which subsystems a port serves.

Source: middleware plugins/nvmet/port_subsys.py [25.10].
"""
from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import Collected
from ..nvmet_entries import port_link as entry
from ..registry import crud, method
from ..rows import lister, need

if TYPE_CHECKING:
    from ..nas import Nas
    from ..record import Call

_VERBOSE = "NVMetPortSubsys"

crud("nvmet.port_subsys", _VERBOSE,
     lister(lambda nas: nas.db.port_link, entry,
            {"subsys.id": "subsys_id", "port.id": "port_id"}))


def _check(nas: "Nas", prefix: str, data: dict, mine: int | None) -> None:
    errors, db = Collected(), nas.db
    if db.port.get(data["port_id"]) is None:
        errors.add(f"{prefix}.port_id", f"No port with ID {data['port_id']}")
    if db.subsys.get(data["subsys_id"]) is None:
        errors.add(f"{prefix}.subsys_id",
                   f"No subsystem with ID {data['subsys_id']}")
    if any(row["port_id"] == data["port_id"] and row["id"] != mine
           for row in db.port_link.by("subsys_id", data["subsys_id"])):
        errors.add(f"{prefix}.port_id", "This record already exists "
                                        "(Port ID/Subsystem ID)")
    errors.check()


@method("nvmet.port_subsys.create", event="nvmet.port_subsys")
async def create(nas: "Nas", call: "Call", data: dict) -> dict:
    _check(nas, "nvmet_port_subsys_create", data, None)
    row = nas.db.port_link.insert(data)
    shown = entry(nas, row)
    await nas.reload("nvmet", "nvmet.port_subsys.create")
    return shown


@method("nvmet.port_subsys.update", event="nvmet.port_subsys")
async def update(nas: "Nas", call: "Call", ident: int, data: dict) -> dict:
    old = need(nas.db.port_link, ident, _VERBOSE)
    _check(nas, "nvmet_port_subsys_update", {**old, **data}, ident)
    shown = entry(nas, nas.db.port_link.update(ident, data))
    await nas.reload("nvmet", "nvmet.port_subsys.update")
    return shown


@method("nvmet.port_subsys.delete", event="nvmet.port_subsys")
async def delete(nas: "Nas", call: "Call", ident: int) -> bool:
    need(nas.db.port_link, ident, _VERBOSE)
    nas.db.port_link.delete(ident)
    await nas.reload("nvmet", "nvmet.port_subsys.delete")
    return True
