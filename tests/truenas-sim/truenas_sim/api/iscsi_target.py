# SPDX-License-Identifier: BSD-2-Clause
"""iscsi.target.*: targets.

Source: middleware plugins/iscsi_/targets.py [25.10].
"""
from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from .. import iscsi_use
from ..checks import target_name_problem
from ..errors import CallError, Collected
from ..registry import crud, method
from ..rows import lister, need

if TYPE_CHECKING:
    from ..nas import Nas
    from ..record import Call

_VERBOSE = "iSCSITarget"
_LAST_RELATIVE_ID = 31999

crud("iscsi.target", _VERBOSE,
     lister(lambda nas: nas.db.target, lambda nas, row: dict(row)))


def _check_groups(nas: "Nas", prefix: str, groups: list,
                  errors: Collected) -> None:
    seen = set()
    tags = {row["tag"] for row in nas.db.auth}
    for index, group in enumerate(groups):
        at = f"{prefix}.groups.{index}"
        portal, initiator = group["portal"], group["initiator"]
        if nas.db.portal.get(portal) is None:
            errors.add(f"{at}.portal", f"{portal} Portal not found in "
                                       "database")
        if initiator is not None and nas.db.initiator.get(initiator) is None:
            errors.add(f"{at}.initiator", f"{initiator} Initiator not found "
                                          "in database")
        if portal in seen:
            errors.add(f"{at}.portal", f"Portal {portal} cannot be "
                                       "duplicated on a target")
        seen.add(portal)
        if group["authmethod"] != "NONE" and not group["auth"]:
            errors.add(f"{at}.auth", "Authentication group is required for "
                                     "CHAP and CHAP mutual")
        elif group["auth"] and group["auth"] not in tags:
            errors.add(f"{at}.auth", f"Authentication group {group['auth']} "
                                     "does not exist")


def _check(nas: "Nas", prefix: str, data: dict, mine: int | None) -> dict:
    errors = Collected()
    if any(row["id"] != mine for row in nas.db.target.by("name",
                                                         data["name"])):
        errors.add(f"{prefix}.name", "Target with this name already exists")
    alias = data["alias"] or None
    if alias is not None:
        if alias == "target":
            errors.add(f"{prefix}.alias", "target is a reserved word")
        elif '"' in alias:
            errors.add(f"{prefix}.alias", "Double quotes are not allowed")
        elif len(alias) > 120:
            errors.add(f"{prefix}.alias", "Value should have at most 120 "
                                          "items after validation")
        elif any(row["alias"] == alias and row["id"] != mine
                 for row in nas.db.target):
            errors.add(f"{prefix}.alias", "Alias already exists")
    if data["mode"] != "ISCSI":
        errors.add(f"{prefix}.mode", "Fibre Channel not supported on this "
                                     "system")
    _check_groups(nas, prefix, data["groups"], errors)
    for index, text in enumerate(data["auth_networks"]):
        try:
            ipaddress.ip_network(text, strict=False)
        except ValueError:
            errors.add(f"{prefix}.auth_networks.{index}",
                       f"{text!r} is not a valid network")
    errors.check()
    return {**data, "alias": alias}


def _free_relative_id(nas: "Nas") -> int:
    used = {row["rel_tgt_id"] for row in nas.db.target}
    for ident in range(1, _LAST_RELATIVE_ID + 1):
        if ident not in used:
            return ident
    raise CallError("No relative target ids are left")


@method("iscsi.target.create", event="iscsi.target")
async def create(nas: "Nas", call: "Call", data: dict) -> dict:
    data = _check(nas, "iscsi_target_create", data, None)
    async with nas.allocation:
        row = nas.db.target.insert(
            {**data, "rel_tgt_id": _free_relative_id(nas)})
    await nas.reload("iscsitarget", "iscsi.target.create")
    return dict(row)


@method("iscsi.target.update", event="iscsi.target")
async def update(nas: "Nas", call: "Call", ident: int, data: dict) -> dict:
    old = need(nas.db.target, ident, _VERBOSE)
    merged = _check(nas, "iscsi_target_update", {**old, **data}, ident)
    row = nas.db.target.update(ident, merged)
    await nas.reload("iscsitarget", "iscsi.target.update")
    return dict(row)


@method("iscsi.target.delete", event="iscsi.target")
async def delete(nas: "Nas", call: "Call", ident: int, force: bool,
                 delete_extents: bool) -> bool:
    db = nas.db
    row = need(db.target, ident, _VERBOSE)
    if not force and await iscsi_use.in_use(nas, [ident]):
        raise CallError(f"Target {row['alias'] or row['name']} is in use.")
    extents = []
    for mapping in db.mapping.by("target", ident):
        # One by one, each with a reload of its own.
        extents.append(mapping["extent"])
        if db.mapping.get(mapping["id"]) is not None:
            db.mapping.delete(mapping["id"])
            await nas.reload("iscsitarget", "iscsi.targetextent.delete")
    if delete_extents:
        # The zvols stay.
        for extent in extents:
            if db.extent.get(extent) is not None:
                db.extent.delete(extent)
    if db.target.get(ident) is not None:
        db.target.delete(ident)
    await nas.reload("iscsitarget", "iscsi.target.delete")
    return True


@method("iscsi.target.validate_name")
async def validate_name(nas: "Nas", call: "Call", name: str,
                        existing: int | None) -> str | None:
    problem = target_name_problem(name)
    if problem:
        return problem
    if any(row["id"] != existing for row in nas.db.target.by("name", name)):
        return "Target with this name already exists"
    return None
