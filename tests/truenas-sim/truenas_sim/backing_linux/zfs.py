# SPDX-License-Identifier: BSD-2-Clause
"""ZFS through zfs(8) and zpool(8)."""
from __future__ import annotations

import asyncio
import json
import time
from typing import Any, Callable

from ..backing import SNAPSHOT, VOLUME, ZfsError
from ..backing.properties import LIMITS, NATIVE
from . import command
from .resource import ZfsResource
from .zfs_text import refusal

# udev opens a new or changed volume for a moment, and nfsd may still hold an
# export that was just taken back
BUSY_SECONDS = 3.0
DATASETS = "filesystem,volume"


def _pair(key: str, value: str) -> str:
    """key=value for the command line, where no limit is not 0 but "none"."""
    return f"{key}={'none' if key in LIMITS and value == '0' else value}"


def _options(values: dict[str, str]) -> list[str]:
    return [word for key, value in values.items()
            for word in ("-o", _pair(key, value))]


async def _zfs(*words: str, seconds: float = 60) -> str:
    output = await command.run("zfs", *words, seconds=seconds)
    if output.code != 0:
        raise refusal(output.err)
    return output.out


class Zfs:
    """Every pool of this machine."""

    def __init__(self) -> None:
        # streams on their way: only while there are any can a dataset be
        # inconsistent, and asking for that takes a program of its own
        self._streams = 0

    # -- looking ------------------------------------------------------------
    async def pools(self) -> list[str]:
        return (await command.check("zpool", "list", "-Ho",
                                    "name")).splitlines()

    async def pool_space(self, pool: str) -> tuple[int, int, int, int]:
        line = await command.check("zpool", "list", "-Hpo",
                                   "guid,size,allocated,free", pool)
        guid, size, used, free = (int(word) for word in line.split())
        return guid, size, used, free

    async def read(self, kinds: str, name: str | None = None,
                   depth: int | None = 0) -> list[ZfsResource]:
        """What `zfs get` finds at and below a name, `depth` levels deep (None:
        all), in its order; nothing if the name is gone."""
        where = ["-r"] if depth is None else ["-d", str(depth)] * bool(name)
        where += ["-t", kinds]
        names = [name] if name else []
        everything = await _get(*where, "all", *names)
        # a hidden property, not part of "all"
        hidden = (await _get(*where, "inconsistent", *names)
                  if self._streams else {})
        pinned = [name for name, entry in everything.items()
                  if entry["type"] == SNAPSHOT
                  and entry["properties"]["userrefs"]["value"] != "0"]
        holds = await self._holds(pinned)
        return [ZfsResource(entry, _is_inconsistent(hidden.get(name)),
                            holds.get(name, {}))
                for name, entry in everything.items()]

    async def _holds(self, names: list[str]) -> dict[str, dict[str, int]]:
        found: dict[str, dict[str, int]] = {}
        if not names:
            return found
        output = await command.run("zfs", "holds", "-Hp", *names)
        for line in output.out.splitlines():
            name, tag, stamp = line.split("\t")
            found.setdefault(name, {})[tag] = int(stamp)
        return found

    async def children(self, path: str) -> list[str]:
        output = await command.run("zfs", "list", "-Ho", "name", "-d", "1",
                                   "-t", DATASETS, path)
        return [name for name in output.out.splitlines() if name != path]

    # -- datasets -----------------------------------------------------------
    async def create(self, path: str, kind: str, props: dict[str, str],
                     user: dict[str, str]) -> None:
        props = dict(props)
        words = ["create"]
        if kind == VOLUME:
            # -s: the caller's refreservation counts, not libzfs's own
            words += ["-s", "-V", props.pop("volsize")]
        await _zfs(*words, *_options({**props, **user}), "--", path)

    async def destroy(self, path: str, recursive: bool, force: bool) -> None:
        words = ["destroy", *["-r"] * recursive, *["-f"] * force, "--", path]
        await _while_busy(lambda: _zfs(*words))

    async def set(self, name: str, props: dict[str, str]) -> None:
        if props:
            await _zfs("set", *(_pair(*item) for item in props.items()),
                       name)

    async def inherit(self, name: str, props: list[str]) -> None:
        for prop in props:
            native = NATIVE.get(prop)
            if native is None or native.inherits:
                await _zfs("inherit", prop, name)
            else:
                # zfs(8) refuses to inherit what no child could
                await _zfs("set", _pair(prop, native.default), name)

    async def rename(self, path: str, target: str) -> None:
        await _while_busy(lambda: _zfs("rename", "--", path, target))

    # -- snapshots ----------------------------------------------------------
    async def snapshot(self, path: str, snapshot: str, user: dict[str, str],
                       recursive: bool) -> None:
        await _zfs("snapshot", *["-r"] * recursive, *_options(user),
                   "--", f"{path}@{snapshot}")

    async def snapshot_destroy(self, name: str, defer: bool,
                               recursive: bool) -> None:
        await _zfs("destroy", *["-d"] * defer, *["-r"] * recursive, "--",
                   name)

    async def clone(self, snapshot: str, path: str,
                    props: dict[str, str]) -> None:
        await _zfs("clone", *_options(props), "--", snapshot, path)

    async def promote(self, path: str) -> None:
        await _zfs("promote", path)

    async def rollback(self, name: str, destroy_newer: bool,
                       destroy_clones: bool) -> None:
        flags = ["-R"] if destroy_clones else ["-r"] * destroy_newer
        words = ["rollback", *flags, "--", name]
        await _while_busy(lambda: _zfs(*words))

    async def hold(self, name: str, tag: str, recursive: bool) -> None:
        await _zfs("hold", *["-r"] * recursive, "--", tag, name)

    async def release(self, name: str, recursive: bool) -> None:
        names = [name]
        if recursive:
            path, _, leaf = name.partition("@")
            below = await _zfs("list", "-Hro", "name", "-t", "snapshot", path)
            names = [full for full in below.splitlines()
                     if full.endswith("@" + leaf)]
        holds = await self._holds(names)
        if name not in holds:
            await _zfs("list", name)  # a missing snapshot is refused
        for held, tags in holds.items():
            for tag in tags:
                await _zfs("release", "--", tag, held)

    async def send_receive(self, snapshots: list[str], target: str,
                           properties: bool, override: dict[str, str],
                           exclude: list[str]) -> None:
        there = await command.run("zfs", "list", "-Ho", "name", "-d", "1",
                                  "-t", "snapshot", target)
        known = {name.partition("@")[2] for name in there.out.splitlines()}
        receive = ["zfs", "recv", *_options(override)]
        for prop in exclude:
            receive += ["-x", prop]
        send = ["zfs", "send", *["-p"] * properties]
        self._streams += 1
        try:
            previous: list[str] = []
            for name in snapshots:
                if name.partition("@")[2] not in known:
                    output = await command.pipe([*send, *previous, name],
                                                [*receive, target])
                    if output.code != 0:
                        raise refusal(output.err)
                previous = ["-i", name]
        finally:
            self._streams -= 1


async def _get(*words: str) -> dict[str, Any]:
    output = await command.run("zfs", "get", "-jp", *words)
    if output.code != 0:
        error = refusal(output.err)
        if error.code == ZfsError.MISSING:
            return {}
        raise error
    return json.loads(output.out)["datasets"] if output.out.strip() else {}


def _is_inconsistent(entry: dict[str, Any] | None) -> bool:
    if entry is None:
        return False
    found = entry["properties"].get("inconsistent", {})
    return found.get("value") == "1"


async def _while_busy(attempt: Callable[[], Any]) -> None:
    """Repeats what is refused as busy, unless a snapshot's hold is why."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            await attempt()
            return
        except ZfsError as error:
            if (error.code != ZfsError.BUSY or "snapshot" in error.text
                    or time.monotonic() > deadline):
                raise
        await command.run("udevadm", "settle", "-t", "5")
        await asyncio.sleep(0.1)
