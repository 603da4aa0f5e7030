# SPDX-License-Identifier: BSD-2-Clause
"""The backing that lives in memory: the ZFS model and pretended servers."""
from __future__ import annotations

import asyncio
import copy
import time
from typing import Any, Iterable

from . import (FILESYSTEM, Backing, IscsiConfig, NfsConfig, NvmetConfig,
               PathFacts, Resource)
from . import served
from . import zfs_snapshots as snaps
from .views import DatasetView, SnapshotView
from .zfs import Node, Snap, Zfs

SERVICES = ("nfs", "iscsitarget", "nvmet")


class MemoryBacking(Backing):
    """Nothing here waits but a full copy: the rest runs in one go."""

    def __init__(self, pools: dict[str, int]) -> None:
        self.zfs = Zfs(pools)
        self.running = {service: True for service in SERVICES}
        self.nfs: NfsConfig | None = None
        self.iscsi: IscsiConfig | None = None
        self.nvmet: NvmetConfig | None = None
        self.initiators: list[dict] = []
        self.controllers: list[dict] = []
        # Volumes whose /dev/zvol link has not been made yet (tests).
        self.unready: set[str] = set()
        # How long udev needs for a new volume's link (tests).
        self.device_seconds = 0.0
        # How long a full copy takes (tests).
        self.copy_seconds = 0.0

    # -- looking ------------------------------------------------------------
    async def pools(self) -> list[str]:
        return list(self.zfs.pools)

    async def pool_space(self, pool: str) -> tuple[int, int, int, int]:
        found = self.zfs.pools[pool]
        used = found.root.used()
        return found.guid, found.size, used, found.size - used

    async def dataset(self, path: str) -> Resource | None:
        node = self.zfs.nodes.get(path)
        return DatasetView(self.zfs, node) if node else None

    async def datasets(self, root: str | None = None) -> list[Resource]:
        if root is not None:
            node = self.zfs.nodes.get(root)
            roots = [node] if node else []
        else:
            roots = [pool.root for pool in self.zfs.pools.values()]
        return [DatasetView(self.zfs, node)
                for top in roots for node in top.below()]

    async def children(self, path: str) -> list[str]:
        node = self.zfs.nodes.get(path)
        return [c.name for c in node.children.values()] if node else []

    async def snapshot(self, name: str) -> Resource | None:
        path, _, leaf = name.partition("@")
        node = self.zfs.nodes.get(path)
        snap = node.snaps.get(leaf) if node else None
        return SnapshotView(snap) if snap else None

    async def snapshots(self, path: str | None = None) -> list[Resource]:
        if path is not None:
            node = self.zfs.nodes.get(path)
            nodes: Iterable[Node] = [node] if node else []
        else:
            nodes = self.zfs.nodes.values()
        return [SnapshotView(s) for n in nodes for s in n.snaps.values()]

    # -- changing -----------------------------------------------------------
    async def dataset_create(self, path: str, kind: str,
                             props: dict[str, str],
                             user: dict[str, str]) -> None:
        self.zfs.create(path, kind, props, user)

    async def dataset_destroy(self, path: str, recursive: bool,
                              force: bool) -> None:
        self.zfs.destroy(path, recursive)

    async def set_property(self, name: str, props: dict[str, str]) -> None:
        self.zfs.set(name, props)

    async def inherit_property(self, name: str, props: list[str]) -> None:
        self.zfs.inherit(name, props)

    async def snapshot_create(self, path: str, snapshot: str,
                              user: dict[str, str],
                              recursive: bool) -> None:
        snaps.create(self.zfs, path, snapshot, user, recursive)

    async def snapshot_destroy(self, name: str, defer: bool,
                               recursive: bool) -> None:
        snaps.destroy(self.zfs, name, defer, recursive)

    async def clone(self, snapshot: str, path: str,
                    props: dict[str, str]) -> None:
        snaps.clone(self.zfs, snapshot, path, props)

    async def promote(self, path: str) -> None:
        snaps.promote(self.zfs, path)

    async def rename(self, path: str, target: str) -> None:
        self.zfs.rename(path, target)

    async def snapshot_rename(self, name: str, target: str) -> None:
        snaps.rename(self.zfs, name, target)

    async def rollback(self, name: str, destroy_newer: bool,
                       destroy_clones: bool) -> None:
        snaps.rollback(self.zfs, name, destroy_newer, destroy_clones)

    async def hold(self, name: str, tag: str, recursive: bool) -> None:
        snaps.hold(self.zfs, name, tag, recursive)

    async def release(self, name: str, recursive: bool) -> None:
        snaps.release(self.zfs, name, recursive)

    async def send_receive(self, snapshots: list[str], target: str,
                           properties: bool, override: dict[str, str],
                           exclude: list[str]) -> None:
        node = self.zfs.nodes.get(target)
        if node is None:
            first = self.zfs.snap(snapshots[0], "open")
            node = snaps.receive_begin(self.zfs, first, target, properties,
                                       override, exclude)
        try:
            await self.transfer(snapshots, node)
        except asyncio.CancelledError:
            # An unfinished receive without -s leaves nothing behind.
            if node.inconsistent and node.name in self.zfs.nodes:
                self.zfs.destroy(node.name, True)
            raise
        snaps.receive(self.zfs, snapshots, node, properties, exclude)

    async def transfer(self, snapshots: list[str], node: Node) -> None:
        """The time a stream takes; the target is inconsistent meanwhile."""
        if self.copy_seconds:
            await asyncio.sleep(self.copy_seconds)

    # -- paths --------------------------------------------------------------
    def locate(self, path: str) -> tuple[Node, str] | None:
        """The filesystem a path is in and the path inside it."""
        if not path.startswith("/mnt/"):
            return None
        name = path[len("/mnt/"):].rstrip("/")
        rest: list[str] = []
        while name:
            node = self.zfs.nodes.get(name)
            if node is not None and node.kind == FILESYSTEM:
                return node, "/".join(reversed(rest))
            name, _, leaf = name.rpartition("/")
            rest.append(leaf)
        return None

    async def path_facts(self, path: str) -> PathFacts | None:
        place = self.locate(path)
        if place is None:
            return None
        node, inner = place
        if inner not in node.dirs:
            return None
        mode, uid, gid = node.dirs[inner]
        return PathFacts("DIRECTORY", 0o040000 | mode, uid, gid, 2, not inner)

    async def path_mkdir(self, path: str, mode: int) -> None:
        place = self.locate(path)
        if place is None:
            raise FileNotFoundError(path)
        node, inner = place
        if inner in node.dirs:
            raise FileExistsError(path)
        if inner.rpartition("/")[0] not in node.dirs:
            raise FileNotFoundError(path)
        node.dirs[inner] = (mode, 0, 0)

    async def path_set(self, path: str, mode: int | None, uid: int | None,
                       gid: int | None, recursive: bool) -> None:
        place = self.locate(path)
        if place is None or place[1] not in place[0].dirs:
            raise FileNotFoundError(path)
        node, inner = place
        for name, old in list(node.dirs.items()):
            if name == inner or (recursive and (
                    not inner or name.startswith(inner + "/"))):
                node.dirs[name] = (old[0] if mode is None else mode,
                                   old[1] if uid is None else uid,
                                   old[2] if gid is None else gid)

    # -- servers ------------------------------------------------------------
    async def device_ready(self, path: str) -> bool:
        node = self.zfs.nodes.get(path)
        return (node is not None and node.kind != FILESYSTEM
                and path not in self.unready
                and time.monotonic() - node.born >= self.device_seconds)

    async def device_resized(self, path: str) -> None:
        pass  # nobody reads a pretended LUN's size

    async def apply_nfs(self, config: NfsConfig) -> None:
        self.nfs = config

    async def apply_iscsi(self, config: IscsiConfig) -> None:
        self.iscsi = config
        names = {f"{config.settings['basename']}:{t['name']}"
                 for t in config.targets}
        self.initiators = [s for s in self.initiators
                           if s["target"] in names]

    async def apply_nvmet(self, config: NvmetConfig) -> None:
        self.nvmet = config
        names = {s["subnqn"] for s in config.subsystems}
        self.controllers = [c for c in self.controllers
                            if c["subnqn"] in names]

    async def iscsi_sessions(self) -> list[dict]:
        return list(self.initiators)

    async def nvmet_sessions(self) -> list[dict]:
        return list(self.controllers)

    async def service_running(self, service: str) -> bool:
        return self.running[service]

    async def service_set(self, service: str, running: bool) -> None:
        self.running[service] = running
        if not running and service == "iscsitarget":
            self.initiators = []
        if not running and service == "nvmet":
            self.controllers = []

    # -- the whole state ----------------------------------------------------
    async def save(self) -> Any:
        """A copy of everything, for `restore`."""
        return copy.deepcopy((self.zfs, self.running, self.nfs, self.iscsi,
                              self.nvmet, self.initiators, self.controllers,
                              self.unready))

    async def restore(self, saved: Any) -> None:
        """Goes back to a saved copy, which stays good for another time."""
        (self.zfs, self.running, self.nfs, self.iscsi, self.nvmet,
         self.initiators, self.controllers,
         self.unready) = copy.deepcopy(saved)

    def _served(self) -> dict[str, Any]:
        running = self.running
        return {
            "nfs": (served.nfs(self.nfs)
                    if self.nfs and running["nfs"] else {}),
            "iscsi": (served.iscsi(self.iscsi)
                      if self.iscsi and running["iscsitarget"] else {}),
            "nvmet": (served.nvmet(self.nvmet)
                      if self.nvmet and running["nvmet"] else {}),
        }

    async def dump(self, volatile: bool) -> dict[str, Any]:
        return {
            "datasets": {name: _dump_node(node, volatile)
                         for name, node in sorted(self.zfs.nodes.items())},
            "services": dict(self.running),
            "served": self._served(),
            "iscsi_sessions": self.initiators,
            "nvmet_sessions": self.controllers,
        }


def _dump_node(node: Node, volatile: bool) -> dict[str, Any]:
    out: dict[str, Any] = {
        "type": node.kind,
        "properties": dict(sorted({**node.received, **node.local}.items())),
        "user_properties": dict(sorted({**node.received_user,
                                        **node.user}.items())),
        "origin": node.origin.full if node.origin else None,
        "snapshots": {name: _dump_snap(snap, volatile)
                      for name, snap in sorted(node.snaps.items())},
        "directories": {k: [oct(v[0]), v[1], v[2]]
                        for k, v in sorted(node.dirs.items())},
    }
    if volatile:
        out.update(guid=node.guid, createtxg=node.createtxg,
                   creation=node.creation, used=node.used())
    return out


def _dump_snap(snap: Snap, volatile: bool) -> dict[str, Any]:
    out: dict[str, Any] = {
        "user_properties": dict(sorted(snap.user.items())),
        "holds": sorted(snap.holds),
        "deferred": snap.deferred,
        "clones": sorted(c.name for c in snap.clones.values()),
    }
    if volatile:
        out.update(guid=snap.guid, createtxg=snap.createtxg,
                   creation=snap.creation)
    return out
