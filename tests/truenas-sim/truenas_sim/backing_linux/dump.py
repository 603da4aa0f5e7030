# SPDX-License-Identifier: BSD-2-Clause
"""The state of real ZFS in the form in which the model dumps its own."""
from __future__ import annotations

import os
from typing import Any, Iterable

from ..backing import FILESYSTEM, VOLUME
from ..backing.properties import NATIVE
from . import paths
from .resource import ZfsResource

OWN = ("LOCAL", "RECEIVED")


def datasets(found: Iterable[ZfsResource], snapshots: Iterable[ZfsResource],
             volatile: bool) -> dict[str, Any]:
    """Every dataset with its snapshots."""
    out = {item.name: _dataset(item, volatile) for item in found}
    for snap in snapshots:
        path, _, leaf = snap.name.partition("@")
        out[path]["snapshots"][leaf] = _snapshot(snap, volatile)
    return dict(sorted(out.items()))


def _dataset(item: ZfsResource, volatile: bool) -> dict[str, Any]:
    origin = item.prop("origin")
    root = f"/mnt/{item.name}"
    is_mounted = item.kind == FILESYSTEM and os.path.ismount(root)
    tree = paths.directories(root) if is_mounted else {}
    out: dict[str, Any] = {
        "type": item.kind,
        "properties": _native(item),
        "user_properties": _user(item),
        "origin": origin.raw if origin and origin.raw else None,
        "snapshots": {},
        "directories": {name: [oct(mode), uid, gid] for name, (mode, uid, gid)
                        in sorted(tree.items())},
    }
    if volatile:
        out.update(guid=item.guid, createtxg=item.createtxg,
                   creation=_number(item, "creation"),
                   used=_number(item, "used"))
    return out


def _snapshot(snap: ZfsResource, volatile: bool) -> dict[str, Any]:
    deferred, clones = snap.prop("defer_destroy"), snap.prop("clones")
    out: dict[str, Any] = {
        "user_properties": _user(snap),
        "holds": sorted(snap.holds()),
        "deferred": deferred is not None and deferred.raw == "on",
        "clones": sorted(clones.raw.split(","))
        if clones and clones.raw else [],
    }
    if volatile:
        out.update(guid=snap.guid, createtxg=snap.createtxg,
                   creation=_number(snap, "creation"))
    return out


def _native(item: ZfsResource) -> dict[str, str]:
    own = {}
    for name, native in NATIVE.items():
        prop = item.prop(name)
        if item.kind not in native.kinds or prop is None:
            continue
        # set once, at creation: zfs calls the default one DEFAULT
        is_fixed = item.kind == VOLUME and name == "volblocksize"
        if prop.source in OWN or is_fixed:
            own[name] = prop.raw
    return dict(sorted(own.items()))


def _user(item: ZfsResource) -> dict[str, str]:
    return {name: prop.raw for name, prop in sorted(item.user().items())
            if prop.source in OWN}


def _number(item: ZfsResource, name: str) -> int:
    prop = item.prop(name)
    return int(prop.raw) if prop else 0
