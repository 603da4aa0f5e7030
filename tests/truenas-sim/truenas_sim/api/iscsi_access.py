# SPDX-License-Identifier: BSD-2-Clause
"""iscsi.portal.*, iscsi.initiator.*, iscsi.auth.*: who may come in, where.

Source: middleware plugins/iscsi_/portal.py, initiator.py, auth.py [25.10].
"""
from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import Collected, Invalid
from ..registry import crud, method
from ..rows import lister, need

if TYPE_CHECKING:
    from ..nas import Nas
    from ..record import Call

_INITIATOR = "iSCSITargetAuthorizedInitiator"
_AUTH = "iSCSITargetAuthCredential"


# -- portals ----------------------------------------------------------------
def _portal(nas: "Nas", row: dict) -> dict:
    port = nas.db.iscsi_config["listen_port"]
    return {**row, "listen": [{**l, "port": port} for l in row["listen"]]}


crud("iscsi.portal", "ISCSIPortal",
     lister(lambda nas: nas.db.portal, _portal))


def _choices(nas: "Nas") -> dict[str, str]:
    return {a: a for a in ("0.0.0.0", "::", *nas.settings.addresses)}


def _check_portal(nas: "Nas", prefix: str, data: dict,
                  mine: int | None) -> None:
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
async def portal_create(nas: "Nas", call: "Call", data: dict) -> dict:
    _check_portal(nas, "iscsiportal_create", data, None)
    tag = max((row["tag"] for row in nas.db.portal), default=0) + 1
    row = nas.db.portal.insert({**data, "tag": tag})
    await nas.reload("iscsitarget", "iscsi.portal.create")
    return _portal(nas, row)


@method("iscsi.portal.update", event="iscsi.portal")
async def portal_update(nas: "Nas", call: "Call", ident: int,
                        data: dict) -> dict:
    old = need(nas.db.portal, ident, "ISCSIPortal")
    _check_portal(nas, "iscsiportal_update", {**old, **data}, ident)
    row = nas.db.portal.update(ident, data)
    await nas.reload("iscsitarget", "iscsi.portal.update")
    return _portal(nas, row)


@method("iscsi.portal.delete", event="iscsi.portal")
async def portal_delete(nas: "Nas", call: "Call", ident: int) -> bool:
    need(nas.db.portal, ident, "ISCSIPortal")
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


# -- initiator groups -------------------------------------------------------
crud("iscsi.initiator", _INITIATOR,
     lister(lambda nas: nas.db.initiator, lambda nas, row: dict(row)))


@method("iscsi.initiator.create", event="iscsi.initiator")
async def initiator_create(nas: "Nas", call: "Call", data: dict) -> dict:
    row = nas.db.initiator.insert(data)
    await nas.reload("iscsitarget", "iscsi.initiator.create")
    return dict(row)


@method("iscsi.initiator.update", event="iscsi.initiator")
async def initiator_update(nas: "Nas", call: "Call", ident: int,
                           data: dict) -> dict:
    need(nas.db.initiator, ident, _INITIATOR)
    row = nas.db.initiator.update(ident, data)
    await nas.reload("iscsitarget", "iscsi.initiator.update")
    return dict(row)


@method("iscsi.initiator.delete", event="iscsi.initiator")
async def initiator_delete(nas: "Nas", call: "Call", ident: int) -> bool:
    need(nas.db.initiator, ident, _INITIATOR)
    nas.db.initiator.delete(ident)
    # Targets that used the group are open to everybody from now on.
    for target in list(nas.db.target):
        if any(g["initiator"] == ident for g in target["groups"]):
            nas.db.target.update(target["id"], {"groups": [
                {**g, "initiator": None} if g["initiator"] == ident else g
                for g in target["groups"]]})
    await nas.reload("iscsitarget", "iscsi.initiator.delete")
    return True


# -- CHAP credentials -------------------------------------------------------
crud("iscsi.auth", _AUTH,
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
async def auth_create(nas: "Nas", call: "Call", data: dict) -> dict:
    _check_auth("iscsi_auth_create", data)
    row = nas.db.auth.insert(data)
    await nas.reload("iscsitarget", "iscsi.auth.create")
    return dict(row)


@method("iscsi.auth.update", event="iscsi.auth")
async def auth_update(nas: "Nas", call: "Call", ident: int,
                      data: dict) -> dict:
    old = need(nas.db.auth, ident, _AUTH)
    _check_auth("iscsi_auth_update", {**old, **data})
    row = nas.db.auth.update(ident, data)
    await nas.reload("iscsitarget", "iscsi.auth.update")
    return dict(row)


@method("iscsi.auth.delete", event="iscsi.auth")
async def auth_delete(nas: "Nas", call: "Call", ident: int) -> bool:
    row = need(nas.db.auth, ident, _AUTH)
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
