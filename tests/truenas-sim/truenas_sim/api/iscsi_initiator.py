# SPDX-License-Identifier: BSD-2-Clause
"""iscsi.initiator.*: groups of initiators that may log in.

Source: middleware plugins/iscsi_/initiator.py [25.10].
"""
from __future__ import annotations

from typing import TYPE_CHECKING

from ..registry import crud, method
from ..rows import lister, need

if TYPE_CHECKING:
    from ..nas import Nas
    from ..record import Call

_VERBOSE = "iSCSITargetAuthorizedInitiator"

crud("iscsi.initiator", _VERBOSE,
     lister(lambda nas: nas.db.initiator, lambda nas, row: dict(row)))


@method("iscsi.initiator.create", event="iscsi.initiator")
async def create(nas: "Nas", call: "Call", data: dict) -> dict:
    row = nas.db.initiator.insert(data)
    await nas.reload("iscsitarget", "iscsi.initiator.create")
    return dict(row)


@method("iscsi.initiator.update", event="iscsi.initiator")
async def update(nas: "Nas", call: "Call", ident: int, data: dict) -> dict:
    need(nas.db.initiator, ident, _VERBOSE)
    row = nas.db.initiator.update(ident, data)
    await nas.reload("iscsitarget", "iscsi.initiator.update")
    return dict(row)


@method("iscsi.initiator.delete", event="iscsi.initiator")
async def delete(nas: "Nas", call: "Call", ident: int) -> bool:
    need(nas.db.initiator, ident, _VERBOSE)
    nas.db.initiator.delete(ident)
    # Targets that used the group are open to everybody from now on.
    for target in list(nas.db.target):
        if any(g["initiator"] == ident for g in target["groups"]):
            nas.db.target.update(target["id"], {"groups": [
                {**g, "initiator": None} if g["initiator"] == ident else g
                for g in target["groups"]]})
    await nas.reload("iscsitarget", "iscsi.initiator.delete")
    return True
