# SPDX-License-Identifier: BSD-2-Clause
"""Datasets and snapshots read from `zfs get -jp all`."""
from __future__ import annotations

from typing import Any, Iterable

from ..backing import SNAPSHOT, Prop
from ..backing.properties import COMPUTED, NATIVE


class ZfsResource:
    """One dataset or snapshot at the moment it was read."""

    def __init__(self, entry: dict[str, Any], inconsistent: bool,
                 holds: dict[str, int]) -> None:
        self.name: str = entry["name"]
        self.kind: str = entry["type"]
        self._props = {key: _prop(value)
                       for key, value in entry["properties"].items()}
        self._holds = holds
        self.guid = int(self._props["guid"].raw)
        self.createtxg = int(self._props["createtxg"].raw)
        if self.kind != SNAPSHOT:
            self._props["inconsistent"] = Prop(str(int(inconsistent)), "NONE")

    def names(self) -> Iterable[str]:
        for name in (*NATIVE, *COMPUTED):
            if self.prop(name) is not None:
                yield name

    def prop(self, name: str) -> Prop | None:
        native = NATIVE.get(name)
        computed = self.kind in COMPUTED.get(name, ())
        if not computed and (native is None or self.kind not in native.kinds):
            return None
        found = self._props.get(name)
        if found is None and computed:
            if name == "volsize" and self.kind == SNAPSHOT:
                return None  # of a filesystem
            # `zfs get all` leaves out what says nothing: no origin, no clone
            return Prop("", "NONE")
        return found

    def user(self) -> dict[str, Prop]:
        return {key: prop for key, prop in self._props.items() if ":" in key}

    def holds(self) -> dict[str, int]:
        return dict(self._holds)


def _prop(value: dict[str, Any]) -> Prop:
    source = value["source"]
    kind = source["type"]
    raw = value["value"]
    if kind == "INHERITED":
        return Prop(raw, kind, source["data"])
    if kind == "NONE" and raw == "-":
        return Prop("", kind)
    return Prop(raw, kind)
