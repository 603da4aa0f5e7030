# SPDX-License-Identifier: BSD-2-Clause
"""Rows of nvmet.* as the API shows them: they nest each other."""
from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .nas import Nas


def subsys(nas: "Nas", row: dict, verbose: bool = False) -> dict:
    """A subsystem; the ids of what it holds only if verbose."""
    # middleware plugins/nvmet/subsys.py [25.10]
    out = {**row, "hosts": None, "namespaces": None, "ports": None}
    if verbose:
        db, ident = nas.db, row["id"]
        out["hosts"] = [r["host_id"]
                        for r in db.host_link.by("subsys_id", ident)]
        out["namespaces"] = [r["id"]
                             for r in db.namespace.by("subsys_id", ident)]
        out["ports"] = [r["port_id"]
                        for r in db.port_link.by("subsys_id", ident)]
    return out


def namespace(nas: "Nas", row: dict) -> dict:
    """A namespace with its whole subsystem."""
    out = {k: v for k, v in row.items() if k != "subsys_id"}
    out["subsys"] = subsys(nas, nas.db.subsys.get(row["subsys_id"]))
    out["locked"] = False
    return out


def port_link(nas: "Nas", row: dict) -> dict:
    """A port's subsystem."""
    return {"id": row["id"], "port": dict(nas.db.port.get(row["port_id"])),
            "subsys": subsys(nas, nas.db.subsys.get(row["subsys_id"]))}


def host_link(nas: "Nas", row: dict) -> dict:
    """A subsystem's host."""
    return {"id": row["id"], "host": dict(nas.db.host.get(row["host_id"])),
            "subsys": subsys(nas, nas.db.subsys.get(row["subsys_id"]))}
