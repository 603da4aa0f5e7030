# SPDX-License-Identifier: BSD-2-Clause
"""nvmet.host.*: which hosts there are.

Source: middleware plugins/nvmet/host.py [25.10].
"""
from __future__ import annotations

import base64
import secrets
import zlib
from typing import TYPE_CHECKING

from ..errors import Collected, Invalid
from ..registry import crud, method
from ..rows import lister, need

if TYPE_CHECKING:
    from ..nas import Nas
    from ..record import Call

_VERBOSE = "NVMetHost"
# NVMe TP 8018: the hash's number in a secret and the key's length
_HASHES = {"SHA-256": ("01", 32), "SHA-384": ("02", 48),
           "SHA-512": ("03", 64)}
_GROUPS = ["2048-BIT", "3072-BIT", "4096-BIT", "6144-BIT", "8192-BIT"]

crud("nvmet.host", _VERBOSE,
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
    old = need(nas.db.host, ident, _VERBOSE)
    _check(nas, "nvmet_host_update", {**old, **data}, ident)
    row = nas.db.host.update(ident, data)
    await nas.reload("nvmet", "nvmet.host.update")
    return dict(row)


@method("nvmet.host.delete", event="nvmet.host")
async def delete(nas: "Nas", call: "Call", ident: int,
                 options: dict) -> bool:
    row = need(nas.db.host, ident, _VERBOSE)
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
