# SPDX-License-Identifier: BSD-2-Clause
"""nvmet.subsys.*: subsystems.

Source: middleware plugins/nvmet/subsys.py [25.10].
"""
from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from ..errors import Collected, Invalid
from ..nvmet_entries import subsys as entry
from ..registry import crud, method
from ..rows import narrowed, need

if TYPE_CHECKING:
    from ..nas import Nas
    from ..record import Call

_VERBOSE = "NVMetSubsys"


async def _rows(nas: "Nas", filters: list, extra: dict) -> list[dict]:
    verbose = bool(extra.get("verbose"))
    return [entry(nas, row, verbose)
            for row in narrowed(nas.db.subsys, filters)]


crud("nvmet.subsys", _VERBOSE, _rows)


def _check(nas: "Nas", prefix: str, data: dict, mine: int | None) -> None:
    errors = Collected()
    for column in ("name", "subnqn"):
        if any(row["id"] != mine
               for row in nas.db.subsys.by(column, data[column])):
            errors.add(f"{prefix}.{column}", "Object with this "
                                             f"{column} already exists")
    if data["ana"]:
        errors.add(f"{prefix}.ana", "This platform does not support ANA.")
    errors.check()


def _with_nqn(nas: "Nas", data: dict) -> dict:
    if data["subnqn"] is None:
        base = nas.db.nvmet_config["basenqn"]
        data = {**data, "subnqn": f"{base}:{data['name']}"}
    return data


@method("nvmet.subsys.create", event="nvmet.subsys")
async def create(nas: "Nas", call: "Call", data: dict) -> dict:
    data = _with_nqn(nas, data)
    _check(nas, "nvmet_subsys_create", data, None)
    row = nas.db.subsys.insert({**data, "serial": secrets.token_hex(10)})
    await nas.reload("nvmet", "nvmet.subsys.create")
    return entry(nas, row)


@method("nvmet.subsys.update", event="nvmet.subsys")
async def update(nas: "Nas", call: "Call", ident: int, data: dict) -> dict:
    old = need(nas.db.subsys, ident, _VERBOSE)
    merged = _with_nqn(nas, {**old, **data})
    _check(nas, "nvmet_subsys_update", merged, ident)
    row = nas.db.subsys.update(ident, merged)
    await nas.reload("nvmet", "nvmet.subsys.update")
    return entry(nas, row)


@method("nvmet.subsys.delete", event="nvmet.subsys")
async def delete(nas: "Nas", call: "Call", ident: int,
                 options: dict) -> bool:
    db = nas.db
    row = need(db.subsys, ident, _VERBOSE)
    spaces = db.namespace.by("subsys_id", ident)
    links = db.port_link.by("subsys_id", ident)
    if not options.get("force", False):
        # One error, of what is found first.
        if spaces:
            raise Invalid("nvmet_subsys_delete.id",
                          f"Subsystem {row['name']} contains "
                          f"{len(spaces)} namespaces")
        if links:
            raise Invalid("nvmet_subsys_delete.id",
                          f"Subsystem {row['name']} visible on "
                          f"{len(links)} ports")
    for space in spaces:
        db.namespace.delete(space["id"])
    for link in links:
        db.port_link.delete(link["id"])
    for link in db.host_link.by("subsys_id", ident):
        db.host_link.delete(link["id"])
    db.subsys.delete(ident)
    await nas.reload("nvmet", "nvmet.subsys.delete")
    return True
