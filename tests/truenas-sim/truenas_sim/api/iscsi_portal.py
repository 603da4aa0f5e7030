# SPDX-License-Identifier: BSD-2-Clause
"""iscsi.portal.*: the addresses targets are served on.

Source: middleware plugins/iscsi_/portal.py [25.10].
"""
from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import Collected
from ..registry import crud, method
from ..rows import lister, need

if TYPE_CHECKING:
    from ..nas import Nas
    from ..record import Call

_VERBOSE = "ISCSIPortal"


def _entry(nas: "Nas", row: dict) -> dict:
    port = nas.db.iscsi_config["listen_port"]
    return {**row, "listen": [{**l, "port": port} for l in row["listen"]]}


crud("iscsi.portal", _VERBOSE, lister(lambda nas: nas.db.portal, _entry))


def _choices(nas: "Nas") -> dict[str, str]:
    return {a: a for a in ("0.0.0.0", "::", *nas.settings.addresses)}


def _check(nas: "Nas", prefix: str, data: dict, mine: int | None) -> None:
    errors = Collected()
    if not data["listen"]:
        errors.add(f"{prefix}.listen", "At least one listen entry is "
                                       "required.")
    for index, item in enumerate(data["listen"]):
        at = f"{prefix}.listen.{index}.ip"
        if item["ip"] not in _choices(nas):
            errors.add(at, f"IP {item['ip']} not configured on this system.")
        if any(item["ip"] == other["ip"] for row in nas.db.portal
               if row["id"] != mine for other in row["listen"]):
            errors.add(at, f"{item['ip']!r} IP is already in use.")
    errors.check()


@method("iscsi.portal.create", event="iscsi.portal")
async def create(nas: "Nas", call: "Call", data: dict) -> dict:
    _check(nas, "iscsiportal_create", data, None)
    tag = max((row["tag"] for row in nas.db.portal), default=0) + 1
    row = nas.db.portal.insert({**data, "tag": tag})
    await nas.reload("iscsitarget", "iscsi.portal.create")
    return _entry(nas, row)


@method("iscsi.portal.update", event="iscsi.portal")
async def update(nas: "Nas", call: "Call", ident: int, data: dict) -> dict:
    old = need(nas.db.portal, ident, _VERBOSE)
    _check(nas, "iscsiportal_update", {**old, **data}, ident)
    row = nas.db.portal.update(ident, data)
    await nas.reload("iscsitarget", "iscsi.portal.update")
    return _entry(nas, row)


@method("iscsi.portal.delete", event="iscsi.portal")
async def delete(nas: "Nas", call: "Call", ident: int) -> bool:
    need(nas.db.portal, ident, _VERBOSE)
    nas.db.portal.delete(ident)
    for target in list(nas.db.target):
        left = [g for g in target["groups"] if g["portal"] != ident]
        if left != target["groups"]:
            nas.db.target.update(target["id"], {"groups": left})
    await nas.reload("iscsitarget", "iscsi.portal.delete")
    return True


@method("iscsi.portal.listen_ip_choices")
async def listen_ip_choices(nas: "Nas", call: "Call") -> dict:
    return _choices(nas)
