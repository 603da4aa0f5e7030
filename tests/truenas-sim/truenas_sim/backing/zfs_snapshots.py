# SPDX-License-Identifier: BSD-2-Clause
"""Snapshots of the ZFS model: clones, promotion, holds, deferred destroy.

Source, where not said otherwise: OpenZFS 2.3 as observed with zfs(8).
"""
from __future__ import annotations

import time

from . import ZfsError
from .zfs import NAME_LIMIT, Node, Snap, Zfs


def _refuse(doing: str, name: str, why: str, code: str) -> ZfsError:
    return ZfsError(code, f"cannot {doing} '{name}': {why}")


def create(zfs: Zfs, path: str, name: str, user: dict[str, str],
           recursive: bool) -> list[Snap]:
    """`zfs snapshot`: all of a recursive one in the same txg, or none."""
    node = zfs.nodes.get(path)
    full = f"{path}@{name}"
    if node is None:
        raise ZfsError(ZfsError.MISSING, f"cannot open '{path}': "
                                         "dataset does not exist")
    nodes = list(node.below()) if recursive else [node]
    for item in nodes:
        if name in item.snaps:
            raise _refuse("create snapshot", f"{item.name}@{name}",
                          "dataset already exists", ZfsError.EXISTS)
        if len(f"{item.name}@{name}".encode()) > NAME_LIMIT:
            raise _refuse("create snapshot", full, "name is too long",
                          ZfsError.INVALID)
    txg = zfs.next_txg()
    made = []
    for item in nodes:
        snap = Snap(item, name, zfs.new_guid(), txg)
        snap.user.update(user)
        item.snaps[name] = snap
        made.append(snap)
    return made


def destroy(zfs: Zfs, name: str, defer: bool, recursive: bool) -> list[Snap]:
    """`zfs destroy`; returns what is gone (nothing if only marked)."""
    first = zfs.snap(name, "destroy")
    snaps = [first]
    if recursive:
        snaps = [n.snaps[first.name] for n in first.owner.below()
                 if first.name in n.snaps]
    if not defer:
        for snap in snaps:
            if snap.holds:
                raise _refuse("destroy snapshot", snap.full,
                              "dataset is busy", ZfsError.BUSY)
            if snap.clones:
                raise _refuse("destroy", snap.full,
                              "snapshot has dependent clones\nuse '-R' to "
                              "destroy the following datasets:\n"
                              + "\n".join(c.name
                                          for c in snap.clones.values()),
                              ZfsError.CLONES)
            if snap.full in zfs.busy:
                raise _refuse("destroy snapshot", snap.full,
                              "dataset is busy", ZfsError.BUSY)
    gone = []
    for snap in snaps:
        snap.deferred = True
        if zfs.reap(snap):
            gone.append(snap)
    return gone


def clone(zfs: Zfs, name: str, path: str, props: dict[str, str]) -> Node:
    """`zfs clone`: nothing is taken from the origin but its data."""
    snap = zfs.snap(name, "open")
    if path.split("/", 1)[0] != name.split("/", 1)[0]:
        raise _refuse("create", path, "source and target pools differ",
                      ZfsError.INVALID)
    native = {k: v for k, v in props.items() if ":" not in k}
    if "volblocksize" not in native and snap.volsize is not None:
        native["volblocksize"] = snap.owner.local["volblocksize"]
        native["volsize"] = snap.volsize
    node = zfs.create(path, snap.owner.kind, native,
                      {k: v for k, v in props.items() if ":" in k})
    node.origin = snap
    node.data = snap.data
    node.dirs = dict(snap.dirs)
    snap.clones[node.guid] = node
    return node


def promote(zfs: Zfs, path: str) -> None:
    """`zfs promote`: the origin and every older snapshot change owner."""
    node = zfs.node(path, "promote")
    origin = node.origin
    if origin is None:
        raise _refuse("promote", path, "not a cloned filesystem",
                      ZfsError.NOT_CLONE)
    source = origin.owner
    moved = []
    for snap in source.snaps.values():
        moved.append(snap)
        if snap is origin:
            break
    for snap in moved:
        if snap.name in node.snaps:
            raise _refuse("promote", path, f"snapshot name '{snap.name}' "
                          f"from origin \n'{source.name}' conflicts with "
                          f"'{snap.name}' from target", ZfsError.EXISTS)
    quota = node.number("quota")
    if quota and node.used() + origin.data > quota:
        raise _refuse("promote", path, "out of space", ZfsError.NO_SPACE)
    own = node.snaps
    node.snaps = {}
    for snap in moved:
        del source.snaps[snap.name]
        snap.owner = node
        node.snaps[snap.name] = snap
    node.snaps.update(own)
    above = source.origin
    origin.clones.pop(node.guid)
    origin.clones[source.guid] = source
    source.origin, node.origin = origin, above
    if above is not None:
        above.clones.pop(source.guid)
        above.clones[node.guid] = node


def rename(zfs: Zfs, name: str, target: str) -> None:
    """`zfs rename` of a snapshot: its dataset stays."""
    snap = zfs.snap(name, "rename")
    path, _, leaf = target.partition("@")
    if path != snap.owner.name or not leaf:
        raise _refuse("rename", name, "snapshots must be part of same "
                                      "dataset", ZfsError.INVALID)
    if leaf == snap.name:
        return
    if leaf in snap.owner.snaps:
        raise _refuse("rename", name, "dataset already exists",
                      ZfsError.EXISTS)
    # The order of a dataset's snapshots is their age: rebuild it.
    owner = snap.owner
    snap_old, snap.name = snap.name, leaf
    owner.snaps = {(leaf if k == snap_old else k): v
                   for k, v in owner.snaps.items()}


def rollback(zfs: Zfs, name: str, destroy_newer: bool,
             destroy_clones: bool) -> list[Snap]:
    """`zfs rollback`; returns the newer snapshots it destroyed."""
    snap = zfs.snap(name, "open")
    node = snap.owner
    order = list(node.snaps.values())
    newer = order[order.index(snap) + 1:]
    if newer and not (destroy_newer or destroy_clones):
        raise _refuse("rollback to", name, "more recent snapshots or "
                      "bookmarks exist\nuse '-r' to force deletion of the "
                      "following snapshots and bookmarks:\n"
                      + "\n".join(s.full for s in newer), ZfsError.NEWER)
    for item in newer:
        if item.clones and not destroy_clones:
            raise _refuse("rollback to", name, "clones of previous snapshots "
                          "exist", ZfsError.CLONES)
        if item.holds:
            raise _refuse("destroy snapshot", item.full, "dataset is busy",
                          ZfsError.BUSY)
    for item in newer:
        for child in list(item.clones.values()):
            zfs.destroy(child.name, True)
        node.snaps.pop(item.name, None)
    node.data = snap.data
    node.dirs = dict(snap.dirs)
    if snap.volsize is not None:
        node.local["volsize"] = snap.volsize
    node.settle()
    return newer


def hold(zfs: Zfs, name: str, tag: str, recursive: bool) -> None:
    """`zfs hold`: the same tag twice is refused."""
    first = zfs.snap(name, "hold snapshot")
    snaps = [first]
    if recursive:
        snaps = [n.snaps[first.name] for n in first.owner.below()
                 if first.name in n.snaps]
    for snap in snaps:
        if tag in snap.holds:
            raise _refuse("hold snapshot", snap.full,
                          "tag already exists on this dataset",
                          ZfsError.EXISTS)
    for snap in snaps:
        snap.holds[tag] = int(time.time())


def release(zfs: Zfs, name: str, recursive: bool) -> list[Snap]:
    """`zfs release` of every tag; returns what it reaped."""
    first = zfs.snap(name, "release hold from snapshot")
    snaps = [first]
    if recursive:
        snaps = [n.snaps[first.name] for n in first.owner.below()
                 if first.name in n.snaps]
    gone = []
    for snap in snaps:
        snap.holds.clear()
        if zfs.reap(snap):
            gone.append(snap)
    return gone


def receive(zfs: Zfs, names: list[str], node: Node,
            properties: bool, exclude: list[str]) -> list[Snap]:
    """The end of `zfs recv`: the snapshots are there; new ones returned."""
    made = []
    for name in names:
        snap = zfs.snap(name, "open")
        if snap.name in node.snaps:
            continue
        copy = Snap(node, snap.name, snap.guid, zfs.next_txg())
        copy.data, copy.dirs = snap.data, dict(snap.dirs)
        copy.volsize, copy.creation = snap.volsize, snap.creation
        if properties:
            copy.user.update({k: v for k, v in snap.user.items()
                              if k not in exclude})
        node.snaps[copy.name] = copy
        node.data, node.dirs = snap.data, dict(snap.dirs)
        if copy.volsize is not None:
            node.local["volsize"] = copy.volsize
        made.append(copy)
    node.inconsistent = False
    node.settle()
    return made


def receive_begin(zfs: Zfs, first: Snap, target: str, properties: bool,
                  override: dict[str, str], exclude: list[str]) -> Node:
    """The start of `zfs recv`: the dataset exists before its data do.

    `-p` carries the dataset's own properties as received; `-o` wins and is
    local from the start; `-x` drops.
    """
    source = first.owner
    fixed = {k: source.local[k] for k in ("volsize", "volblocksize")
             if k in source.local}
    if first.volsize is not None:
        fixed["volsize"] = first.volsize
    native = {k: v for k, v in override.items() if ":" not in k}
    node = zfs.create(target, source.kind, {**fixed, **native},
                      {k: v for k, v in override.items() if ":" in k})
    node.inconsistent = True
    if properties:
        carried = {**source.received, **source.local}
        node.received = {k: v for k, v in carried.items()
                         if k not in exclude and k not in node.local}
        own = {**source.received_user, **source.user}
        node.received_user = {k: v for k, v in own.items()
                              if k not in exclude}
    return node
