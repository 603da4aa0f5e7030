# SPDX-License-Identifier: BSD-2-Clause
"""The model's datasets and snapshots as `zfs get all` would show them."""
from __future__ import annotations

from typing import Iterable

from . import SNAPSHOT, Prop
from .properties import COMPUTED, NATIVE
from .zfs import Node, Snap, Zfs

# Fixed at creation: zfs(8) names no source, though it lists a default.
_FIXED = frozenset(("casesensitivity", "volblocksize"))
# Computed, but with a default that zfs(8) names as their source.
_DEFAULTS = frozenset(("encryption", "keyformat", "keylocation",
                       "pbkdf2iters"))


class DatasetView:
    """A dataset of the model as a Resource, computed when asked."""

    def __init__(self, zfs: Zfs, node: Node) -> None:
        self._zfs, self.node = zfs, node
        self.name, self.kind = node.name, node.kind
        self.guid, self.createtxg = node.guid, node.createtxg

    def names(self) -> Iterable[str]:
        for name, native in NATIVE.items():
            if self.kind in native.kinds:
                yield name
        for name, kinds in COMPUTED.items():
            if self.kind in kinds and name not in NATIVE:
                yield name

    def prop(self, name: str) -> Prop | None:
        native = NATIVE.get(name)
        if native:
            if self.kind not in native.kinds:
                return None
            return self._fixed(name) if name in _FIXED \
                else self.node.effective(name)
        if self.kind not in COMPUTED.get(name, ()):
            return None
        return self._computed(name)

    def _fixed(self, name: str) -> Prop:
        # OpenZFS 2.3: a volume made with the default block size says so
        raw = self.node.effective(name).raw
        is_default = (name == "volblocksize"
                      and raw == NATIVE[name].default)
        return Prop(raw, "DEFAULT" if is_default else "NONE")

    def _computed(self, name: str) -> Prop | None:
        node = self.node
        if name == "origin":
            if node.origin is None:
                return Prop("", "NONE")
            return Prop(node.origin.full, "NONE")
        if name == "mountpoint":
            return Prop(f"/mnt/{node.name}", "DEFAULT")
        number = {
            "available": lambda: self._zfs.available(node),
            "used": node.used,
            "usedbychildren": lambda: node.kids,
            "usedbydataset": lambda: node.data,
            "usedbyrefreservation": node.by_reservation,
            "usedbysnapshots": lambda: 0,
            "referenced": lambda: node.data,
            "logicalused": lambda: node.data,
            "logicalreferenced": lambda: node.data,
            "written": lambda: node.data,
            "creation": lambda: node.creation,
            "createtxg": lambda: node.createtxg,
            "guid": lambda: node.guid,
            "inconsistent": lambda: int(node.inconsistent),
            "pbkdf2iters": lambda: 0,
        }.get(name)
        source = "DEFAULT" if name in _DEFAULTS else "NONE"
        if number:
            return Prop(str(number()), source)
        text = {"compressratio": "1.00", "encryption": "off",
                "keyformat": "none", "keylocation": "none",
                "mounted": "yes", "receive_resume_token": "",
                "type": node.kind.lower()}[name]
        return Prop(text, source)

    def user(self) -> dict[str, Prop]:
        return self.node.user_props()

    def holds(self) -> dict[str, int]:
        return {}


class SnapshotView:
    """A snapshot of the model as a Resource."""

    kind = SNAPSHOT

    def __init__(self, snap: Snap) -> None:
        self._snap = snap
        self.name, self.guid = snap.full, snap.guid
        self.createtxg = snap.createtxg

    def names(self) -> Iterable[str]:
        for name, kinds in COMPUTED.items():
            if SNAPSHOT not in kinds:
                continue
            if name == "volsize" and self._snap.volsize is None:
                continue
            yield name

    def prop(self, name: str) -> Prop | None:
        snap = self._snap
        if name not in self.names():
            return None
        value = {
            "clones": ",".join(c.name for c in snap.clones.values()),
            "compressratio": "1.00",
            "createtxg": snap.createtxg,
            "creation": snap.creation,
            "defer_destroy": "on" if snap.deferred else "off",
            "encryption": "off",
            "guid": snap.guid,
            "logicalreferenced": snap.data,
            "referenced": snap.data,
            "type": "snapshot",
            "used": 0,
            "userrefs": len(snap.holds),
            "volsize": snap.volsize,
            "written": snap.data,
        }[name]
        source = {"encryption": "DEFAULT", "volsize": "LOCAL"}.get(name,
                                                                   "NONE")
        return Prop(str(value), source)

    def user(self) -> dict[str, Prop]:
        # Its own over the current ones of its dataset.
        owner = self._snap.owner
        found = {key: Prop(prop.raw, "INHERITED", prop.origin or owner.name)
                 for key, prop in owner.user_props().items()}
        for key, value in self._snap.user.items():
            found[key] = Prop(value, "LOCAL")
        return found

    def holds(self) -> dict[str, int]:
        return dict(self._snap.holds)
