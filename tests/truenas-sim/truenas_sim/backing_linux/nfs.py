# SPDX-License-Identifier: BSD-2-Clause
"""nfsd's exports, rendered as the NAS renders them, and nfsd itself.

Source of the options: middleware etc_files/exports.mako [25.10].
"""
from __future__ import annotations

import grp
import os
import pwd
from pathlib import Path

from ..backing import NfsConfig
from . import command

EXPORTS = Path("/etc/exports")
ETAB = Path("/var/lib/nfs/etab")
THREADS = Path("/proc/fs/nfsd/threads")
_ESCAPED = {" ": "\\040", "\t": "\\011", "\\": "\\134", '"': "\\042"}
_SECURITY = {"SYS": "sys", "KRB5": "krb5", "KRB5I": "krb5i",
             "KRB5P": "krb5p"}


class Nfs:
    """The NFS server of the namespace this process is in."""

    async def running(self) -> bool:
        return THREADS.exists() and THREADS.read_text().strip() != "0"

    async def start(self) -> None:
        if not await self.running():
            await command.check("rpc.nfsd", "--no-nfs-version", "3",
                                "--nfs-version", "4.2", "8")

    async def stop(self) -> None:
        await command.check("rpc.nfsd", "0")

    async def apply(self, config: NfsConfig) -> None:
        lines = [line for share in config.shares
                 if (line := render(share, config.settings))]
        EXPORTS.write_text("".join(lines))
        # an export that fails must not keep the others from being served
        await command.run("exportfs", "-ra")

    def served(self) -> dict[str, list[str]]:
        """Paths and the clients each is exported to."""
        found: dict[str, list[str]] = {}
        text = ETAB.read_text() if ETAB.exists() else ""
        for line in text.splitlines():
            path, _, client = line.partition("\t")
            found.setdefault(_unescaped(path), []).append(
                client.partition("(")[0])
        return {path: sorted(clients)
                for path, clients in sorted(found.items())}


def render(share: dict, settings: dict) -> str:
    """The share's line in /etc/exports; empty if it is left out."""
    path = share["path"]
    if not share["enabled"] or not os.path.isdir(path):
        return ""
    options = _options(share, settings)
    if options is None:
        return ""
    clients = [*share["hosts"], *share["networks"]] or ["*"]
    rendered = " ".join(f"{client}({','.join(options)})"
                        for client in clients)
    return f"{_escaped(path)} {rendered}\n"


def _options(share: dict, settings: dict) -> list[str] | None:
    options = ["sec=" + ":".join(_SECURITY[s] for s in share["security"]
                                 or ["SYS"])]
    options.append("ro" if share["ro"] else "rw")
    mapping = _mapping(share)
    if mapping is None:
        return None
    options += mapping
    if settings["allow_nonroot"]:
        options.append("insecure")
    is_root = os.path.ismount(share["path"])
    options.append("no_subtree_check" if is_root else "subtree_check")
    return options


def _mapping(share: dict) -> list[str] | None:
    """The squash options; None if a name is unknown to the NAS."""
    for kind in ("mapall", "maproot"):
        user, group = share[f"{kind}_user"], share[f"{kind}_group"]
        if not user:
            continue
        try:
            uid = pwd.getpwnam(user).pw_uid
            gid = grp.getgrnam(group).gr_gid if group else None
        except KeyError:
            return None
        if kind == "maproot" and uid == 0 and gid == 0:
            return ["no_root_squash"]
        squash = ["all_squash"] if kind == "mapall" else []
        squash.append(f"anonuid={uid}")
        return squash + ([f"anongid={gid}"] if gid is not None else [])
    return []


def _escaped(path: str) -> str:
    return "".join(_ESCAPED.get(char, char) for char in path)


def _unescaped(path: str) -> str:
    for char, code in _ESCAPED.items():
        path = path.replace(code, char)
    return path
