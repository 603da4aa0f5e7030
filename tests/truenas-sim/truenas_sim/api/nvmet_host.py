# SPDX-License-Identifier: BSD-2-Clause
"""nvmet.host.*, nvmet.host_subsys.*: which hosts may connect.

Source: middleware plugins/nvmet/host.py, host_subsys.py [25.10].
"""
from __future__ import annotations

import base64
import secrets
import zlib
from typing import TYPE_CHECKING

from ..errors import Collected, Invalid
from ..nvmet_entries import host_link as link_entry
from ..registry import crud, method
from ..rows import lister, need

if TYPE_CHECKING:
    from ..nas import Nas
    from ..record import Call

_HOST, _LINK = "NVMetHost", "NVMetHostSubsys"
# NVMe TP 8018: the hash's number in a secret and the key's length
_HASHES = {"SHA-256": ("01", 32), "SHA-384": ("02", 48),
           "SHA-512": ("03", 64)}
_GROUPS = ["2048-BIT", "3072-BIT", "4096-BIT", "6144-BIT", "8192-BIT"]

crud("nvmet.host", _HOST,
     lister(lambda nas: nas.db.host, lambda nas, row: dict(row)))


def _check(nas: "Nas", prefix: str, data: dict, mine: int | None) -> None:
    errors = Collected()
    if any(row["id"] != mine
           for row in nas.db.host.by("hostnqn", data["hostnqn"])):
        errors.add(f"{prefix}.hostnqn", "Object with this hostnqn already "
                                        "exists")
    for key in ("dhchap_key", "dhchap_ctrl_key"):
        if data[key] is not None and not data[key].startswith("DHHC-1:"):
            errors.add(f"{prefix}.{key}", "Not a valid DH-HMAC-CHAP key")
    if data["dhchap_ctrl_key"] and not data["dhchap_key"]:
        errors.add(f"{prefix}.dhchap_key", "This field is required when "
                                           "dhchap_ctrl_key is set")
    errors.check()


@method("nvmet.host.create", event="nvmet.host")
async def create(nas: "Nas", call: "Call", data: dict) -> dict:
    _check(nas, "nvmet_host_create", data, None)
    row = nas.db.host.insert(data)
    await nas.reload("nvmet", "nvmet.host.create")
    return dict(row)


@method("nvmet.host.update", event="nvmet.host")
async def update(nas: "Nas", call: "Call", ident: int, data: dict) -> dict:
    old = need(nas.db.host, ident, _HOST)
    _check(nas, "nvmet_host_update", {**old, **data}, ident)
    row = nas.db.host.update(ident, data)
    await nas.reload("nvmet", "nvmet.host.update")
    return dict(row)


@method("nvmet.host.delete", event="nvmet.host")
async def delete(nas: "Nas", call: "Call", ident: int,
                 options: dict) -> bool:
    row = need(nas.db.host, ident, _HOST)
    links = nas.db.host_link.by("host_id", ident)
    if links and not options.get("force", False):
        raise Invalid("nvmet_host_delete.id", f"Host {row['hostnqn']} used "
                                              f"by {len(links)} subsystems")
    for link in links:
        nas.db.host_link.delete(link["id"])
    nas.db.host.delete(ident)
    await nas.reload("nvmet", "nvmet.host.delete")
    return True


@method("nvmet.host.generate_key")
async def generate_key(nas: "Nas", call: "Call", dhchap_hash: str,
                       nqn: str | None) -> str:
    number, size = _HASHES[dhchap_hash]
    key = secrets.token_bytes(size)
    body = base64.b64encode(key + zlib.crc32(key).to_bytes(4, "little"))
    return f"DHHC-1:{number}:{body.decode()}:"


@method("nvmet.host.dhchap_hash_choices")
async def hash_choices(nas: "Nas", call: "Call") -> list:
    return list(_HASHES)


@method("nvmet.host.dhchap_dhgroup_choices")
async def group_choices(nas: "Nas", call: "Call") -> list:
    return _GROUPS


# -- the hosts of a subsystem -----------------------------------------------
crud("nvmet.host_subsys", _LINK,
     lister(lambda nas: nas.db.host_link, link_entry,
            {"subsys.id": "subsys_id", "host.id": "host_id"}))


def _check_link(nas: "Nas", prefix: str, data: dict,
                mine: int | None) -> None:
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
async def link_create(nas: "Nas", call: "Call", data: dict) -> dict:
    _check_link(nas, "nvmet_host_subsys_create", data, None)
    shown = link_entry(nas, nas.db.host_link.insert(data))
    await nas.reload("nvmet", "nvmet.host_subsys.create")
    return shown


@method("nvmet.host_subsys.update", event="nvmet.host_subsys")
async def link_update(nas: "Nas", call: "Call", ident: int,
                      data: dict) -> dict:
    old = need(nas.db.host_link, ident, _LINK)
    _check_link(nas, "nvmet_host_subsys_update", {**old, **data}, ident)
    shown = link_entry(nas, nas.db.host_link.update(ident, data))
    await nas.reload("nvmet", "nvmet.host_subsys.update")
    return shown


@method("nvmet.host_subsys.delete", event="nvmet.host_subsys")
async def link_delete(nas: "Nas", call: "Call", ident: int) -> bool:
    need(nas.db.host_link, ident, _LINK)
    nas.db.host_link.delete(ident)
    await nas.reload("nvmet", "nvmet.host_subsys.delete")
    return True
