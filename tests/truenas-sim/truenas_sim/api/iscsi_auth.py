# SPDX-License-Identifier: BSD-2-Clause
"""iscsi.auth.*: CHAP credentials.

Source: middleware plugins/iscsi_/auth.py [25.10].
"""
from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import Collected, Invalid
from ..registry import crud, method
from ..rows import lister, need

if TYPE_CHECKING:
    from ..nas import Nas
    from ..record import Call

_VERBOSE = "iSCSITargetAuthCredential"

crud("iscsi.auth", _VERBOSE,
     lister(lambda nas: nas.db.auth, lambda nas, row: dict(row)))


def _check_auth(prefix: str, data: dict) -> None:
    errors = Collected()
    secrets = [("secret", data["secret"])]
    if data["peeruser"]:
        secrets.append(("peersecret", data["peersecret"]))
        if data["peersecret"] == data["secret"]:
            errors.add(f"{prefix}.peersecret", "The peer secret cannot be "
                       "the same as user secret.")
    elif data["peersecret"]:
        errors.add(f"{prefix}.peersecret", "The peer user is required if you "
                   "set a peer secret.")
    for key, value in secrets:
        if not 12 <= len(value) <= 16:
            errors.add(f"{prefix}.{key}", "Secret must be between 12 and 16 "
                                          "characters.")
    errors.check()


@method("iscsi.auth.create", event="iscsi.auth")
async def create(nas: "Nas", call: "Call", data: dict) -> dict:
    _check_auth("iscsi_auth_create", data)
    row = nas.db.auth.insert(data)
    await nas.reload("iscsitarget", "iscsi.auth.create")
    return dict(row)


@method("iscsi.auth.update", event="iscsi.auth")
async def update(nas: "Nas", call: "Call", ident: int, data: dict) -> dict:
    old = need(nas.db.auth, ident, _VERBOSE)
    _check_auth("iscsi_auth_update", {**old, **data})
    row = nas.db.auth.update(ident, data)
    await nas.reload("iscsitarget", "iscsi.auth.update")
    return dict(row)


@method("iscsi.auth.delete", event="iscsi.auth")
async def delete(nas: "Nas", call: "Call", ident: int) -> bool:
    row = need(nas.db.auth, ident, _VERBOSE)
    tag = row["tag"]
    last = sum(1 for other in nas.db.auth if other["tag"] == tag) == 1
    users = [t["name"] for t in nas.db.target
             if any(g["auth"] == tag for g in t["groups"])]
    if last and users:
        raise Invalid("iscsi_auth_delete.id",
                      f"This group is used by the targets: "
                      f"{', '.join(users)}")
    nas.db.auth.delete(ident)
    await nas.reload("iscsitarget", "iscsi.auth.delete")
    return True
