# SPDX-License-Identifier: BSD-2-Clause
"""The backing that is real: ZFS, nfsd, LIO and nvmet of this kernel.

The process runs as root in the network namespace that is the NAS: what
listens, listens where it was configured from.
"""
from __future__ import annotations

import asyncio
import os
from typing import Any

from ..backing import (Backing, IscsiConfig, NfsConfig, NvmetConfig,
                       PathFacts, Resource)
from . import dump, paths, peers
from .lio import Lio
from .nfs import Nfs
from .nvmet import Nvmet
from .zfs import DATASETS, Zfs


class LinuxBacking(Backing):
    """Asks the kernel each time; remembers only what to serve again when a
    service is started."""

    def __init__(self) -> None:
        self._zfs = Zfs()
        self._nfs, self._lio, self._nvmet = Nfs(), Lio(), Nvmet()
        self._running = {"iscsitarget": True, "nvmet": True}

    # -- ZFS: looking -------------------------------------------------------
    async def pools(self) -> list[str]:
        return await self._zfs.pools()

    async def pool_space(self, pool: str) -> tuple[int, int, int, int]:
        return await self._zfs.pool_space(pool)

    async def dataset(self, path: str) -> Resource | None:
        found = await self._zfs.read(DATASETS, path)
        return found[0] if found else None

    async def datasets(self, root: str | None = None) -> list[Resource]:
        return list(await self._zfs.read(DATASETS, root, None))

    async def children(self, path: str) -> list[str]:
        return await self._zfs.children(path)

    async def snapshot(self, name: str) -> Resource | None:
        found = await self._zfs.read("snapshot", name)
        return found[0] if found else None

    async def snapshots(self, path: str | None = None) -> list[Resource]:
        return list(await self._zfs.read("snapshot", path,
                                         1 if path else None))

    # -- ZFS: changing ------------------------------------------------------
    async def dataset_create(self, path: str, kind: str,
                             props: dict[str, str],
                             user: dict[str, str]) -> None:
        await self._zfs.create(path, kind, props, user)

    async def dataset_destroy(self, path: str, recursive: bool,
                              force: bool) -> None:
        await self._zfs.destroy(path, recursive, force)

    async def set_property(self, name: str, props: dict[str, str]) -> None:
        await self._zfs.set(name, props)

    async def inherit_property(self, name: str, props: list[str]) -> None:
        await self._zfs.inherit(name, props)

    async def snapshot_create(self, path: str, snapshot: str,
                              user: dict[str, str],
                              recursive: bool) -> None:
        await self._zfs.snapshot(path, snapshot, user, recursive)

    async def snapshot_destroy(self, name: str, defer: bool,
                               recursive: bool) -> None:
        await self._zfs.snapshot_destroy(name, defer, recursive)

    async def clone(self, snapshot: str, path: str,
                    props: dict[str, str]) -> None:
        await self._zfs.clone(snapshot, path, props)

    async def promote(self, path: str) -> None:
        await self._zfs.promote(path)

    async def rename(self, path: str, target: str) -> None:
        await self._zfs.rename(path, target)

    async def snapshot_rename(self, name: str, target: str) -> None:
        await self._zfs.rename(name, target)

    async def rollback(self, name: str, destroy_newer: bool,
                       destroy_clones: bool) -> None:
        await self._zfs.rollback(name, destroy_newer, destroy_clones)

    async def hold(self, name: str, tag: str, recursive: bool) -> None:
        await self._zfs.hold(name, tag, recursive)

    async def release(self, name: str, recursive: bool) -> None:
        await self._zfs.release(name, recursive)

    async def send_receive(self, snapshots: list[str], target: str,
                           properties: bool, override: dict[str, str],
                           exclude: list[str]) -> None:
        await self._zfs.send_receive(snapshots, target, properties, override,
                                     exclude)

    # -- paths on the NAS ---------------------------------------------------
    async def path_facts(self, path: str) -> PathFacts | None:
        return paths.facts(path)

    async def path_mkdir(self, path: str, mode: int) -> None:
        os.mkdir(path)
        os.chmod(path, mode)  # past the umask

    async def path_set(self, path: str, mode: int | None, uid: int | None,
                       gid: int | None, recursive: bool) -> None:
        paths.change(path, mode, uid, gid, recursive)

    # -- the kernel's servers -----------------------------------------------
    async def device_ready(self, path: str) -> bool:
        return paths.is_device(f"/dev/zvol/{path}")

    async def device_resized(self, path: str) -> None:
        # LIO asks the device each time; nvmet has to be told
        self._nvmet.resized(f"/dev/zvol/{path}")

    async def apply_nfs(self, config: NfsConfig) -> None:
        await self._nfs.apply(config)

    async def apply_iscsi(self, config: IscsiConfig) -> None:
        await asyncio.to_thread(self._lio.apply, config)

    async def apply_nvmet(self, config: NvmetConfig) -> None:
        await asyncio.to_thread(self._nvmet.apply, config)

    async def iscsi_sessions(self) -> list[dict]:
        return [{"initiator": initiator,
                 "initiator_addr": peers.address_of_only_peer(),
                 "initiator_alias": None, "target": target,
                 "target_alias": target.rpartition(":")[2]}
                for initiator, target in self._lio.sessions()]

    async def nvmet_sessions(self) -> list[dict]:
        return self._nvmet.sessions()

    async def service_running(self, service: str) -> bool:
        if service == "nfs":
            return await self._nfs.running()
        return self._running[service]

    async def service_set(self, service: str, running: bool) -> None:
        if service == "nfs":
            await (self._nfs.start() if running else self._nfs.stop())
            return
        self._running[service] = running
        if not running and service == "iscsitarget":
            await asyncio.to_thread(self._lio.apply, None)
        if not running and service == "nvmet":
            await asyncio.to_thread(self._nvmet.apply, None)

    # -- the whole state, for tests -----------------------------------------
    async def save(self) -> Any:
        raise ValueError("real storage is not saved: restore the whole "
                         "virtual machine instead")

    async def restore(self, saved: Any) -> None:
        raise ValueError("real storage has no way back: restore the whole "
                         "virtual machine instead")

    async def dump(self, volatile: bool) -> dict[str, Any]:
        found = await self._zfs.read(DATASETS, None, None)
        snapshots = await self._zfs.read("snapshot", None, None)
        return {
            "datasets": dump.datasets(found, snapshots, volatile),
            "services": {"nfs": await self._nfs.running(), **self._running},
            "iscsi_sessions": await self.iscsi_sessions(),
            "nvmet_sessions": await self.nvmet_sessions(),
            "served": {"nfs": self._nfs.served(),
                       "iscsi": self._lio.served(),
                       "nvmet": self._nvmet.served()},
            "access": {"iscsi": self._lio.access(),
                       "nvmet": self._nvmet.access()},
        }
