# SPDX-License-Identifier: BSD-2-Clause
"""nvmet.host_subsys.*: which hosts may connect.

Source: middleware plugins/nvmet/host_subsys.py [25.10].
"""
from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import Collected
from ..nvmet_entries import host_link as entry
from ..registry import crud, method
from ..rows import lister, need

if TYPE_CHECKING:
    from ..nas import Nas
    from ..record import Call

_VERBOSE = "NVMetHostSubsys"

crud("nvmet.host_subsys", _VERBOSE,
     lister(lambda nas: nas.db.host_link, entry,
            {"subsys.id": "subsys_id", "host.id": "host_id"}))


def _check(nas: "Nas", prefix: str, data: dict, mine: int | None) -> None:
    errors, db = Collected(), nas.db
    if db.host.get(data["host_id"]) is None:
        errors.add(f"{prefix}.host_id", f"No host with ID {data['host_id']}")
    if db.subsys.get(data["subsys_id"]) is None:
        errors.add(f"{prefix}.subsys_id",
                   f"No subsystem with ID {data['subsys_id']}")
    if any(row["host_id"] == data["host_id"] and row["id"] != mine
           for row in db.host_link.by("subsys_id", data["subsys_id"])):
        errors.add(f"{prefix}.host_id", "This record already exists "
                                        "(Host ID/Subsystem ID)")
    errors.check()


@method("nvmet.host_subsys.create", event="nvmet.host_subsys")
async def create(nas: "Nas", call: "Call", data: dict) -> dict:
    _check(nas, "nvmet_host_subsys_create", data, None)
    shown = entry(nas, nas.db.host_link.insert(data))
    await nas.reload("nvmet", "nvmet.host_subsys.create")
    return shown


@method("nvmet.host_subsys.update", event="nvmet.host_subsys")
async def update(nas: "Nas", call: "Call", ident: int, data: dict) -> dict:
    old = need(nas.db.host_link, ident, _VERBOSE)
    _check(nas, "nvmet_host_subsys_update", {**old, **data}, ident)
    shown = entry(nas, nas.db.host_link.update(ident, data))
    await nas.reload("nvmet", "nvmet.host_subsys.update")
    return shown


@method("nvmet.host_subsys.delete", event="nvmet.host_subsys")
async def delete(nas: "Nas", call: "Call", ident: int) -> bool:
    need(nas.db.host_link, ident, _VERBOSE)
    nas.db.host_link.delete(ident)
    await nas.reload("nvmet", "nvmet.host_subsys.delete")
    return True
