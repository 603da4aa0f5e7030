# SPDX-License-Identifier: BSD-2-Clause
"""nvmet.port.*: where subsystems are served.

Source: middleware plugins/nvmet/port.py [25.10].
"""
from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import Collected, Invalid
from ..registry import crud, method
from ..rows import lister, need

if TYPE_CHECKING:
    from ..nas import Nas
    from ..record import Call

_VERBOSE = "NVMetPort"

crud("nvmet.port", _VERBOSE,
     lister(lambda nas: nas.db.port, lambda nas, row: dict(row)))


def _choices(nas: "Nas", transport: str) -> dict[str, str]:
    if transport != "TCP":
        return {}
    return {a: a for a in ("0.0.0.0", "::", *nas.settings.addresses)}


def _check(nas: "Nas", prefix: str, data: dict, mine: int | None) -> None:
    errors, address = Collected(), data["addr_traddr"]
    transport = data["addr_trtype"]
    if transport != "TCP":
        errors.add(f"{prefix}.addr_trtype", f"This platform cannot support "
                                            f"{transport}.")
    elif address not in _choices(nas, transport):
        errors.add(f"{prefix}.addr_traddr", "Invalid addr_traddr for "
                   f"{transport}: {address}")
    same = ("addr_trtype", "addr_traddr", "addr_trsvcid")
    if any(row["id"] != mine and all(row[k] == data[k] for k in same)
           for row in nas.db.port):
        errors.add(f"{prefix}.addr_traddr", "There already is a port using "
                   "the same transport and address")
    errors.check()


def _family(address: str) -> str:
    return "IPV6" if ":" in address else "IPV4"


@method("nvmet.port.create", event="nvmet.port")
async def create(nas: "Nas", call: "Call", data: dict) -> dict:
    _check(nas, "nvmet_port_create", data, None)
    used = {row["index"] for row in nas.db.port}
    index = next(n for n in range(1, len(used) + 2) if n not in used)
    row = nas.db.port.insert({**data, "index": index, "addr_adrfam":
                              _family(data["addr_traddr"])})
    await nas.reload("nvmet", "nvmet.port.create")
    return dict(row)


@method("nvmet.port.update", event="nvmet.port")
async def update(nas: "Nas", call: "Call", ident: int, data: dict) -> dict:
    old = need(nas.db.port, ident, _VERBOSE)
    merged = {**old, **data}
    _check(nas, "nvmet_port_update", merged, ident)
    merged["addr_adrfam"] = _family(merged["addr_traddr"])
    row = nas.db.port.update(ident, merged)
    await nas.reload("nvmet", "nvmet.port.update")
    return dict(row)


@method("nvmet.port.delete", event="nvmet.port")
async def delete(nas: "Nas", call: "Call", ident: int,
                 options: dict) -> bool:
    row = need(nas.db.port, ident, _VERBOSE)
    links = nas.db.port_link.by("port_id", ident)
    if links and not options.get("force", False):
        raise Invalid("nvmet_port_delete.id", f"Port #{row['index']} used by "
                                              f"{len(links)} subsystems")
    for link in links:
        nas.db.port_link.delete(link["id"])
    nas.db.port.delete(ident)
    await nas.reload("nvmet", "nvmet.port.delete")
    return True


@method("nvmet.port.transport_address_choices")
async def address_choices(nas: "Nas", call: "Call", transport: str,
                          force_ana: bool) -> dict:
    return _choices(nas, transport)
