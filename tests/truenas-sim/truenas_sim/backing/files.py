# SPDX-License-Identifier: BSD-2-Clause
"""The memory backing with content: files for volumes, directories for
filesystems, real copies for snapshots and clones.

    DIR/<dataset>             a filesystem
    DIR/<dataset>.zvol        a volume, sparse
    DIR/.snapshots/<key>      a snapshot's content, file or directory

A name that ends in `.zvol` is refused, so that the two cannot clash.  Every
change of content runs in a thread, one at a time.
"""
from __future__ import annotations

import asyncio
import os
import stat
from typing import Any, Callable

from . import FILESYSTEM, VOLUME, PathFacts, ZfsError
from . import zfs_snapshots as snaps
from .memory import MemoryBacking
from .sparse import clear, copy_contents, copy_entry, copy_file, remove
from .zfs import Node, Snap

SUFFIX = ".zvol"
_STORE = ".snapshots"
_SAVED = ".saved"


async def _thread(body: Callable[..., Any], *args: Any) -> None:
    """Runs a copy aside; a cancelled caller waits until it has stopped."""
    work = asyncio.ensure_future(asyncio.to_thread(body, *args))
    try:
        await asyncio.shield(work)
    except asyncio.CancelledError:
        await work
        raise


class FilesBacking(MemoryBacking):
    """Keeps content below a directory, which must be empty at the start."""

    def __init__(self, pools: dict[str, int], root: str) -> None:
        super().__init__(pools)
        os.makedirs(root, exist_ok=True)
        if os.listdir(root):
            raise OSError(f"'{root}' is not empty: name a new or an empty "
                          "directory for --files")
        self.root = os.path.realpath(root)
        self._lock = asyncio.Lock()
        self._saves = 0
        os.mkdir(os.path.join(self.root, _STORE))
        for name in pools:
            os.mkdir(os.path.join(self.root, name))

    # -- places -------------------------------------------------------------
    def _live(self, name: str, kind: str) -> str:
        return os.path.join(self.root,
                            name + (SUFFIX if kind == VOLUME else ""))

    def _stored(self, snap: Snap) -> str:
        return os.path.join(self.root, _STORE, str(snap.key))

    def _inner(self, node: Node) -> set[str]:
        """Names in a filesystem's directory that are other datasets."""
        return {child.leaf + (SUFFIX if child.kind == VOLUME else "")
                for child in node.children.values()}

    @staticmethod
    def _check_name(path: str) -> None:
        if any(part.endswith(SUFFIX) for part in path.split("/")):
            raise ZfsError(ZfsError.INVALID, f"cannot create '{path}': "
                           f"'{SUFFIX}' is taken for volumes' files")

    def _all(self) -> dict[str, str]:
        """Where each thing's content is now, by what never changes."""
        out = {}
        for node in self.zfs.nodes.values():
            out[f"node {node.guid}"] = self._live(node.name, node.kind)
            for snap in node.snaps.values():
                out[f"snap {snap.key}"] = self._stored(snap)
        return out

    async def _drop(self, before: dict[str, str]) -> None:
        """Removes the content of what an operation destroyed."""
        gone = [before[key] for key in before.keys() - self._all().keys()]
        # What is deeper goes first, with or without its parents.
        for path in sorted(gone, key=len, reverse=True):
            await _thread(remove, path)

    def _make(self, node: Node) -> None:
        place = self._live(node.name, node.kind)
        if node.kind == VOLUME:
            with open(place, "wb") as volume:
                volume.truncate(int(node.local["volsize"]))
        else:
            os.mkdir(place)
            os.chmod(place, 0o755)  # past the umask

    def _fill(self, stored: str, node: Node) -> None:
        """A dataset's content replaced by that of a snapshot."""
        place = self._live(node.name, node.kind)
        if node.kind == VOLUME:
            copy_file(stored, place)
            return
        skip = self._inner(node)
        clear(place, skip)
        copy_contents(stored, place, set())

    def _keep(self, snap: Snap) -> None:
        """A snapshot's content taken from its dataset."""
        node, stored = snap.owner, self._stored(snap)
        place = self._live(node.name, node.kind)
        if node.kind == VOLUME:
            copy_file(place, stored)
        else:
            os.mkdir(stored)
            copy_contents(place, stored, self._inner(node))

    # -- ZFS ----------------------------------------------------------------
    async def dataset_create(self, path: str, kind: str,
                             props: dict[str, str],
                             user: dict[str, str]) -> None:
        self._check_name(path)
        async with self._lock:
            self._make(self.zfs.create(path, kind, props, user))

    async def dataset_destroy(self, path: str, recursive: bool,
                              force: bool) -> None:
        async with self._lock:
            before = self._all()
            await super().dataset_destroy(path, recursive, force)
            await self._drop(before)

    async def set_property(self, name: str, props: dict[str, str]) -> None:
        await super().set_property(name, props)
        if "volsize" in props:
            os.truncate(self._live(name, VOLUME), int(props["volsize"]))

    async def snapshot_create(self, path: str, snapshot: str,
                              user: dict[str, str],
                              recursive: bool) -> None:
        async with self._lock:
            for snap in snaps.create(self.zfs, path, snapshot, user,
                                     recursive):
                await _thread(self._keep, snap)

    async def snapshot_destroy(self, name: str, defer: bool,
                               recursive: bool) -> None:
        async with self._lock:
            before = self._all()
            await super().snapshot_destroy(name, defer, recursive)
            await self._drop(before)

    async def clone(self, snapshot: str, path: str,
                    props: dict[str, str]) -> None:
        self._check_name(path)
        async with self._lock:
            node = snaps.clone(self.zfs, snapshot, path, props)
            self._make(node)
            await _thread(self._fill, self._stored(node.origin),
                                    node)

    async def rename(self, path: str, target: str) -> None:
        self._check_name(target)
        async with self._lock:
            await super().rename(path, target)
            kind = self.zfs.nodes[target].kind
            os.rename(self._live(path, kind), self._live(target, kind))

    async def rollback(self, name: str, destroy_newer: bool,
                       destroy_clones: bool) -> None:
        async with self._lock:
            before = self._all()
            await super().rollback(name, destroy_newer, destroy_clones)
            await self._drop(before)
            snap = self.zfs.snap(name, "open")
            await _thread(self._fill, self._stored(snap),
                                    snap.owner)

    async def release(self, name: str, recursive: bool) -> None:
        async with self._lock:
            before = self._all()
            await super().release(name, recursive)
            await self._drop(before)

    async def send_receive(self, snapshots: list[str], target: str,
                           properties: bool, override: dict[str, str],
                           exclude: list[str]) -> None:
        self._check_name(target)
        async with self._lock:
            before = self._all()
            try:
                await super().send_receive(snapshots, target, properties,
                                           override, exclude)
            except asyncio.CancelledError:
                place = self._live(target, VOLUME)
                if target not in self.zfs.nodes:
                    remove(place)
                    remove(self._live(target, FILESYSTEM))
                raise
            node = self.zfs.nodes[target]
            for snap in node.snaps.values():
                if f"snap {snap.key}" in before:
                    continue
                source = next(n for n in snapshots
                              if n.endswith("@" + snap.name))
                await _thread(
                    copy_entry, self._stored(self.zfs.snap(source, "open")),
                    self._stored(snap))

    async def transfer(self, snapshots: list[str], node: Node) -> None:
        place = self._live(node.name, node.kind)
        if not os.path.exists(place):
            self._make(node)
        await super().transfer(snapshots, node)
        last = self.zfs.snap(snapshots[-1], "open")
        await _thread(self._fill, self._stored(last), node)

    # -- paths --------------------------------------------------------------
    def _real(self, path: str) -> tuple[str, bool] | None:
        """The path below DIR, and whether it is a filesystem's root."""
        place = self.locate(path)
        if place is None:
            return None
        node, inner = place
        return (os.path.join(self._live(node.name, FILESYSTEM), inner),
                not inner)

    async def path_facts(self, path: str) -> PathFacts | None:
        real = self._real(path)
        if real is None or not os.path.lexists(real[0]):
            return None
        facts = os.lstat(real[0])
        kind = {stat.S_IFDIR: "DIRECTORY", stat.S_IFREG: "FILE",
                stat.S_IFLNK: "SYMLINK"}.get(stat.S_IFMT(facts.st_mode),
                                             "OTHER")
        return PathFacts(kind, facts.st_mode, facts.st_uid, facts.st_gid,
                         facts.st_size, real[1])

    async def path_mkdir(self, path: str, mode: int) -> None:
        real = self._real(path)
        if real is None:
            raise FileNotFoundError(path)
        os.mkdir(real[0])
        os.chmod(real[0], mode)

    async def path_set(self, path: str, mode: int | None, uid: int | None,
                       gid: int | None, recursive: bool) -> None:
        real = self._real(path)
        if real is None or not os.path.lexists(real[0]):
            raise FileNotFoundError(path)
        found = [real[0]]
        if recursive:
            for top, directories, files in os.walk(real[0]):
                found += [os.path.join(top, n) for n in directories + files]
        for name in found:
            if mode is not None and not os.path.islink(name):
                os.chmod(name, mode)
            if uid is not None or gid is not None:
                os.chown(name, -1 if uid is None else uid,
                         -1 if gid is None else gid, follow_symlinks=False)

    # -- the whole state ----------------------------------------------------
    async def save(self) -> Any:
        async with self._lock:
            self._saves += 1
            kept = os.path.join(self.root, _SAVED, str(self._saves))
            os.makedirs(kept)
            await _thread(copy_contents, self.root, kept, {_SAVED})
            return await super().save(), kept

    async def restore(self, saved: Any) -> None:
        model, kept = saved
        async with self._lock:
            await _thread(clear, self.root, {_SAVED})
            await _thread(copy_contents, kept, self.root, set())
            await super().restore(model)
