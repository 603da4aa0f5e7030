# SPDX-License-Identifier: BSD-2-Clause
"""iscsi.targetextent.*: which extent is which LUN of which target.

Source: middleware plugins/iscsi_/target_to_extent.py [25.10].
"""
from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from .. import iscsi_use
from ..errors import CallError, Collected
from ..registry import crud, method
from ..rows import lister, need

if TYPE_CHECKING:
    from ..nas import Nas
    from ..record import Call

_VERBOSE = "iSCSITargetToExtent"
_LAST_LUN = 16382

crud("iscsi.targetextent", _VERBOSE,
     lister(lambda nas: nas.db.mapping, lambda nas, row: dict(row)))


def _check(nas: "Nas", prefix: str, data: dict, mine: int | None) -> int:
    """The LUN, chosen if none is given."""
    db, errors, lun = nas.db, Collected(), data["lunid"]
    if db.target.get(data["target"]) is None:
        errors.add(f"{prefix}.target", f"{data['target']} Target not found "
                                       "in database")
    if db.extent.get(data["extent"]) is None:
        errors.add(f"{prefix}.extent", f"{data['extent']} Extent not found "
                                       "in database")
    others = [m for m in db.mapping.by("target", data["target"])
              if m["id"] != mine]
    if any(m["id"] != mine for m in db.mapping.by("extent",
                                                  data["extent"])):
        errors.add(f"{prefix}.extent", "Extent is already in use")
    taken = {m["lunid"] for m in others}
    if lun is None:
        lun = next(n for n in range(_LAST_LUN + 2) if n not in taken)
    elif not 0 <= lun <= _LAST_LUN:
        errors.add(f"{prefix}.lunid", "LUN ID must be between 0 and "
                                      f"{_LAST_LUN}")
    elif lun in taken:
        errors.add(f"{prefix}.lunid", "LUN ID is already being used for "
                                      "this target.")
    errors.check()
    return lun


@method("iscsi.targetextent.create", event="iscsi.targetextent")
async def create(nas: "Nas", call: "Call", data: dict) -> dict:
    lun = _check(nas, "iscsi_targetextent_create", data, None)
    # Neither a lock nor a constraint of the database keeps another call
    # from choosing the same LUN now.
    await asyncio.sleep(0)
    row = nas.db.mapping.insert({**data, "lunid": lun})
    await nas.reload("iscsitarget", "iscsi.targetextent.create")
    return dict(row)


@method("iscsi.targetextent.update", event="iscsi.targetextent")
async def update(nas: "Nas", call: "Call", ident: int, data: dict) -> dict:
    old = need(nas.db.mapping, ident, _VERBOSE)
    merged = {**old, **data}
    merged["lunid"] = _check(nas, "iscsi_targetextent_update", merged, ident)
    row = nas.db.mapping.update(ident, merged)
    await nas.reload("iscsitarget", "iscsi.targetextent.update")
    return dict(row)


@method("iscsi.targetextent.delete", event="iscsi.targetextent")
async def delete(nas: "Nas", call: "Call", ident: int, force: bool) -> bool:
    row = need(nas.db.mapping, ident, _VERBOSE)
    used = await iscsi_use.in_use(nas, [row["target"]])
    if used and not force:
        raise CallError(f"Associated target {used[0]} is in use.")
    if nas.db.mapping.get(ident) is not None:
        nas.db.mapping.delete(ident)
    await nas.reload("iscsitarget", "iscsi.targetextent.delete")
    return True
